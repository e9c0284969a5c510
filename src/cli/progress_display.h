#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "engine/progress.h"

namespace inlet {

/// Rates over the last seconds, from the counters of progress samples.
class RateMeter {
 public:
  /// `records` and `bytes` only grow.
  void sample(SteadyTime now, uint64_t records, uint64_t bytes);
  double records_per_second() const;
  double bytes_per_second() const;

 private:
  struct Sample {
    SteadyTime at;
    uint64_t records;
    uint64_t bytes;
  };
  static constexpr std::chrono::seconds kWindow{5};
  std::vector<Sample> samples_;
};

/// The live block as lines, none wider than `width`.
std::vector<std::string> progress_block(const ProcessorProgress& progress, const RateMeter& rates, WallTime now, size_t width);

/// Shows a processor while it runs: a live block on a terminal, else one log line per interval.
///
/// Threads: one of its own; log lines of others are printed above the block.
class ProgressDisplay {
 public:
  ProgressDisplay(std::function<ProcessorProgress()> progress, std::chrono::milliseconds interval, Clock& clock);
  /// Ends with the block removed.
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

 private:
  void show();
  void log_line();

  const std::function<ProcessorProgress()> progress_;
  const std::chrono::milliseconds interval_;
  Clock& clock_;
  const bool on_terminal_;
  RateMeter rates_;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace inlet
