#pragma once

#include <cstdint>
#include <mutex>
#include <stop_token>

#include "base/clock.h"

namespace inlet {

/// Holds readers back to so many documents and bytes in a second: a token bucket of each, one
/// second deep.
///
/// A page larger than the bucket passes and leaves a debt that later pages wait for.
/// Threads: any; waiters share one budget.
class RateLimiter {
 public:
  struct Limits {
    uint64_t documents_per_second = 0;  ///< 0: no limit.
    uint64_t bytes_per_second = 0;      ///< 0: no limit.
  };
  RateLimiter(Limits limits, Clock& clock);

  /// Takes the amount and waits until it is paid for. Returns false when stopped.
  bool take(uint64_t documents, uint64_t bytes, std::stop_token stop);

 private:
  struct Bucket {
    double rate = 0;
    double level = 0;
    /// How long until the level is no longer below zero.
    double seconds_in_debt() const { return rate > 0 && level < 0 ? -level / rate : 0; }
  };
  double take_and_get_wait(uint64_t documents, uint64_t bytes);

  Clock& clock_;
  std::mutex mutex_;
  Bucket documents_;        // Guarded by mutex_.
  Bucket bytes_;            // Guarded by mutex_.
  SteadyTime refilled_at_;  // Guarded by mutex_.
};

}  // namespace inlet
