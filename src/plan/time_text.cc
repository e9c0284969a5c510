#include "plan/time_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <optional>

namespace inlet {
namespace {

Status not_a_moment(std::string_view text) {
  return Status(Code::kInvalidArgument, "not a moment in time")
      .with("value", text)
      .with_hint(
          "write now, 2025-01-31T13:00:00Z, 2025-01-31, seconds since 1970, seconds.increment, or "
          "a resume token {_data: …}");
}

/// A number of exactly `digits` digits at the front of `text`, which is then cut off.
std::optional<int> take_digits(std::string_view& text, size_t digits) {
  int number = 0;
  if (text.size() < digits) return std::nullopt;
  const auto parsed = std::from_chars(text.data(), text.data() + digits, number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + digits || number < 0)
    return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int64_t> parse_iso(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  int64_t seconds = std::chrono::sys_days(date).time_since_epoch().count() * int64_t{86'400};
  if (text.empty()) return seconds;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  seconds += *hour * 3600 + *minute * 60;
  if (take(text, ':')) {
    const auto second = take_digits(text, 2);
    if (!second || *second > 59) return std::nullopt;
    seconds += *second;
  }
  // A time without a zone would mean another moment on another machine.
  return text == "Z" ? std::optional(seconds) : std::nullopt;
}

}  // namespace

Result<ClusterTime> parse_cluster_time(std::string_view text) {
  const size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  ClusterTime time;
  const auto seconds = std::from_chars(whole.data(), whole.data() + whole.size(), time.seconds);
  if (!whole.empty() && seconds.ec == std::errc() && seconds.ptr == whole.data() + whole.size()) {
    time.increment = 1;
    if (dot == std::string_view::npos) return time;
    const std::string_view part = text.substr(dot + 1);
    const auto increment = std::from_chars(part.data(), part.data() + part.size(), time.increment);
    if (part.empty() || increment.ec != std::errc() || increment.ptr != part.data() + part.size())
      return not_a_moment(text);
    return time;
  }
  const std::optional<int64_t> moment = parse_iso(text);
  if (!moment || *moment < 0 || *moment > UINT32_MAX) return not_a_moment(text);
  return ClusterTime{static_cast<uint32_t>(*moment), 1};
}

}  // namespace inlet
