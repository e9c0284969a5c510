// Aim: readers stay below their bounds over any length of time, whatever the size of their pages,
// and a stop ends their waiting.

#include "source/mongo/rate_limiter.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace inlet {
namespace {

double seconds_of(const FakeClock& clock) {
  return std::chrono::duration<double>(clock.steady_now().time_since_epoch()).count();
}

TEST(RateLimiter, WithoutBoundsNeverWaits) {
  FakeClock clock;
  RateLimiter limiter({}, clock);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limiter.take(1'000'000, 1 << 30, {}));

  EXPECT_EQ(seconds_of(clock), 0);
}

TEST(RateLimiter, FirstSecondsWorthPassesAtOnce) {
  FakeClock clock;
  RateLimiter limiter({.documents_per_second = 100, .bytes_per_second = 0}, clock);

  EXPECT_TRUE(limiter.take(100, 0, {}));
  EXPECT_EQ(seconds_of(clock), 0);
  EXPECT_TRUE(limiter.take(50, 0, {}));
  EXPECT_NEAR(seconds_of(clock), 0.5, 0.002);
}

TEST(RateLimiter, PageLargerThanTheBoundPassesAndIsPaidForLater) {
  FakeClock clock;
  RateLimiter limiter({.documents_per_second = 10, .bytes_per_second = 0}, clock);
  EXPECT_TRUE(limiter.take(1010, 0, {}));

  EXPECT_NEAR(seconds_of(clock), 100, 0.01);
}

TEST(RateLimiter, StricterOfBothBoundsHolds) {
  FakeClock clock;
  RateLimiter limiter({.documents_per_second = 1000, .bytes_per_second = 1000}, clock);
  for (int i = 0; i < 11; ++i) limiter.take(1, 1000, {});

  EXPECT_NEAR(seconds_of(clock), 10, 0.1);
}

TEST(RateLimiter, IdleTimeSavesUpOneSecondAndNoMore) {
  FakeClock clock;
  RateLimiter limiter({.documents_per_second = 100, .bytes_per_second = 0}, clock);
  clock.advance(std::chrono::hours(1));
  const double before = seconds_of(clock);
  limiter.take(300, 0, {});

  EXPECT_NEAR(seconds_of(clock) - before, 2, 0.01);
}

TEST(RateLimiter, AnyPagesTogetherStayBelowTheBound) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Random random(seed);
    FakeClock clock;
    const uint64_t rate = 1 + random.below(5000);
    RateLimiter limiter({.documents_per_second = rate, .bytes_per_second = 0}, clock);
    uint64_t taken = 0;
    for (int page = 0; page < 300; ++page) {
      const uint64_t documents = random.below(2 * rate);
      EXPECT_TRUE(limiter.take(documents, 0, {}));
      taken += documents;
      if (random.below(4) == 0)
        clock.advance(std::chrono::milliseconds(static_cast<int64_t>(random.below(3000))));
      EXPECT_LE(static_cast<double>(taken), static_cast<double>(rate) * (seconds_of(clock) + 1) + 1)
          << "seed " << seed << ", page " << page;
    }
  }
}

TEST(RateLimiter, StopEndsTheWaiting) {
  FakeClock clock;
  RateLimiter limiter({.documents_per_second = 1, .bytes_per_second = 0}, clock);
  std::stop_source stop;
  stop.request_stop();

  EXPECT_FALSE(limiter.take(0, 0, stop.get_token()));
  EXPECT_FALSE(limiter.take(100, 0, stop.get_token()));
}

}  // namespace
}  // namespace inlet
