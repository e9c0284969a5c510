#include "job/processor_run.h"

#include <filesystem>

#include "checkpoint/open_checkpoint_store.h"
#include "store/open_object_store.h"

namespace inlet {

Result<std::unique_ptr<ProcessorRun>> ProcessorRun::open(const ProcessorRunOptions& options,
                                                         Clock& clock) {
  std::unique_ptr<ProcessorRun> out(new ProcessorRun);
  INLET_ASSIGN_OR_RETURN(out->checkpoints_,
                         open_checkpoint_store(options.state, options.name, clock));
  PlanContext context;
  context.connections = options.connections;
  context.processor_name = options.name;
  context.verify_may_write = [checkpoints = out->checkpoints_.get()] {
    return checkpoints->verify_held();
  };
  INLET_ASSIGN_OR_RETURN(context.mongo_state, mongo_state_of(options.state));
  context.run_started = clock.wall_now();
  context.clock = &clock;
  INLET_ASSIGN_OR_RETURN(Plan plan, build_plan(options.pipeline, context));

  ProcessorOptions processor;
  processor.name = options.name;
  processor.wait_for_lease = options.wait_for_lease;
  processor.drain_timeout = options.drain_timeout;
  if (options.metrics != nullptr) {
    processor.on_checkpoint_step = [metrics = options.metrics, name = options.name](
                                       std::string_view step, std::chrono::duration<double> took) {
      metrics->observe(Metric::kCheckpointStepSeconds, took.count(), {name, std::string(step)});
    };
  }
  out->processor_ =
      std::make_unique<Processor>(processor, std::move(plan), *out->checkpoints_, clock);
  return out;
}

std::string default_state(const std::string& to) {
  const std::optional<std::string> folder = local_folder(to);
  if (!folder || folder->empty()) return ".inlet";
  std::filesystem::path lake = std::filesystem::path(*folder).lexically_normal();
  if (!lake.has_filename()) lake = lake.parent_path();
  return (lake.parent_path() / ".inlet").string();
}

}  // namespace inlet
