#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "bson/document.h"
#include "checkpoint/checkpoint_store.h"
#include "engine/processor.h"
#include "plan/plan.h"

namespace inlet {

/// What one run of a processor needs, by the words of the user.
struct ProcessorRunOptions {
  std::string name;
  Document pipeline;
  std::vector<PlanContext::Connection> connections;
  std::string state;
  bool wait_for_lease = false;
  std::chrono::milliseconds drain_timeout{30'000};
  MetricsRegistry* metrics =
      nullptr;  ///< Gets what is not a number of the progress, if there is one.
};

/// A checked pipeline with its checkpoint store, ready to run once.
///
/// Threads: `run` on one; `request_stop` and `progress` from any.
class ProcessorRun {
 public:
  /// Nothing outside is touched yet.
  static Result<std::unique_ptr<ProcessorRun>> open(const ProcessorRunOptions& options,
                                                    Clock& clock);

  Status run() { return processor_->run(); }
  void request_stop() { processor_->request_stop(); }
  ProcessorProgress progress() const { return processor_->progress(); }
  std::string state_description() const { return checkpoints_->description(); }

 private:
  ProcessorRun() = default;
  std::unique_ptr<CheckpointStore> checkpoints_;
  std::unique_ptr<Processor> processor_;
};

/// Where checkpoints are when nothing is said: beside a lake on this machine, else in the working
/// folder.
std::string default_state(const std::string& to);

}  // namespace inlet
