#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "sink/lake/encoder_pool.h"
#include "sink/lake/lake_options.h"
#include "sink/lake/lake_publisher.h"
#include "sink/lake/lake_state.h"
#include "store/object_store.h"
#include "stream/sink.h"

namespace inlet {

/// Writes records into the folders of a lake, each epoch whole or not at all.
///
/// While an hour is open its folder holds `part-<epoch>-<n>` (changes) and `copy-<epoch>-<n>`
/// (documents of a copy that runs beside them); when event time has passed the hour, one `events-…`
/// file. A copy alone gives one `<collection>` file per folder, invisible until all of it is there.
/// Everything is staged under `_staging/<processor>/<fence>-…` first. Threads: one; `progress` from
/// any. Source:  docs/internals/lake-layout.md.
class LakeSink final : public Sink {
 public:
  LakeSink(LakeOptions options, std::shared_ptr<ObjectStore> store);
  ~LakeSink() override;

  Status open(const Document& restored_state, uint64_t epoch, uint64_t fence) override;
  Status write(Batch batch) override;
  bool wants_checkpoint() const override;
  Result<PreparedCommit> prepare(uint64_t epoch) override;
  Document snapshot() const override { return state_.encode(); }
  Status commit(const PreparedCommit& prepared) override;
  Status close() override { return Status::ok(); }
  SinkProgress progress() const override;

 private:
  /// What decides the file of a record.
  struct FileKey {
    const Namespace* ns = nullptr;
    int64_t hour_seconds = 0;
    Operation operation = Operation::kOther;  ///< kOther where the path does not ask for it.
    bool is_copy = false;
    bool operator==(const FileKey&) const = default;
  };
  struct FileKeyHash {
    size_t operator()(const FileKey& key) const;
  };

  FileKey key_of(const Record& record) const;
  std::shared_ptr<const FileSpec> make_file(const FileKey& key);
  Result<bool> is_skipped(const FileKey& key);
  Status route(const std::shared_ptr<const Batch>& batch);
  void take_watermark(const Batch& batch);
  void take_notice(const Notice& notice);

  void gather_staged(std::vector<StagedFile> staged, LakeCommit& out);
  Status finish_copies(LakeCommit& out);
  void give_up_copies(LakeCommit& out);
  void gather_seals(LakeCommit& out);
  void gather_empty_hours(int64_t until_seconds, LakeCommit& out);
  int64_t sealed_until_seconds() const;
  int64_t period_of(int64_t hour_seconds) const;
  Status remove_leftovers();

  const LakeOptions options_;
  const std::shared_ptr<ObjectStore> store_;
  FileCounters counters_;
  std::unique_ptr<EncoderPool> pool_;
  std::unique_ptr<LakePublisher> publisher_;
  std::string staging_prefix_;
  std::string extension_;

  LakeState state_;
  bool leftovers_removed_ = false;

  // Of the epoch under way.
  uint64_t epoch_ = 0;
  uint64_t next_file_ = 0;
  std::unordered_map<FileKey, std::shared_ptr<const FileSpec>, FileKeyHash> files_;
  FileKey last_key_;
  std::shared_ptr<const FileSpec> last_file_;
  std::vector<Notice> copied_;
  std::vector<Notice> failed_;
  uint64_t counted_from_file_ = 0;  // Files of a copy that was started over count for nothing.

  // Of this run.
  std::map<std::string, bool> skipped_;  // Namespace to whether its snapshot exists already.
  mutable std::mutex progress_mutex_;
  SinkProgress progress_;  // Guarded by progress_mutex_.
};

}  // namespace inlet
