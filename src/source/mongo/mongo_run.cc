#include "source/mongo/mongo_run.h"

#include <thread>
#include <utility>

#include "source/mongo/change_stream_reader.h"
#include "source/mongo/initial_sync.h"
#include "source/mongo/oplog_watch.h"
#include "source/mongo/plan_maker.h"

namespace inlet {

MongoRun::MongoRun(ReaderContext& context, const NamespaceFilter& filter,
                   const Deployment& deployment, SourcePlan plan, std::stop_source stop)
    : context_(context),
      filter_(filter),
      deployment_(deployment),
      plan_(std::move(plan)),
      stop_(std::move(stop)) {}

Status MongoRun::run(const Positions& restored) {
  context_.progress.update([&](SourceProgress& progress) {
    progress.phase =
        plan_.copy ? SourceProgress::Phase::kCopying : SourceProgress::Phase::kCatchingUp;
    progress.server_time = std::max(progress.server_time, deployment_.operation_time);
  });
  std::stop_source watch_stop;
  std::thread watch([this, token = watch_stop.get_token()] {
    if (plan_.streams > 0) OplogWatch(context_).run(token);
  });
  Status status = run_readers(restored);
  watch_stop.request_stop();
  watch.join();
  std::scoped_lock lock(mutex_);
  if (!failure_.is_ok()) return failure_;
  return context_.stop.stop_requested() ? Status(Code::kCancelled, "source is being stopped")
                                        : status;
}

Status MongoRun::run_readers(const Positions& restored) {
  INLET_ASSIGN_OR_RETURN(const std::vector<StreamPosition> positions, stream_positions(restored));
  std::vector<std::thread> streams;
  streams.reserve(static_cast<size_t>(plan_.streams));
  for (int i = 0; i < plan_.streams; ++i) {
    streams.emplace_back([this, i, position = positions[static_cast<size_t>(i)]] {
      const StreamShare share{.index = i, .count = plan_.streams, .split = plan_.split};
      ChangeStreamReader reader(context_, filter_, deployment_, share, position, end_time_);
      const Status status = reader.run();
      end_by(status, reader.position().time);
    });
  }
  // Collections that failed do not end a stream that follows; they are told at the end.
  Status copied = plan_.copy ? copy(restored) : Status::ok();
  if (copied.code() == Code::kCorruption) end_by(copied, {});
  if (context_.options.until_caught_up && plan_.streams > 0) end_by(learn_end_time(), {});
  for (std::thread& stream : streams) stream.join();
  return copied;
}

Result<std::vector<StreamPosition>> MongoRun::stream_positions(const Positions& restored) const {
  std::vector<StreamPosition> positions;
  for (int i = 0; i < plan_.streams; ++i) {
    StreamPosition position = first_stream_position(context_.options, plan_);
    if (const auto lane = restored.find(stream_lane(i)); lane != restored.end()) {
      INLET_ASSIGN_OR_RETURN(position, StreamPosition::decode(lane->second));
    }
    positions.push_back(std::move(position));
  }
  return positions;
}

Status MongoRun::copy(const Positions& restored) {
  InitialSync sync(context_, plan_);
  INLET_RETURN_IF_ERROR(sync.restore(restored));
  INLET_RETURN_IF_ERROR(sync.run());
  SourcePlan done = plan_;
  done.copy = false;
  done.collections.clear();
  Batch batch;
  batch.positions = sync.retired_lanes();
  batch.positions.push_back({.lane = kPlanLane, .position = done.encode()});
  if (!push_batch(context_, std::move(batch)))
    return Status(Code::kCancelled, "source is being stopped");
  context_.progress.update(
      [](SourceProgress& progress) { progress.phase = SourceProgress::Phase::kCatchingUp; });
  return Status::ok();
}

Status MongoRun::learn_end_time() {
  RetryPolicy retry(context_, "look at the cluster's time", 0);
  for (;;) {
    Result<Deployment> now = [&] {
      MongoClient client = context_.connection.acquire();
      return describe_deployment(client);
    }();
    if (now.is_ok()) {
      end_time_ = now->operation_time.to_bson();
      return Status::ok();
    }
    INLET_RETURN_IF_ERROR(retry.after_failure(now.status()));
  }
}

void MongoRun::end_by(const Status& status, ClusterTime position) {
  if (status.is_ok()) return;
  if (status.code() != Code::kCancelled) {
    std::scoped_lock lock(mutex_);
    if (failure_.is_ok()) failure_ = status;
    const bool lost = status.code() == Code::kResumePointLost;
    if (lost && (lost_at_.is_zero() || position < lost_at_)) lost_at_ = position;
  }
  stop_.request_stop();
}

}  // namespace inlet
