// Aim: waits grow to their bound and never past it, differ from writer to writer, and overflow
// nothing however long an outage lasts.

#include "base/backoff.h"

#include <gtest/gtest.h>

#include <set>

namespace inlet {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, StaysBetweenHalfAndWholeOfItsCeiling) {  // R26, R67
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Backoff backoff({milliseconds(1000), milliseconds(60'000)}, seed);
    int64_t ceiling = 1000;
    for (int attempt = 0; attempt < 200; ++attempt) {
      const int64_t delay = backoff.next().count();
      EXPECT_GE(delay, ceiling / 2) << attempt;
      EXPECT_LE(delay, ceiling) << attempt;
      ceiling = std::min<int64_t>(60'000, ceiling * 2);
    }
    EXPECT_EQ(backoff.attempts(), 200);
  }
}

TEST(Backoff, OutageOfManyHoursOverflowsNothing) {  // R67
  Backoff backoff({std::chrono::hours(24), std::chrono::hours(48)}, 1);
  for (int attempt = 0; attempt < 10'000; ++attempt) {
    const milliseconds delay = backoff.next();
    EXPECT_GE(delay, std::chrono::hours(12));
    EXPECT_LE(delay, std::chrono::hours(48));
  }
}

TEST(Backoff, WritersThatFailTogetherDoNotComeBackTogether) {
  std::set<int64_t> delays;
  for (uint64_t seed = 0; seed < 100; ++seed)
    delays.insert(Backoff({milliseconds(10'000), milliseconds(60'000)}, seed).next().count());

  EXPECT_GT(delays.size(), 80U);
}

TEST(Backoff, BoundBelowTheFirstDelayHolds) {
  Backoff backoff({milliseconds(1000), milliseconds(10)}, 2);

  EXPECT_LE(backoff.next().count(), 10);
}

TEST(Backoff, NoDelayIsNoDelay) {
  Backoff backoff({milliseconds(0), milliseconds(0)}, 2);

  EXPECT_EQ(backoff.next().count(), 0);
  EXPECT_EQ(backoff.next().count(), 0);
}

TEST(Backoff, ResetBeginsAnew) {
  Backoff backoff({milliseconds(100), milliseconds(60'000)}, 7);
  for (int i = 0; i < 10; ++i) backoff.next();
  backoff.reset();

  EXPECT_EQ(backoff.attempts(), 0);
  EXPECT_LE(backoff.next().count(), 100);
}

}  // namespace
}  // namespace inlet
