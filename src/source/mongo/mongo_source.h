#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "source/mongo/deployment.h"
#include "source/mongo/mongo_source_options.h"
#include "source/mongo/reader_context.h"
#include "source/mongo/source_plan.h"
#include "stream/source.h"

namespace inlet {

/// Reads MongoDB: copies what is there, follows what changes, or both with no gap between.
///
/// With both, the copy and the change stream run side by side from one start point, taken before the
/// first read. Reads carry the start point's time and every later change is written, so a fold by `_id`
/// and cluster time is right whatever the interleaving, and a copy longer than the oplog loses nothing.
/// Life cycle and threads: as Source says.
class MongoSource final : public Source {
 public:
  /// Errors: kInvalidArgument for a URI or options that cannot be used; no network is touched.
  static Result<std::unique_ptr<MongoSource>> create(MongoSourceOptions options, Clock& clock,
                                                     SecretReader secrets = SecretReader::system());
  /// The same, over a connection that others use too; `options.connection` is not looked at.
  static Result<std::unique_ptr<MongoSource>> create(MongoSourceOptions options, Clock& clock,
                                                     std::shared_ptr<MongoConnection> connection);
  ~MongoSource() override;

  /// Errors: kUnavailable when no server answers within the start timeout; kInvalidArgument where change
  ///         streams are wanted of a server that has none; kPermissionDenied.
  Status start(const Positions& restored, BatchQueue& out) override;
  void request_stop() override;
  void join() override;
  SourceProgress progress() const override;

  /// Hosts without secrets, to name what is read.
  std::string hosts() const { return connection_->hosts(); }

 private:
  MongoSource(MongoSourceOptions options, Clock& clock, std::shared_ptr<MongoConnection> connection);
  Result<Deployment> connect();
  Result<SourcePlan> make_plan(MongoClient& client) const;
  Result<SourcePlan> restore_or_make_plan(const Positions& restored);
  Result<std::vector<StreamPosition>> stream_positions(const Positions& restored) const;
  void run(Positions restored);
  Status run_readers(const Positions& restored);
  Status copy(const Positions& restored);
  Status learn_end_time();
  void note_failure(const Status& status);

  const MongoSourceOptions options_;
  Clock& clock_;
  const std::shared_ptr<MongoConnection> connection_;
  const NamespaceFilter filter_;
  RateLimiter copy_limiter_;
  ProgressBoard progress_;
  std::stop_source stop_;          ///< The engine's wish.
  std::stop_source readers_stop_;  ///< Also set when one reader fails for good.
  Deployment deployment_;          // Constant after `start`.
  SourcePlan plan_;                // Constant after `start`.
  std::optional<ReaderContext> context_;
  std::atomic<uint64_t> end_time_{0};
  std::thread controller_;
  std::mutex mutex_;
  Status failure_;  // Guarded by mutex_: the first that ends the source.
};

}  // namespace inlet
