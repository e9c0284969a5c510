#include "source/mongo/mongo_source.h"

#include <array>
#include <utility>

#include "base/log.h"
#include "bson/builder.h"
#include "source/mongo/change_stream_reader.h"
#include "source/mongo/initial_sync.h"
#include "source/mongo/resume_token.h"

namespace inlet {
namespace {

constexpr std::chrono::milliseconds kConnectPause{250};

std::string make_run_id(uint64_t seed) {
  Random random(seed);
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(random.below(UINT64_MAX)));
  return text.data();
}

}  // namespace

Result<std::unique_ptr<MongoSource>> MongoSource::create(MongoSourceOptions options, Clock& clock,
                                                         SecretReader secrets) {
  INLET_ASSIGN_OR_RETURN(std::shared_ptr<MongoConnection> connection,
                         MongoConnection::open(options.connection, std::move(secrets)));
  return create(std::move(options), clock, std::move(connection));
}

Result<std::unique_ptr<MongoSource>> MongoSource::create(MongoSourceOptions options, Clock& clock,
                                                         std::shared_ptr<MongoConnection> connection) {
  if (!options.copy && !options.changes) {
    return Status(Code::kInvalidArgument, "source has nothing to read: neither copy nor changes");
  }
  return std::unique_ptr<MongoSource>(new MongoSource(std::move(options), clock, std::move(connection)));
}

MongoSource::MongoSource(MongoSourceOptions options, Clock& clock, std::shared_ptr<MongoConnection> connection)
    : options_(std::move(options)),
      clock_(clock),
      connection_(std::move(connection)),
      filter_(options_.scope),
      copy_limiter_({.documents_per_second = options_.documents_per_second_max,
                     .bytes_per_second = options_.bytes_per_second_max},
                    clock) {}

MongoSource::~MongoSource() {
  request_stop();
  join();
}

Status MongoSource::start(const Positions& restored, BatchQueue& out) {
  INLET_ASSERT(!controller_.joinable());
  INLET_ASSIGN_OR_RETURN(deployment_, connect());
  if (options_.changes && !deployment_.has_change_streams()) {
    return Status(Code::kInvalidArgument, "change streams need a replica set")
        .with("hosts", connection_->hosts())
        .with_hint("start mongod with --replSet rs0 and run rs.initiate() once: one node is enough");
  }
  INLET_ASSIGN_OR_RETURN(plan_, restore_or_make_plan(restored));
  context_.emplace(ReaderContext{.options = options_,
                                 .connection = *connection_,
                                 .clock = clock_,
                                 .out = out,
                                 .stop = readers_stop_.get_token(),
                                 .progress = progress_,
                                 .copy_limiter = copy_limiter_});
  progress_.update([&](SourceProgress& progress) {
    progress.phase = plan_.copy ? SourceProgress::Phase::kCopying : SourceProgress::Phase::kCatchingUp;
    progress.server_time = deployment_.operation_time;
  });
  controller_ = std::thread([this, restored] { run(restored); });
  return Status::ok();
}

Result<Deployment> MongoSource::connect() {
  const SteadyTime give_up_at = clock_.steady_now() + options_.start_timeout;
  for (;;) {
    Result<Deployment> deployment = [&] {
      MongoClient client = connection_->acquire();
      return describe_deployment(client);
    }();
    if (deployment.is_ok()) return deployment;
    const Status failure = deployment.status();
    const bool passing = failure.code() == Code::kUnavailable || failure.code() == Code::kTimeout;
    if (!passing || clock_.steady_now() >= give_up_at) return Status(failure).with("uri", connection_->redacted());
    if (!clock_.sleep_for(kConnectPause, stop_.get_token())) return Status(Code::kCancelled, "source is being stopped");
  }
}

Result<SourcePlan> MongoSource::make_plan(MongoClient& client) const {
  SourcePlan plan;
  const auto now = static_cast<uint64_t>(clock_.wall_now().time_since_epoch().count());
  plan.run_id = make_run_id(options_.random_seed != 0 ? options_.random_seed : now);
  plan.start_time = deployment_.operation_time;
  plan.copy = options_.copy;
  plan.streams = options_.changes ? 1 : 0;
  if (!options_.copy) return plan;
  INLET_ASSIGN_OR_RETURN(std::vector<PlannedCollection> found, list_collections(client, filter_));
  for (PlannedCollection& collection : found) {
    // A stream cannot follow these, so a copy beside one would be stale from its first minute.
    if (options_.changes && collection.kind != PlannedCollection::Kind::kCollection) {
      log::warning("left out: views and time-series collections have no change stream",
                   {{"collection", collection.ns.full()}});
      continue;
    }
    plan.collections.push_back(std::move(collection));
  }
  return plan;
}

