#pragma once

#include <cstdint>
#include <random>

namespace inlet {

/// Seeded randomness, passed in by constructor so that a run can be repeated.
///
/// Threads: one.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  /// Uniform in [0, bound). Bound must be positive.
  uint64_t below(uint64_t bound) {
    return std::uniform_int_distribution<uint64_t>(0, bound - 1)(engine_);
  }
  /// Uniform in [0, 1).
  double unit() { return std::uniform_real_distribution<double>(0.0, 1.0)(engine_); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace inlet
