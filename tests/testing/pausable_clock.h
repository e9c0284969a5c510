#pragma once

#include <condition_variable>
#include <mutex>

#include "base/clock.h"

namespace inlet::testing {

/// The machine's clocks as a process sees them that can be stopped (SIGSTOP) and continued: while
/// paused no time passes and no sleep ends; afterwards all the time has passed at once.
///
/// Threads: any.
class PausableClock final : public Clock {
 public:
  WallTime wall_now() const override;
  SteadyTime steady_now() const override;
  bool sleep_for(std::chrono::milliseconds duration, std::stop_token stop) override;
  void pause();
  void resume();

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool paused_ = false;
  WallTime paused_wall_;
  SteadyTime paused_steady_;
};

}  // namespace inlet::testing
