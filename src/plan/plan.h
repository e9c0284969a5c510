#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bson/document.h"
#include "checkpoint/mongo_state_url.h"
#include "stream/operator.h"
#include "stream/sink.h"
#include "stream/source.h"

namespace inlet {

/// An epoch ends at whichever comes first. Zero: no such bound.
struct EpochBounds {
  std::chrono::milliseconds interval{10'000};
  uint64_t records = 0;
  uint64_t bytes = 0;  ///< BSON bytes.
};

/// A checked pipeline: what a processor is made of.
///
/// The factories are called anew for each start, so that a restart from the checkpoint begins with
/// nothing left over. Threads: immutable; the factories may be called from the task thread.
struct Plan {
  /// Of the source's scope and the stages: a stored position is only good for the plan that made
  /// it.
  std::string fingerprint;
  EpochBounds epoch;
  /// A finished run is a beginning, not a position to go on from (a source that only copies).
  bool finished_means_start_over = false;
  std::function<Result<std::unique_ptr<Source>>()> make_source;
  std::function<Result<std::vector<std::unique_ptr<Operator>>>()> make_operators;
  std::function<Result<std::unique_ptr<Sink>>()> make_sink;
};

/// What a pipeline's text leaves open: the systems behind its connection names, and the run.
struct PlanContext {
  struct Connection {
    std::string name;
    std::string url;  ///< May hold `${env:NAME}` and `${file:PATH}`; never printed.
  };
  std::vector<Connection> connections;
  std::string processor_name;
  /// OK while this process may write; asked before a write that a stale writer must not make.
  std::function<Status()> verify_may_write;
  /// Where our own state is, when that is in MongoDB: no source reads it, or each checkpoint would
  /// bring the next one forth.
  std::optional<MongoStateUrl> mongo_state;
  WallTime run_started;  ///< Names the folder of a snapshot.
  Clock* clock = nullptr;
};

/// Parses and checks a pipeline (an array of stages). Nothing outside is touched.
/// Errors: kInvalidArgument with stage and option, and the nearest known name.
Result<Plan> build_plan(DocumentView pipeline, const PlanContext& context);

}  // namespace inlet
