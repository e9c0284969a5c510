#include "base/clock.h"

namespace inlet {

WallTime SystemClock::wall_now() const {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady_now() const {
  return std::chrono::steady_clock::now();
}

bool SystemClock::sleep_for(std::chrono::milliseconds duration, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

WallTime FakeClock::wall_now() const {
  std::scoped_lock lock(mutex_);
  return wall_;
}

SteadyTime FakeClock::steady_now() const {
  std::scoped_lock lock(mutex_);
  return steady_;
}

bool FakeClock::sleep_for(std::chrono::milliseconds duration, std::stop_token stop) {
  advance(duration);
  return !stop.stop_requested();
}

void FakeClock::advance(std::chrono::milliseconds duration) {
  std::scoped_lock lock(mutex_);
  wall_ += duration;
  steady_ += duration;
}

}  // namespace inlet
