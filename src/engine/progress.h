#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "stream/sink.h"
#include "stream/source.h"

namespace inlet {

/// What a terminal, a log line or a metric wants to know of a processor. A copy of numbers.
struct ProcessorProgress {
  enum class State { kCreated, kStarting, kRunning, kDraining, kStopped, kFailed };
  State state = State::kCreated;
  SourceProgress source;
  SinkProgress sink;
  uint64_t epoch = 0;  ///< The last one published.
  uint64_t records_in = 0;
  uint64_t records_out = 0;
  uint64_t records_dead_lettered = 0;
  uint64_t queue_records = 0;
  uint64_t queue_bytes = 0;
  std::optional<WallTime> last_checkpoint;
  std::string failure;  ///< What is being retried, or why it failed; empty when healthy.
};

}  // namespace inlet
