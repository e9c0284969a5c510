#include "testing/pausable_clock.h"

namespace inlet::testing {

WallTime PausableClock::wall_now() const {
  std::scoped_lock lock(mutex_);
  return paused_ ? paused_wall_ : SystemClock().wall_now();
}

SteadyTime PausableClock::steady_now() const {
  std::scoped_lock lock(mutex_);
  return paused_ ? paused_steady_ : SystemClock().steady_now();
}

bool PausableClock::sleep_for(std::chrono::milliseconds duration, std::stop_token stop) {
  const SteadyTime until = SystemClock().steady_now() + duration;
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, until, [] { return false; });
  changed_.wait(lock, stop, [this] { return !paused_; });
  return !stop.stop_requested();
}

void PausableClock::pause() {
  std::scoped_lock lock(mutex_);
  paused_ = true;
  paused_wall_ = SystemClock().wall_now();
  paused_steady_ = SystemClock().steady_now();
}

void PausableClock::resume() {
  std::scoped_lock lock(mutex_);
  paused_ = false;
  changed_.notify_all();
}

}  // namespace inlet::testing
