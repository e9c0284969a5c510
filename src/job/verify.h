#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/document.h"
#include "store/object_store.h"
#include "stream/batch.h"

namespace inlet {

/// Gives the documents of a collection as they are now: what a lake is held against.
class CollectionReader {
 public:
  virtual ~CollectionReader() = default;
  /// Hands every document to `receiver`, in any order.
  virtual Status read(const Namespace& ns, const std::function<Status(DocumentView)>& receiver) = 0;
};

/// One thing that is not as it must be.
struct VerifyFinding {
  enum class Kind {
    kDamagedManifest,
    kMissingFile,
    kDamagedFile,      ///< Bytes, checksum, or records differ from the manifest, or a line is no
                       ///< document.
    kStray,            ///< A visible file that stands in no manifest.
    kSealBroken,       ///< `_SUCCESS` and the manifest's `sealed` disagree.
    kDoubledToken,     ///< One event twice.
    kOutOfOrder,       ///< Within a file, cluster time goes back.
    kMissingDocument,  ///< In the collection, not in the lake.
    kExtraDocument,    ///< In the lake, not in the collection.
    kOtherDocument,    ///< In both, with other content.
  };
  Kind kind;
  std::string where;  ///< Path, or namespace.
  std::string what;
};
std::string_view finding_name(VerifyFinding::Kind kind);

struct VerifyReport {
  static constexpr size_t kFindingsKept = 200;  ///< Of each kind; the rest is only counted.

  uint64_t folders = 0;
  uint64_t sealed = 0;
  uint64_t files = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  std::array<uint64_t, kOperationCount> operations{};
  uint64_t gaps = 0;  ///< Noted in manifests: known losses, followed by a new copy. Not a finding.
  uint64_t collections_compared = 0;
  uint64_t documents_compared = 0;
  std::map<VerifyFinding::Kind, uint64_t> counts;
  std::vector<VerifyFinding> findings;

  bool is_clean() const { return counts.empty(); }
  void add(VerifyFinding::Kind kind, std::string where, std::string what);
  std::string to_text() const;
  std::string to_json() const;
};

struct VerifyOptions {
  /// Compare with these collections too; null: the lake alone is checked.
  CollectionReader* source = nullptr;
  /// Only these namespaces are compared; empty: every one found in the lake.
  std::function<bool(const Namespace&)> includes = [](const Namespace&) { return true; };
  /// Called now and then with what has been checked so far.
  std::function<void(const VerifyReport&)> on_progress = [](const VerifyReport&) {};
};

/// Re-reads a lake and believes nothing but its manifests.
///
/// Memory: 8 bytes per event, and with a source about 64 bytes per document of the collections
/// compared. Errors: those of the store or the source; what is wrong with the lake is in the
/// report.
Result<VerifyReport> verify_lake(ObjectStore& store, const VerifyOptions& options);

}  // namespace inlet
