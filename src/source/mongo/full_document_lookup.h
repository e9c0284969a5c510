#pragma once

#include <string>
#include <vector>

#include "connection/mongo/mongo_cursor.h"
#include "source/mongo/change_event.h"
#include "source/mongo/mongo_source_options.h"

namespace inlet {

/// Who fetches the full document of an update. The server must where the user's pipeline could see
/// it: it runs before our look-up.
MongoSourceOptions::LookUp effective_look_up(const MongoSourceOptions& options);

/// True for an event whose full document our look-up has to fetch.
bool needs_look_up(const ChangeEvent& event);

/// The event with `fullDocument` put where the server puts it: before `ns`. `document` empty: null.
DocumentView with_full_document(const ChangeEvent& event, const DocumentView* document,
                                Arena& arena);

/// The current majority-committed documents of a set of keys, fetched with one query.
///
/// Keys are matched as the server matches them: numbers by value whatever their type. A key of
/// several fields (shard key and `_id`) must match in all of them. Threads: one.
class FoundDocuments {
 public:
  struct Query {
    const Namespace* ns = nullptr;
    std::string_view
        uuid;  ///< Of the collection that the events came from; empty where the server tells none.
    ClusterTime after;  ///< The documents must be at least as new.
    std::vector<DocumentView> keys;
  };

  /// Fetches. When the documents do not fit into one reply only the first are taken, and
  /// `is_complete` is false: ask again with fewer keys.
  Status fetch(MongoClient& client, Query query);
  bool is_complete() const { return complete_; }
  /// The document of `key`, or null when there is none.
  const DocumentView* find(DocumentView key) const;
  uint64_t bytes() const { return bytes_; }
  size_t count() const { return documents_.size(); }

 private:
  std::vector<MongoPage> pages_;
  std::vector<DocumentView> documents_;  ///< In order of `_id`.
  uint64_t bytes_ = 0;
  bool complete_ = true;
};

}  // namespace inlet
