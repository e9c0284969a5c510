#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "bson/json_writer.h"
#include "job/verify.h"
#include "sink/lake/manifest.h"

namespace inlet {

/// The collections as a lake tells them: documents of copies, and changes folded over them by `_id`
/// in cluster-time order.
///
/// Only hashes are kept, of documents as relaxed Extended JSON, so that number types which JSON
/// cannot tell apart compare equal. Threads: one.
class LakeFold {
 public:
  /// Begins a folder, before its records: a snapshot counts also when it is empty, and what is
  /// older than the end of a gap is void.
  void take_folder(const Manifest& manifest, const std::string& folder);
  /// Takes a record of a folder, in reading order. The record's shape says which envelope it has.
  void take(const Manifest& manifest, const std::string& folder, DocumentView record);

  /// Holds every folded collection against the source. Documents that the source has not are only
  /// counted in `extra_count`: the fold knows their hashes, and a second reading names them.
  Status compare(const VerifyOptions& options, VerifyReport& report);
  uint64_t extra_count() const { return extra_count_; }
  /// Tells of the record's document when it is one of those, once each.
  void name_extra(const Manifest& manifest, DocumentView record, VerifyReport& report);

 private:
  struct Entry {
    uint64_t content = 0;
    uint64_t time = 0;  ///< Cluster time; 0 where the lake does not say.
    bool is_deleted = false;
  };
  struct Collection {
    Namespace ns;
    std::unordered_map<uint64_t, Entry> entries;  ///< By hash of the `_id`.
    std::string snapshot_folder;  ///< The newest complete snapshot's; its documents alone count.
    uint64_t void_before = 0;     ///< Drops, renames and gaps: nothing older counts.
    bool is_renamed_into = false;
  };

  /// Whose record it is, and the key of its document; both may be empty.
  struct Key {
    std::string ns;
    Value id;
  };
  static Key key_of(const Manifest& manifest, DocumentView record);
  void take_change(const std::string& db, const std::string& name, std::string_view op,
                   DocumentView record, Value key, Value doc, uint64_t time);
  Collection& collection(const std::string& db, const std::string& name);
  uint64_t hash_of(const Value& value);
  uint64_t hash_of(DocumentView document);
  void put(Collection& into, uint64_t id, Entry entry);
  Status compare_one(Collection& folded, const VerifyOptions& options, VerifyReport& report);

  std::map<std::string, Collection> collections_;        // By full name.
  std::map<std::string, uint64_t> database_dropped_at_;  // Collections may be read after it.
  std::map<std::string, std::set<uint64_t>> extras_;     // Hashes of some, by full name.
  uint64_t extra_count_ = 0;
  JsonWriter writer_;
  std::string text_;
};

}  // namespace inlet
