#include "source/mongo/mongo_source.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "source/mongo/mongo_run.h"
#include "source/mongo/plan_maker.h"

namespace inlet {
namespace {

constexpr std::chrono::milliseconds kConnectPause{250};

Status stopped() {
  return Status(Code::kCancelled, "source is being stopped");
}

bool is_passing(const Status& status) {
  return status.code() == Code::kUnavailable || status.code() == Code::kTimeout;
}

}  // namespace

Result<std::unique_ptr<MongoSource>> MongoSource::create(MongoSourceOptions options, Clock& clock,
                                                         SecretReader secrets) {
  INLET_ASSIGN_OR_RETURN(std::shared_ptr<MongoConnection> connection,
                         MongoConnection::open(options.connection, std::move(secrets)));
  return create(std::move(options), clock, std::move(connection));
}

Result<std::unique_ptr<MongoSource>> MongoSource::create(
    MongoSourceOptions options, Clock& clock, std::shared_ptr<MongoConnection> connection) {
  if (!options.copy && !options.changes) {
    return Status(Code::kInvalidArgument, "source has nothing to read: neither copy nor changes");
  }
  return std::unique_ptr<MongoSource>(
      new MongoSource(std::move(options), clock, std::move(connection)));
}

MongoSource::MongoSource(MongoSourceOptions options, Clock& clock,
                         std::shared_ptr<MongoConnection> connection)
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
        .with_hint(
            "start mongod with --replSet rs0 and run rs.initiate() once: one node is enough");
  }
  INLET_ASSIGN_OR_RETURN(plan_, restore_or_make_plan(restored));
  const bool same_streams = plan_.streams == (options_.changes ? std::max(1, options_.streams) : 0);
  if (!same_streams) {
    log::info("the number of change streams stays as the checkpoint has it",
              {{"streams", plan_.streams}});
  }
  std::vector<LanePosition> known;
  for (const auto& [lane, position] : restored) known.push_back({.lane = lane, .position = {}});
  lanes_.note(known);
  controller_ = std::thread([this, restored, &out] { run(restored, out); });
  return Status::ok();
}

Result<Deployment> MongoSource::connect() {
  const SteadyTime give_up_at = clock_.steady_now() + options_.start_timeout;
  for (bool said = false;; said = true) {
    Result<Deployment> deployment = [&] {
      MongoClient client = connection_->acquire();
      return describe_deployment(client);
    }();
    if (deployment.is_ok()) return deployment;
    const Status failure = deployment.status();
    if (!is_passing(failure) || clock_.steady_now() >= give_up_at)
      return Status(failure).with("uri", connection_->redacted());
    if (!said) log::write_status(log::Level::kWarning, "MongoDB is away, trying on", failure);
    if (!clock_.sleep_for(kConnectPause, stop_.get_token())) return stopped();
  }
}

uint64_t MongoSource::seed() const {
  if (options_.random_seed != 0) return options_.random_seed;
  return static_cast<uint64_t>(clock_.wall_now().time_since_epoch().count());
}

Result<SourcePlan> MongoSource::restore_or_make_plan(const Positions& restored) {
  if (const auto lane = restored.find(kPlanLane); lane != restored.end())
    return SourcePlan::decode(lane->second);
  MongoClient client = connection_->acquire();
  return make_plan(client, {.options = options_,
                            .filter = filter_,
                            .deployment = deployment_,
                            .copy = options_.copy,
                            .seed = seed()});
}

void MongoSource::run(Positions restored, BatchQueue& out) {
  Status status = run_all(std::move(restored), out);
  progress_.update([](SourceProgress& progress) { progress.phase = SourceProgress::Phase::kDone; });
  // Without a stop token: the end must arrive, also while the source is being stopped.
  out.push(QueueElement(EndOfInput{.status = std::move(status)}), {}, std::stop_token());
}

Status MongoSource::run_all(Positions restored, BatchQueue& out) {
  Batch first;
  first.positions.push_back({.lane = kPlanLane, .position = plan_.encode()});
  lanes_.note(first.positions);
  if (!out.push(QueueElement(std::move(first)), {}, stop_.get_token())) return stopped();
  for (;;) {
    Status status = run_plan(restored, out);
    const bool again = status.code() == Code::kResumePointLost && !stop_.stop_requested() &&
                       options_.on_history_lost == MongoSourceOptions::OnHistoryLost::kResync;
    if (!again) return status;
    log::write_status(log::Level::kWarning, "position lost: a new copy is made", status);
    INLET_RETURN_IF_ERROR(resync(out));
    restored.clear();
  }
}

Status MongoSource::run_plan(const Positions& restored, BatchQueue& out) {
  std::stop_source run_stop;
  const std::stop_callback forward(stop_.get_token(), [&run_stop] { run_stop.request_stop(); });
  ReaderContext context{.options = options_,
                        .connection = *connection_,
                        .clock = clock_,
                        .out = out,
                        .stop = run_stop.get_token(),
                        .progress = progress_,
                        .copy_limiter = copy_limiter_,
                        .lanes = lanes_};
  MongoRun run(context, filter_, deployment_, plan_, run_stop);
  Status status = run.run(restored);
  lost_at_ = run.lost_at();
  return status;
}

Status MongoSource::resync(BatchQueue& out) {
  for (;;) {
    const Status planned = [&]() -> Status {
      MongoClient client = connection_->acquire();
      INLET_ASSIGN_OR_RETURN(deployment_, describe_deployment(client));
      INLET_ASSIGN_OR_RETURN(plan_, make_plan(client, {.options = options_,
                                                       .filter = filter_,
                                                       .deployment = deployment_,
                                                       .copy = true,
                                                       .seed = seed()}));
      return Status::ok();
    }();
    if (planned.is_ok()) break;
    if (!is_passing(planned)) return planned;
    if (!clock_.sleep_for(kConnectPause, stop_.get_token())) return stopped();
  }
  Batch batch;
  batch.notices.push_back({.kind = Notice::Kind::kHistoryLost,
                           .ns = nullptr,
                           .records = 0,
                           .content_hash = 0,
                           .reason = "the change stream's position has left the oplog",
                           .gap_from = lost_at_,
                           .gap_to = plan_.start_time});
  for (const std::string& lane : lanes_.lanes()) {
    if (lane != kPlanLane)
      batch.positions.push_back({.lane = lane, .position = {}, .retired = true});
  }
  batch.positions.push_back({.lane = kPlanLane, .position = plan_.encode()});
  lanes_.note(batch.positions);
  if (!out.push(QueueElement(std::move(batch)), {}, stop_.get_token())) return stopped();
  return Status::ok();
}

void MongoSource::request_stop() {
  stop_.request_stop();
}

void MongoSource::join() {
  if (controller_.joinable()) controller_.join();
}

SourceProgress MongoSource::progress() const {
  return progress_.copy();
}

}  // namespace inlet
