#pragma once

#include <memory>
#include <thread>

#include "source/mongo/deployment.h"
#include "source/mongo/mongo_source_options.h"
#include "source/mongo/namespace_filter.h"
#include "source/mongo/reader_context.h"
#include "source/mongo/source_plan.h"
#include "stream/source.h"

namespace inlet {

/// Reads MongoDB: copies what is there, follows what changes, or both with no gap between.
///
/// With both, the copy and the change stream run side by side from one start point, taken before
/// the first read. Reads carry the start point's time and every later change is written, so a fold
/// by `_id` and cluster time is right whatever the interleaving, and a copy longer than the oplog
/// loses nothing. Life cycle and threads: as Source says.
class MongoSource final : public Source {
 public:
  /// Errors: kInvalidArgument for a URI or options that cannot be used; no network is touched.
  static Result<std::unique_ptr<MongoSource>> create(MongoSourceOptions options, Clock& clock,
                                                     SecretReader secrets = SecretReader::system());
  /// The same, over a connection that others use too; `options.connection` is not looked at.
  static Result<std::unique_ptr<MongoSource>> create(MongoSourceOptions options, Clock& clock,
                                                     std::shared_ptr<MongoConnection> connection);
  ~MongoSource() override;

  /// Errors: kUnavailable when no server answers within the start timeout; kInvalidArgument where
  /// change
  ///         streams are wanted of a server that has none; kPermissionDenied.
  Status start(const Positions& restored, BatchQueue& out) override;
  void request_stop() override;
  void join() override;
  SourceProgress progress() const override;

  /// Hosts without secrets, to name what is read.
  std::string hosts() const { return connection_->hosts(); }

 private:
  MongoSource(MongoSourceOptions options, Clock& clock,
              std::shared_ptr<MongoConnection> connection);
  Result<Deployment> connect();
  Result<SourcePlan> restore_or_make_plan(const Positions& restored);
  void run(Positions restored, BatchQueue& out);
  /// One run after the other: a second follows where a lost position is answered by a new copy.
  Status run_all(Positions restored, BatchQueue& out);
  Status run_plan(const Positions& restored, BatchQueue& out);
  /// Plans anew after a lost position and tells of the gap.
  Status resync(BatchQueue& out);
  uint64_t seed() const;

  const MongoSourceOptions options_;
  Clock& clock_;
  const std::shared_ptr<MongoConnection> connection_;
  const NamespaceFilter filter_;
  RateLimiter copy_limiter_;
  ProgressBoard progress_;
  LaneRegister lanes_;
  std::stop_source stop_;
  Deployment deployment_;  // Constant after `start`, but for the controller's thread.
  SourcePlan plan_;        // The same.
  ClusterTime lost_at_;    // The controller's thread only.
  std::thread controller_;
};

}  // namespace inlet
