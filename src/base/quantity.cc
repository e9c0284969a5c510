#include "base/quantity.h"

#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <limits>

namespace inlet {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

/// Splits `12.5MiB` into number and unit and multiplies. The number may have a fraction.
bool parse_quantity(std::string_view text, const Unit* units, size_t unit_count, double& out) {
  size_t digits = 0;
  while (digits < text.size() &&
         (std::isdigit(static_cast<unsigned char>(text[digits])) != 0 || text[digits] == '.'))
    ++digits;
  if (digits == 0) return false;
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + digits, number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + digits) return false;
  std::string_view unit = text.substr(digits);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  for (size_t i = 0; i < unit_count; ++i) {
    if (units[i].name == unit) {
      out = number * static_cast<double>(units[i].factor);
      return out < 9.0e18;
    }
  }
  return false;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  static constexpr std::array<Unit, 5> kUnits{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  if (text == "0") return std::chrono::milliseconds(0);
  double ms = 0;
  if (!parse_quantity(text, kUnits.data(), kUnits.size(), ms)) {
    return Status(Code::kInvalidArgument, "not a duration")
        .with("value", text)
        .with_hint("write 300ms, 10s, 5m, 1h or 2d");
  }
  if (ms > static_cast<double>(kDurationMax.count())) {
    return Status(Code::kInvalidArgument, "a duration is too long")
        .with("value", text)
        .with_hint("write at most 36500d");
  }
  return std::chrono::milliseconds(static_cast<int64_t>(ms));
}

std::string format_duration(std::chrono::milliseconds duration) {
  const int64_t ms = duration.count();
  if (ms == 0) return "0s";
  if (ms < 1000) return std::to_string(ms) + "ms";
  if (ms < 60'000) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), ms % 1000 == 0 ? "%.0fs" : "%.1fs",
                  static_cast<double>(ms) / 1000.0);
    return text.data();
  }
  const int64_t seconds = ms / 1000;
  if (seconds < 3600)
    return std::to_string(seconds / 60) + "m" +
           (seconds % 60 != 0 ? std::to_string(seconds % 60) + "s" : "");
  const int64_t minutes = seconds / 60;
  if (minutes < 48 * 60)
    return std::to_string(minutes / 60) + "h" +
           (minutes % 60 != 0 ? std::to_string(minutes % 60) + "m" : "");
  return std::to_string(minutes / 1440) + "d" +
         ((minutes / 60) % 24 != 0 ? std::to_string((minutes / 60) % 24) + "h" : "");
}

Result<uint64_t> parse_size(std::string_view text) {
  static constexpr std::array<Unit, 10> kUnits{{{"", 1},
                                                {"B", 1},
                                                {"KiB", 1ULL << 10},
                                                {"MiB", 1ULL << 20},
                                                {"GiB", 1ULL << 30},
                                                {"TiB", 1ULL << 40},
                                                {"kB", 1000},
                                                {"KB", 1000},
                                                {"MB", 1'000'000},
                                                {"GB", 1'000'000'000}}};
  double bytes = 0;
  if (!parse_quantity(text, kUnits.data(), kUnits.size(), bytes)) {
    return Status(Code::kInvalidArgument, "not a size")
        .with("value", text)
        .with_hint("write 64KiB, 8MiB, 1GiB or plain bytes");
  }
  return static_cast<uint64_t>(bytes);
}

std::string format_size(uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  const char* pattern = unit == 0 || value >= 100 ? "%.0f %s" : value >= 10 ? "%.1f %s" : "%.2f %s";
  std::snprintf(text.data(), text.size(), pattern, value, kUnits[unit]);
  return text.data();
}

std::string format_count(uint64_t count) {
  std::string text = std::to_string(count);
  for (auto at = static_cast<ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

}  // namespace inlet
