#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace inlet {

/// Longer than anybody waits, and short enough to be added to any time in nanoseconds.
inline constexpr std::chrono::milliseconds kDurationMax = std::chrono::hours(24 * 36'500);

/// `300ms`, `10s`, `5m`, `1h`, `2d`; a bare `0` is zero. Errors: kInvalidArgument with the text,
/// also past kDurationMax.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds duration);

/// `64KiB`, `8MiB`, `1GiB`, `500` (bytes), `1MB` (10^6). Errors: kInvalidArgument with the text.
Result<uint64_t> parse_size(std::string_view text);
/// Three significant digits with a binary unit: `1.21 GiB`.
std::string format_size(uint64_t bytes);
/// Thousands separated: `1,234,567`.
std::string format_count(uint64_t count);

}  // namespace inlet
