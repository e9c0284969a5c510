#include "source/mongo/rate_limiter.h"

#include <algorithm>
#include <cmath>

namespace inlet {

RateLimiter::RateLimiter(Limits limits, Clock& clock)
    : clock_(clock), refilled_at_(clock.steady_now()) {
  documents_.rate = documents_.level = static_cast<double>(limits.documents_per_second);
  bytes_.rate = bytes_.level = static_cast<double>(limits.bytes_per_second);
}

bool RateLimiter::take(uint64_t documents, uint64_t bytes, std::stop_token stop) {
  const double wait_seconds = take_and_get_wait(documents, bytes);
  if (wait_seconds <= 0) return !stop.stop_requested();
  return clock_.sleep_for(
      std::chrono::milliseconds(static_cast<int64_t>(std::ceil(wait_seconds * 1000))), stop);
}

double RateLimiter::take_and_get_wait(uint64_t documents, uint64_t bytes) {
  std::scoped_lock lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  const double elapsed = std::chrono::duration<double>(now - refilled_at_).count();
  refilled_at_ = now;
  const auto take_from = [elapsed](Bucket& bucket, uint64_t amount) {
    if (bucket.rate <= 0) return 0.0;
    bucket.level =
        std::min(bucket.rate, bucket.level + elapsed * bucket.rate) - static_cast<double>(amount);
    return bucket.seconds_in_debt();
  };
  return std::max(take_from(documents_, documents), take_from(bytes_, bytes));
}

}  // namespace inlet
