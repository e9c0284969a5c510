#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "source/mongo/deployment.h"
#include "source/mongo/namespace_filter.h"
#include "source/mongo/reader_context.h"
#include "source/mongo/source_plan.h"

namespace inlet {

/// The readers of one plan: its copy, its change streams and the watch over the oplog, each on
/// threads of their own, side by side.
///
/// Threads: `run` returns when all of them have ended.
class MongoRun {
 public:
  /// `stop` is what `context.stop` belongs to: a reader that fails for good stops the others by it.
  MongoRun(ReaderContext& context, const NamespaceFilter& filter, const Deployment& deployment,
           SourcePlan plan, std::stop_source stop);

  /// Errors: kCancelled when stopped; else what ended the run. Collections that could not be copied
  /// are
  ///         told when the streams have ended.
  Status run(const Positions& restored);

  /// After kResumePointLost: the earliest position that was lost.
  ClusterTime lost_at() const { return lost_at_; }

 private:
  Status run_readers(const Positions& restored);
  Result<std::vector<StreamPosition>> stream_positions(const Positions& restored) const;
  Status copy(const Positions& restored);
  Status learn_end_time();
  void end_by(const Status& status, ClusterTime position);

  ReaderContext& context_;
  const NamespaceFilter& filter_;
  const Deployment& deployment_;
  const SourcePlan plan_;
  std::stop_source stop_;
  std::atomic<uint64_t> end_time_{0};
  std::mutex mutex_;
  Status failure_;       // Guarded by mutex_: the first that ends the run.
  ClusterTime lost_at_;  // Guarded by mutex_ until `run` returns.
};

}  // namespace inlet
