#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "engine/progress.h"

namespace inlet {

/// An answer to "are you well?", with the reason in one line.
struct Health {
  bool is_ok = false;
  std::string reason;
};

/// Whether the process should be left alone: not so once its processor has failed for good. What is
/// being retried is alive, since a restart would not help it.
Health judge_alive(const ProcessorProgress& progress);

/// Whether the processor does its work: it runs, its source is connected, nothing is being retried,
/// and the last checkpoint is younger than `checkpoint_age_max`. The first checkpoint is waited
/// for.
Health judge_ready(const ProcessorProgress& progress, WallTime now,
                   std::chrono::milliseconds checkpoint_age_max);

}  // namespace inlet
