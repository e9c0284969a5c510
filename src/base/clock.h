#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace inlet {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Time, passed in by constructor so that tests can move it.
///
/// Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall_now() const = 0;
  virtual SteadyTime steady_now() const = 0;
  /// Waits for `duration` or until `stop` is requested. Returns false when stopped early.
  virtual bool sleep_for(std::chrono::milliseconds duration, std::stop_token stop) = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  WallTime wall_now() const override;
  SteadyTime steady_now() const override;
  bool sleep_for(std::chrono::milliseconds duration, std::stop_token stop) override;
};

/// Time that stands still until it is moved; a sleep moves it by the time slept.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime start = WallTime{}) : wall_(start) {}
  WallTime wall_now() const override;
  SteadyTime steady_now() const override;
  bool sleep_for(std::chrono::milliseconds duration, std::stop_token stop) override;
  void advance(std::chrono::milliseconds duration);

 private:
  mutable std::mutex mutex_;
  WallTime wall_;
  SteadyTime steady_{};
};

}  // namespace inlet
