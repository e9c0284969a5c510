// The task thread of one processor. It takes batches from the queue, runs the operators on them and
// hands them to the sink; between two elements of the queue it ends an epoch when one is due.
// Ending epoch n:
//
//   1. the barrier passes the operators, which add their snapshots;
//   2. the sink prepares: every byte durable, none visible;
//   3. the checkpoint is stored: now the epoch exists;
//   4. the sink commits: the bytes become visible;
//   5. after a crash, the next start commits the newest stored epoch again, then goes on from its
//   positions.
//
// A failure before step 3 throws the epoch away and starts over from the last checkpoint. A failure
// in step 4 is retried there, since the commit is idempotent and nothing may overtake it.

#include "engine/processor.h"

#include <stop_token>
#include <utility>

#include "base/log.h"
#include "engine/reaction.h"

namespace inlet {

struct Processor::Attempt {
  std::unique_ptr<Source> source;
  std::vector<std::unique_ptr<Operator>> operators;
  std::unique_ptr<Sink> sink;
  BatchQueue queue;
  Positions positions;

  // Since the last barrier.
  bool moved = false;  // A position changed or a record came: there is something to checkpoint.
  uint64_t records = 0;
  uint64_t bytes = 0;
  SteadyTime began;

  explicit Attempt(BatchQueue::Weight bound) : queue(bound) {}
};

Processor::Processor(ProcessorOptions options, Plan plan, CheckpointStore& checkpoints,
                     Clock& clock)
    : options_(std::move(options)),
      plan_(std::move(plan)),
      checkpoints_(checkpoints),
      clock_(clock),
      restart_backoff_(options_.backoff,
                       static_cast<uint64_t>(clock.wall_now().time_since_epoch().count())) {}

Processor::~Processor() = default;

void Processor::request_stop() {
  int64_t expected = 0;
  stop_requested_at_ns_.compare_exchange_strong(expected,
                                                clock_.steady_now().time_since_epoch().count());
  stop_.request_stop();
}

void Processor::set_state(ProcessorProgress::State state) {
  std::scoped_lock lock(progress_mutex_);
  progress_.state = state;
}

ProcessorProgress Processor::progress() const {
  std::scoped_lock lock(progress_mutex_);
  ProcessorProgress copy = progress_;
  if (live_source_ != nullptr) copy.source = live_source_->progress();
  if (live_sink_ != nullptr) copy.sink = live_sink_->progress();
  if (live_queue_ != nullptr) {
    const BatchQueue::Weight used = live_queue_->used();
    copy.queue_records = used.records;
    copy.queue_bytes = used.bytes;
  }
  return copy;
}

bool Processor::drain_is_overdue() const {
  const int64_t since = stop_requested_at_ns_.load();
  return since != 0 && clock_.steady_now().time_since_epoch() - std::chrono::nanoseconds(since) >
                           options_.drain_timeout;
}

Status Processor::retry_until_done(std::string_view what, const std::function<Status()>& action) {
  Backoff backoff(options_.backoff, fence_ + checkpoint_.epoch);
  while (true) {
    Status status = action();
    if (reaction_to(status) != Reaction::kRetry) return status;
    if (drain_is_overdue()) {
      return std::move(status).with_hint(
          "the drain took too long; nothing is lost: the next start goes on from the checkpoint");
    }
    const auto delay = backoff.next();
    log::warning("retrying", {{"what", what},
                              {"in", std::to_string(delay.count()) + "ms"},
                              {"error", status.to_string()}});
    {
      std::scoped_lock lock(progress_mutex_);
      progress_.failure = status.to_string();
    }
    // While a drain is under way the waits stay short, so that its bound is kept.
    const auto longest = should_stop() ? std::chrono::milliseconds(500) : delay;
    clock_.sleep_for(std::min(delay, longest),
                     should_stop() ? std::stop_token() : stop_.get_token());
  }
}

Result<bool> Processor::acquire_lease() {
  bool said = false;
  Backoff backoff(options_.backoff, 1);
  while (true) {
    Result<uint64_t> fence = checkpoints_.acquire();
    if (fence.is_ok()) {
      fence_ = *fence;
      return true;
    }
    Status failure = std::move(fence).error();
    const bool is_held = failure.text() == kAlreadyRunning;
    if (reaction_to(failure) != Reaction::kRetry || (is_held && !options_.wait_for_lease))
      return failure;
    if (should_stop()) return false;
    if (!said)
      log::warning(is_held ? "standing by" : "state store is away, retrying",
                   {{"error", failure.to_string()}});
    said = true;
    clock_.sleep_for(is_held ? std::chrono::milliseconds(1000) : backoff.next(), stop_.get_token());
  }
}

Status Processor::load_checkpoint() {
  std::optional<Checkpoint> loaded;
  INLET_RETURN_IF_ERROR(retry_until_done("load the checkpoint", [&]() -> Status {
    INLET_ASSIGN_OR_RETURN(loaded, checkpoints_.load());
    return Status::ok();
  }));
  if (!loaded) {
    checkpoint_.processor = options_.name;
    checkpoint_.fingerprint = plan_.fingerprint;
    return Status::ok();
  }
  checkpoint_ = *std::move(loaded);
  const bool starts_over = checkpoint_.finished && plan_.finished_means_start_over;
  if (checkpoint_.fingerprint != plan_.fingerprint && !starts_over) {
    return Status(Code::kInvalidArgument,
                  "the stored checkpoint belongs to another source or pipeline")
        .with("processor", options_.name)
        .with("state", checkpoints_.description())
        .with_hint(
            "run with the settings as they were, or give this run a --name of its own (and a lake "
            "folder of its own)");
  }
  checkpoint_.fingerprint = plan_.fingerprint;
  return Status::ok();
}

Status Processor::run() {
  set_state(ProcessorProgress::State::kStarting);
  const Result<bool> acquired = acquire_lease();
  Status status = acquired.status();
  if (acquired.is_ok() && *acquired) {
    const SteadyTime began = clock_.steady_now();
    status = load_checkpoint();
    while (status.is_ok()) {
      status = run_attempt();
      const bool may_retry = has_run_ || clock_.steady_now() - began < options_.start_timeout;
      const bool retry = reaction_to(status) == Reaction::kRetry && may_retry && !should_stop();
      if (!retry) break;
      const auto delay = restart_backoff_.next();
      log::warning("starting over from the last checkpoint",
                   {{"in", std::to_string(delay.count()) + "ms"}, {"error", status.to_string()}});
      {
        std::scoped_lock lock(progress_mutex_);
        progress_.state = ProcessorProgress::State::kStarting;
        progress_.failure = status.to_string();
      }
      clock_.sleep_for(delay, stop_.get_token());
      if (should_stop()) break;
      // Another writer may have taken over, or the store may know a newer epoch (its answer was
      // lost): look again.
      status = load_checkpoint();
    }
    if (Status released = checkpoints_.release(); !released.is_ok()) {
      log::write_status(log::Level::kDebug, "the lease could not be released", released);
    }
  }
  std::scoped_lock lock(progress_mutex_);
  progress_.state =
      status.is_ok() ? ProcessorProgress::State::kStopped : ProcessorProgress::State::kFailed;
  progress_.failure = status.is_ok() ? "" : status.to_string();
  return status;
}

Result<bool> Processor::start_attempt(Attempt& attempt) {
  INLET_ASSIGN_OR_RETURN(attempt.sink, plan_.make_sink());
  INLET_ASSIGN_OR_RETURN(attempt.operators, plan_.make_operators());
  INLET_ASSIGN_OR_RETURN(attempt.source, plan_.make_source());

  INLET_RETURN_IF_ERROR(attempt.sink->open(checkpoint_.sink_state, checkpoint_.epoch, fence_));
  if (checkpoint_.epoch > 0) {
    INLET_RETURN_IF_ERROR(retry_until_done("publish the last epoch again", [&] {
      return attempt.sink->commit(checkpoint_.prepared);
    }));
  }
  if (checkpoint_.finished && plan_.finished_means_start_over) {
    INLET_ASSIGN_OR_RETURN(attempt.sink, plan_.make_sink());
    INLET_RETURN_IF_ERROR(attempt.sink->open({}, checkpoint_.epoch, fence_));
  } else {
    attempt.positions = checkpoint_.positions;
    for (size_t i = 0; i < attempt.operators.size(); ++i) {
      const auto state = checkpoint_.operators.find(std::to_string(i) + ":" +
                                                    std::string(attempt.operators[i]->name()));
      if (state == checkpoint_.operators.end()) continue;
      INLET_ASSIGN_OR_RETURN(const OperatorState restored, OperatorState::decode(state->second));
      INLET_RETURN_IF_ERROR(attempt.operators[i]->restore(restored));
    }
  }
  attempt.began = clock_.steady_now();
  {
    // A source whose server is away waits for it: it must hear of a stop meanwhile.
    const std::stop_callback forward(stop_.get_token(), [&] { attempt.source->request_stop(); });
    Status started = attempt.source->start(attempt.positions, attempt.queue);
    const bool may_pass =
        started.code() == Code::kCancelled || reaction_to(started) == Reaction::kRetry;
    if (!started.is_ok() && may_pass && should_stop()) {
      log::write_status(log::Level::kInfo, "stopped before the source had begun", started);
      return false;
    }
    INLET_RETURN_IF_ERROR(std::move(started));
  }
  has_run_ = true;
  std::scoped_lock lock(progress_mutex_);
  live_source_ = attempt.source.get();
  live_sink_ = attempt.sink.get();
  live_queue_ = &attempt.queue;
  progress_.epoch = checkpoint_.epoch;
  progress_.state = ProcessorProgress::State::kRunning;
  progress_.failure.clear();
  return true;
}

Status Processor::run_attempt() {
  Attempt attempt({options_.queue_records, options_.queue_bytes});
  const Result<bool> start = start_attempt(attempt);
  const bool started = start.is_ok() && *start;
  Status status = start.status();
  if (started) status = consume(attempt);

  ProcessorProgress last = progress();
  if (attempt.source != nullptr) {
    attempt.source->request_stop();
    attempt.queue.close();
    if (started) attempt.source->join();
    last.source = attempt.source->progress();
  }
  {
    std::scoped_lock lock(progress_mutex_);
    live_source_ = nullptr;
    live_sink_ = nullptr;
    live_queue_ = nullptr;
    progress_.source = std::move(last.source);
    progress_.sink = std::move(last.sink);
  }
  return status;
}

Status Processor::consume(Attempt& attempt) {
  bool asked_to_stop = false;
  while (true) {
    if (should_stop() && !asked_to_stop) {
      asked_to_stop = true;
      set_state(ProcessorProgress::State::kDraining);
      attempt.source->request_stop();
    }
    if (drain_is_overdue()) {
      return Status(Code::kTimeout, "the drain took too long")
          .with_hint("nothing is lost: the next start goes on from the last checkpoint");
    }
    // A stream without news has no epoch to find out at; while it is not known, the next one will.
    if (Status held = checkpoints_.verify_held(); held.code() == Code::kCancelled) return held;
    std::optional<QueueElement> element =
        attempt.queue.pop_until(next_deadline(attempt), std::stop_token());
    if (element) {
      if (auto* batch = std::get_if<Batch>(&*element)) {
        INLET_RETURN_IF_ERROR(on_batch(attempt, std::move(*batch)));
      } else if (auto* barrier = std::get_if<Barrier>(&*element)) {
        INLET_RETURN_IF_ERROR(on_barrier(attempt, *barrier));
      } else {
        return on_end(attempt, std::get<EndOfInput>(*element));
      }
    }
    if (is_epoch_due(attempt))
      INLET_RETURN_IF_ERROR(on_barrier(attempt, Barrier{checkpoint_.epoch + 1}));
  }
}

SteadyTime Processor::next_deadline(const Attempt& attempt) const {
  constexpr std::chrono::milliseconds kPoll{200};  // A request to stop is seen within this time.
  const SteadyTime poll = clock_.steady_now() + kPoll;
  if (!attempt.moved || plan_.epoch.interval.count() == 0) return poll;
  return std::min(poll, attempt.began + plan_.epoch.interval);
}

bool Processor::is_epoch_due(const Attempt& attempt) const {
  if (!attempt.moved) return false;
  if (plan_.epoch.records != 0 && attempt.records >= plan_.epoch.records) return true;
  if (plan_.epoch.bytes != 0 && attempt.bytes >= plan_.epoch.bytes) return true;
  if (plan_.epoch.interval.count() != 0 &&
      clock_.steady_now() >= attempt.began + plan_.epoch.interval)
    return true;
  return attempt.sink->wants_checkpoint();
}

Status Processor::on_batch(Attempt& attempt, Batch batch) {
  const size_t records_in = batch.records.size();
  for (const std::unique_ptr<Operator>& op : attempt.operators)
    INLET_RETURN_IF_ERROR(op->process(batch));
  for (LanePosition& lane : batch.positions) {
    if (lane.retired) {
      attempt.positions.erase(lane.lane);
    } else {
      attempt.positions[std::move(lane.lane)] = std::move(lane.position);
    }
  }
  // An epoch's interval runs from its first news, so that an idle stream costs no checkpoint at
  // once.
  if (!attempt.moved) attempt.began = clock_.steady_now();
  attempt.moved = true;
  attempt.records += batch.records.size();
  attempt.bytes += batch.document_bytes;
  const size_t records_out = batch.records.size();
  INLET_RETURN_IF_ERROR(attempt.sink->write(std::move(batch)));
  std::scoped_lock lock(progress_mutex_);
  progress_.records_in += records_in;
  progress_.records_out += records_out;
  return Status::ok();
}

Status Processor::on_barrier(Attempt& attempt, Barrier barrier) {
  INLET_ASSERT(barrier.epoch == checkpoint_.epoch + 1);
  Checkpoint next;
  next.processor = options_.name;
  next.fingerprint = plan_.fingerprint;
  next.epoch = barrier.epoch;
  next.fence = fence_;
  next.positions = attempt.positions;
  for (size_t i = 0; i < attempt.operators.size(); ++i) {
    const OperatorState state = attempt.operators[i]->snapshot();
    if (!state.is_empty())
      next.operators[std::to_string(i) + ":" + std::string(attempt.operators[i]->name())] =
          state.encode();
  }
  SteadyTime since = clock_.steady_now();
  INLET_ASSIGN_OR_RETURN(next.prepared, attempt.sink->prepare(barrier.epoch));
  since = end_step("prepare", since);
  next.sink_state = attempt.sink->snapshot();
  next.finished = barrier.ends_input;
  next.stored_at_ms = clock_.wall_now().time_since_epoch().count();
  INLET_RETURN_IF_ERROR(
      retry_until_done("store the checkpoint", [&] { return checkpoints_.store(next); }));
  since = end_step("store", since);
  checkpoint_ = std::move(next);
  INLET_RETURN_IF_ERROR(retry_until_done(
      "publish the epoch", [&] { return attempt.sink->commit(checkpoint_.prepared); }));
  end_step("commit", since);

  attempt.moved = false;
  attempt.records = 0;
  attempt.bytes = 0;
  attempt.began = clock_.steady_now();
  restart_backoff_.reset();
  std::scoped_lock lock(progress_mutex_);
  progress_.epoch = checkpoint_.epoch;
  progress_.last_checkpoint = WallTime(std::chrono::milliseconds(checkpoint_.stored_at_ms));
  progress_.failure.clear();
  return Status::ok();
}

SteadyTime Processor::end_step(std::string_view step, SteadyTime since) const {
  const SteadyTime now = clock_.steady_now();
  if (options_.on_checkpoint_step) options_.on_checkpoint_step(step, now - since);
  return now;
}

void Processor::settle() {
  if (checkpoint_.prepared.payload.is_empty()) return;
  // Between two runs the lake is its owner's: what was published may be moved away or removed.
  Checkpoint settled = checkpoint_;
  settled.prepared.payload = Document();
  if (Status stored = checkpoints_.store(settled); !stored.is_ok()) {
    // The next start publishes the epoch once more, which changes nothing.
    log::write_status(log::Level::kDebug, "the end could not be noted", stored);
    return;
  }
  checkpoint_ = std::move(settled);
}

Status Processor::on_end(Attempt& attempt, const EndOfInput& end) {
  // What was handed over before the failure is whole and in order, so it is published in any case.
  const bool is_natural_end = end.status.is_ok() && !should_stop();
  if (attempt.moved || is_natural_end) {
    INLET_RETURN_IF_ERROR(on_barrier(attempt, Barrier{checkpoint_.epoch + 1, is_natural_end}));
  }
  INLET_RETURN_IF_ERROR(attempt.sink->close());
  settle();
  const bool is_answer_to_stop = should_stop() && reaction_to(end.status) == Reaction::kDrain;
  return is_answer_to_stop ? Status::ok() : end.status;
}

}  // namespace inlet
