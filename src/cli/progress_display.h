#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "cli/progress_block.h"

namespace inlet {

/// Shows a processor while it runs: a live block on a terminal, else one log line per interval.
///
/// Standard error is a terminal: the block is redrawn in place, and log lines are printed above it;
/// `NO_COLOR` takes the colours away, `TERM=dumb` the block.
/// Threads: one of its own. One display at a time in a process.
class ProgressDisplay {
 public:
  ProgressDisplay(std::function<ProcessorProgress()> progress, std::chrono::milliseconds interval,
                  Clock& clock);
  /// Ends with the block removed.
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

 private:
  void run(std::stop_token stop);
  void draw_block();
  void log_line();

  const std::function<ProcessorProgress()> progress_;
  const std::chrono::milliseconds interval_;
  Clock& clock_;
  const bool on_terminal_;
  RateMeter rates_;
  std::jthread thread_;  // Last, so that it stops first.
};

}  // namespace inlet
