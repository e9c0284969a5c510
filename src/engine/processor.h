#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/status.h"
#include "checkpoint/checkpoint_store.h"
#include "engine/progress.h"
#include "plan/plan.h"

namespace inlet {

struct ProcessorOptions {
  std::string name;
  uint64_t queue_records = 16 * Batch::kBatchRecords;
  uint64_t queue_bytes = 32 * 1024 * 1024;

  /// How long a drain may take before it is given up (nothing is lost: the next start goes on).
  std::chrono::milliseconds drain_timeout{30'000};
  /// A run that has not got going by then ends with what stands in its way: most likely a name or
  /// an address is wrong, and whoever started it wants to know. One that has got going retries
  /// without end.
  std::chrono::milliseconds start_timeout{15'000};
  /// Wait as a standby while another process holds the lease, instead of failing.
  bool wait_for_lease = false;
  Backoff::Options backoff;
  /// Told how long each step of a checkpoint took: `prepare`, `store`, `commit`. On the task
  /// thread.
  std::function<void(std::string_view step, std::chrono::duration<double> took)> on_checkpoint_step;
};

/// One chain source → operators → sink with its checkpoints: the engine on one machine.
///
/// Life cycle: created, starting, running, (draining), stopped | failed. `run` is called once.
/// Threads:    `run` is the task thread; `request_stop` and `progress` from any.
/// Source:     the five steps of docs/internals/checkpoint.md.
class Processor {
 public:
  Processor(ProcessorOptions options, Plan plan, CheckpointStore& checkpoints, Clock& clock);
  ~Processor();

  /// Runs until the source's natural end, a request to stop, or a failure that a retry cannot mend.
  Status run();
  /// Drains: the source ends, what it has handed over is published, the checkpoint is stored.
  void request_stop();
  ProcessorProgress progress() const;

 private:
  struct Attempt;  // What lives from one (re)start to the next.

  /// False: asked to stop while it waited.
  Result<bool> acquire_lease();
  Status load_checkpoint();
  Status run_attempt();
  /// False: asked to stop before the source had begun, so there is nothing to drain.
  Result<bool> start_attempt(Attempt& attempt);
  Status consume(Attempt& attempt);
  Status on_batch(Attempt& attempt, Batch batch);
  Status on_barrier(Attempt& attempt, Barrier barrier);
  Status on_end(Attempt& attempt, const EndOfInput& end);
  /// Notes that the last epoch is published, so that the next start does not look for its files.
  void settle();
  bool is_epoch_due(const Attempt& attempt) const;
  SteadyTime next_deadline(const Attempt& attempt) const;
  bool drain_is_overdue() const;
  bool should_stop() const { return stop_.stop_requested(); }
  void set_state(ProcessorProgress::State state);
  /// Tells that a step of the checkpoint which began at `since` is done; gives the time now.
  SteadyTime end_step(std::string_view step, SteadyTime since) const;
  /// Runs `action` again after a backoff while it fails in a way that a retry can mend.
  Status retry_until_done(std::string_view what, const std::function<Status()>& action);

  const ProcessorOptions options_;
  const Plan plan_;
  CheckpointStore& checkpoints_;
  Clock& clock_;

  std::stop_source stop_;     // A drain is wanted.
  std::stop_source give_up_;  // The drain took too long.
  std::atomic<int64_t> stop_requested_at_ns_{0};

  // The task thread's own.
  uint64_t fence_ = 0;
  Checkpoint checkpoint_;  // The newest stored; its epoch is 0 before the first.
  Backoff restart_backoff_;
  bool has_run_ = false;  // An attempt has got going in this process.

  mutable std::mutex progress_mutex_;
  ProcessorProgress progress_;           // Guarded by progress_mutex_.
  const Source* live_source_ = nullptr;  // Guarded by progress_mutex_.
  const Sink* live_sink_ = nullptr;      // Guarded by progress_mutex_.
  BatchQueue* live_queue_ = nullptr;     // Guarded by progress_mutex_.
};

}  // namespace inlet
