// Aim: a test's clock moves only when it is moved, and a real wait ends at a request to stop.

#include "base/clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace inlet {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(FakeClock, StandsStillUntilItIsMoved) {
  FakeClock clock(WallTime(milliseconds(1000)));
  const SteadyTime before = clock.steady_now();
  EXPECT_EQ(clock.wall_now(), WallTime(milliseconds(1000)));

  clock.advance(milliseconds(250));
  EXPECT_EQ(clock.wall_now(), WallTime(milliseconds(1250)));
  EXPECT_EQ(clock.steady_now() - before, milliseconds(250));
}

TEST(FakeClock, SleepTakesItsTimeAtOnceAndTellsOfAStop) {
  FakeClock clock;
  std::stop_source stop;
  EXPECT_TRUE(clock.sleep_for(hours(5), stop.get_token()));
  EXPECT_EQ(clock.wall_now(), WallTime(hours(5)));

  stop.request_stop();
  EXPECT_FALSE(clock.sleep_for(hours(5), stop.get_token()));
}

TEST(SystemClock, SleepEndsAtARequestToStop) {
  SystemClock clock;
  std::stop_source stop;
  bool slept = true;
  const SteadyTime before = clock.steady_now();
  std::thread sleeper([&] { slept = clock.sleep_for(hours(1), stop.get_token()); });
  stop.request_stop();
  sleeper.join();

  EXPECT_FALSE(slept);
  EXPECT_LT(clock.steady_now() - before, std::chrono::minutes(1));
}

TEST(SystemClock, SleepLastsItsTimeByTheSteadyClock) {
  SystemClock clock;
  const SteadyTime before = clock.steady_now();

  EXPECT_TRUE(clock.sleep_for(milliseconds(2), std::stop_token()));
  EXPECT_GE(clock.steady_now() - before, milliseconds(2));
}

}  // namespace
}  // namespace inlet
