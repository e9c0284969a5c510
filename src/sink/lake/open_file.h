#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "codec/compression.h"
#include "codec/document_encoder.h"
#include "sink/lake/lake_options.h"
#include "sink/lake/manifest.h"
#include "store/object_store.h"

namespace inlet {

/// Which file of an epoch, decided by the sink's thread and read by an encoder's.
struct FileSpec {
  std::string folder;       ///< Visible folder, with '/' at its end.
  std::string staged_path;  ///< Where it is written.
  std::string final_name;   ///< Below `folder`.
  const Namespace* ns = nullptr;
  bool is_copy = false;
  uint64_t number = 0;  ///< Of the epoch's files, in the order of their first records.
};

/// A finished file: durable at `spec->staged_path`, not visible.
struct StagedFile {
  std::shared_ptr<const FileSpec> spec;
  ManifestFile entry;
  uint64_t copy_hash = 0;  ///< Sum of hash64 over the copy's documents.
};

/// Numbers shared by all files of a sink. Threads: any.
struct FileCounters {
  std::atomic<uint64_t> bytes_buffered{0};
  std::atomic<uint64_t> bytes_written{0};
  std::atomic<int> streams{0};
  std::atomic<uint64_t> invalid_utf8{0};
};

/// One file while records come: encodes, compresses, hashes, and keeps the bytes until there are
/// enough to stream.
///
/// Threads: one, its encoder's.
class OpenFile {
 public:
  OpenFile(std::shared_ptr<const FileSpec> spec, const LakeOptions& options, ObjectStore& store,
           FileCounters& counters)
      : spec_(std::move(spec)), options_(options), store_(store), counters_(counters) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  /// Errors: kBadDocument leaves the file as it was.
  Status append(const Record& record, DocumentView line, DocumentEncoder& encoder,
                Compressor& compressor);
  bool is_empty() const { return staged_.entry.records == 0; }
  /// Everything durable at the staged path.
  Result<StagedFile> finish(Compressor& compressor);

 private:
  static constexpr size_t kChunkBytes = 1 << 20;  ///< Plain bytes compressed as one piece.

  Status compress(Compressor& compressor);
  Status stream_when_large();
  void account(int64_t change) { counters_.bytes_buffered += static_cast<uint64_t>(change); }

  const std::shared_ptr<const FileSpec> spec_;
  const LakeOptions& options_;
  ObjectStore& store_;
  FileCounters& counters_;
  std::string plain_;
  std::string bytes_;  // Compressed (or plain), hashed, not yet in the store.
  std::unique_ptr<ObjectWriter> writer_;
  Sha256 sha256_;
  std::string last_token_;
  StagedFile staged_;
};

}  // namespace inlet
