#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sink/lake/lake_sink.h"
#include "testing/lake_run.h"

namespace inlet::testing {

/// Leads one LakeSink by hand, epoch by epoch, over a disk that outlives it.
///
/// Calls that must succeed are asserted by the test on their status. Threads: one.
class LakeDriver {
 public:
  LakeDriver(ObjectDisk& disk, LakeOptions options, DiskStore::Hook hook = nullptr);

  /// Makes a sink from the last checkpoint, as a new process would, and publishes its epoch again.
  Status start();
  Status write(Batch batch) { return sink_->write(std::move(batch)); }
  /// The events as one batch; their last time is the watermark of `lane`, unless that is empty.
  Status write(const std::vector<LakeEvent>& events, const std::string& lane = "changes/0");
  /// Only the news that no event before `time` will come.
  Status pass(ClusterTime time, const std::string& lane = "changes/0");
  /// Prepares an epoch and takes it into the checkpoint. Nothing of it is visible yet.
  Status prepare();
  Status commit() { return sink_->commit(prepared_); }
  Status end_epoch();

  LakeSink& sink() { return *sink_; }

 private:
  const LakeOptions options_;
  const std::shared_ptr<DiskStore> store_;
  std::unique_ptr<LakeSink> sink_;
  uint64_t fence_ = 0;
  size_t next_token_ = 0;
  // The checkpoint.
  uint64_t epoch_ = 0;
  Document state_;
  PreparedCommit prepared_;
};

/// The notice that a collection of `shop` was copied with these documents.
Notice copied_notice(const std::vector<LakeEvent>& documents, bool as_events);

/// Every object that readers see, by path: not below `_staging/`.
std::vector<std::string> visible_paths(ObjectDisk& disk);
/// The folder's manifest; the test fails when there is none.
Manifest manifest_of(ObjectDisk& disk, const std::string& folder);
/// The `value` of each record's document in an uncompressed file, in order; -1 for a delete.
std::vector<int64_t> values_in(ObjectDisk& disk, const std::string& path);

}  // namespace inlet::testing
