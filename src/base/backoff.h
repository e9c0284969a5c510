#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/random.h"

namespace inlet {

/// Exponential backoff with full jitter: the n-th delay is uniform in [half, whole] of
/// min(max, initial * 2^n). Retries are not limited here; callers that must give up count
/// attempts().
///
/// Threads: one.
class Backoff {
 public:
  struct Options {
    std::chrono::milliseconds initial{1000};
    std::chrono::milliseconds max{60000};
  };
  Backoff(Options options, uint64_t seed) : options_(options), random_(seed) {}

  std::chrono::milliseconds next() {
    const int shift = std::min(attempts_, 20);
    ++attempts_;
    const auto ceiling = std::min<int64_t>(options_.max.count(), options_.initial.count() << shift);
    const auto half = ceiling / 2;
    return std::chrono::milliseconds(
        half + static_cast<int64_t>(random_.below(static_cast<uint64_t>(ceiling - half) + 1)));
  }
  void reset() { attempts_ = 0; }
  int attempts() const { return attempts_; }

 private:
  Options options_;
  Random random_;
  int attempts_ = 0;
};

}  // namespace inlet