Result<SourcePlan> MongoSource::restore_or_make_plan(const Positions& restored) {
  if (const auto lane = restored.find(kPlanLane); lane != restored.end()) return SourcePlan::decode(lane->second);
  MongoClient client = connection_->acquire();
  return make_plan(client);
}

Result<std::vector<StreamPosition>> MongoSource::stream_positions(const Positions& restored) const {
  std::vector<StreamPosition> positions;
  for (int i = 0; i < plan_.streams; ++i) {
    if (const auto lane = restored.find(stream_lane(i)); lane != restored.end()) {
      INLET_ASSIGN_OR_RETURN(StreamPosition position, StreamPosition::decode(lane->second));
      positions.push_back(std::move(position));
      continue;
    }
    StreamPosition start;
    start.time = plan_.start_time;
    if (!options_.copy && options_.start_at.kind == StartPoint::Kind::kOperationTime) start.time = options_.start_at.time;
    if (!options_.copy && options_.start_at.kind == StartPoint::Kind::kToken) {
      start = {.token = options_.start_at.token, .time = time_of_token(options_.start_at.token), .after_event = true};
    }
    positions.push_back(std::move(start));
  }
  return positions;
}

void MongoSource::run(Positions restored) {
  const std::stop_callback forward(stop_.get_token(), [this] { readers_stop_.request_stop(); });
  Status status = run_readers(restored);
  {
    std::scoped_lock lock(mutex_);
    if (!failure_.is_ok()) status = failure_;
  }
  progress_.update([](SourceProgress& progress) { progress.phase = SourceProgress::Phase::kDone; });
  // Without a stop token: the end must arrive, also while the source is being stopped.
  context_->out.push(QueueElement(EndOfInput{.status = std::move(status)}), {}, std::stop_token());
}

Status MongoSource::run_readers(const Positions& restored) {
  Batch batch;
  batch.positions.push_back({.lane = kPlanLane, .position = plan_.encode()});
  if (!push_batch(*context_, std::move(batch))) return Status(Code::kCancelled, "source is being stopped");

  INLET_ASSIGN_OR_RETURN(std::vector<StreamPosition> positions, stream_positions(restored));
  std::vector<std::thread> streams;
  for (int i = 0; i < plan_.streams; ++i) {
    streams.emplace_back([this, i, position = std::move(positions[static_cast<size_t>(i)])]() mutable {
      const StreamShare share{.index = i, .count = plan_.streams, .split = plan_.split};
      ChangeStreamReader reader(*context_, filter_, deployment_, share, std::move(position), end_time_);
      note_failure(reader.run());
    });
  }
  Status copied = Status::ok();
  if (plan_.copy) copied = copy(restored);
  // Failed collections do not end a stream that follows; they are told at the end.
  if (copied.code() == Code::kCorruption) note_failure(copied);
  if (options_.until_caught_up && plan_.streams > 0) note_failure(learn_end_time());
  for (std::thread& stream : streams) stream.join();
  return copied;
}

Status MongoSource::copy(const Positions& restored) {
  InitialSync sync(*context_, plan_);
  INLET_RETURN_IF_ERROR(sync.restore(restored));
  INLET_RETURN_IF_ERROR(sync.run());
  SourcePlan done = plan_;
  done.copy = false;
  done.collections.clear();
  Batch batch;
  batch.positions = sync.retired_lanes();
  batch.positions.push_back({.lane = kPlanLane, .position = done.encode()});
  if (!push_batch(*context_, std::move(batch))) return Status(Code::kCancelled, "source is being stopped");
  progress_.update([](SourceProgress& progress) { progress.phase = SourceProgress::Phase::kCatchingUp; });
  return Status::ok();
}

Status MongoSource::learn_end_time() {
  RetryPolicy retry(*context_, "look at the cluster's time", 0);
  for (;;) {
    Result<Deployment> now = [&] {
      MongoClient client = connection_->acquire();
      return describe_deployment(client);
    }();
    if (now.is_ok()) {
      end_time_ = now->operation_time.to_bson();
      return Status::ok();
    }
    INLET_RETURN_IF_ERROR(retry.after_failure(now.status()));
  }
}

void MongoSource::note_failure(const Status& status) {
  if (status.is_ok()) return;
  if (status.code() != Code::kCancelled) {
    std::scoped_lock lock(mutex_);
    if (failure_.is_ok()) failure_ = status;
  }
  readers_stop_.request_stop();
}

void MongoSource::request_stop() { stop_.request_stop(); }

void MongoSource::join() {
  if (controller_.joinable()) controller_.join();
}

SourceProgress MongoSource::progress() const { return progress_.copy(); }

}  // namespace inlet
