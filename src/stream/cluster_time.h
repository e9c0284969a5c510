#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace inlet {

/// The server's logical time: a BSON timestamp. Zero means "unknown".
///
/// Source: the seconds are the high 32 bits, the increment the low ones (bsonspec.org).
struct ClusterTime {
  uint32_t seconds = 0;
  uint32_t increment = 0;

  static constexpr ClusterTime from_bson(uint64_t timestamp) {
    return {static_cast<uint32_t>(timestamp >> 32), static_cast<uint32_t>(timestamp)};
  }
  constexpr uint64_t to_bson() const { return (uint64_t{seconds} << 32) | increment; }
  constexpr bool is_zero() const { return seconds == 0 && increment == 0; }
  auto operator<=>(const ClusterTime&) const = default;
  /// `1700000000.3`, as logs and errors show it.
  std::string to_string() const {
    return std::to_string(seconds) + "." + std::to_string(increment);
  }
};

}  // namespace inlet
