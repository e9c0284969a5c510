#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace inlet {

/// Milliseconds of 1970-01-01 and of 10000-01-01: between them a date has a four-digit year that
/// relaxed Extended JSON writes as text.
inline constexpr int64_t kIsoDateFirstMs = 0;
inline constexpr int64_t kIsoDateEndMs = 253402300800000;

/// How many digits follow the second.
enum class DateFraction {
  kIfNotZero,  ///< `.123` or nothing.
  kAlways,
};

/// Writes dates as `2024-01-31T10:20:30.123Z`. Remembers the last day, because neighbours share it.
///
/// A year outside 0000..9999 has a sign and at least six digits, as in ECMAScript.
/// Threads: one.
class DateWriter {
 public:
  /// At most 36 bytes.
  char* write(char* out, int64_t date_ms, DateFraction fraction);

 private:
  int64_t day_ = INT64_MIN;
  uint32_t day_size_ = 0;
  char day_text_[24] = {};
};

/// Milliseconds of a date in ISO 8601: `2024-01-31`, `2024-01-31T10:20:30.123Z`, a blank for the T,
/// without seconds, with `+02:00`, `+0200` or `+02`; a year may have a sign and six digits.
/// Without a zone the text means UTC. Nothing when it is not a date.
std::optional<int64_t> parse_iso_date(std::string_view text);

/// Milliseconds of a civil time in UTC; fields beyond their range carry over, as in ECMAScript.
int64_t civil_to_ms(int64_t year, int64_t month, int64_t day, int64_t ms_of_day);

}  // namespace inlet
