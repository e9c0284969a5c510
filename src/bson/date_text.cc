#include "bson/date_text.h"

#include <cstring>

#include "bson/number_text.h"

namespace inlet {

namespace {

constexpr int64_t kDayMs = 86400000;

int64_t floor_div(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

struct Civil {
  int64_t year;
  uint32_t month;
  uint32_t day;
};

// A 400-year cycle has 146097 days. Years are counted from 1 March, so that the leap day is last.
Civil civil_of_day(int64_t day_since_epoch) {
  const int64_t shifted = day_since_epoch + 719468;
  const int64_t cycle = floor_div(shifted, 146097);
  const auto day = static_cast<uint32_t>(shifted - cycle * 146097);
  const uint32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  const uint32_t day_of_year = day - (365 * year + year / 4 - year / 100);
  const uint32_t month = (5 * day_of_year + 2) / 153;
  const uint32_t calendar_month = month < 10 ? month + 3 : month - 9;
  return {cycle * 400 + year + (calendar_month <= 2 ? 1 : 0), calendar_month,
          day_of_year - (153 * month + 2) / 5 + 1};
}

int64_t day_of_civil(int64_t year, uint32_t month, int64_t day) {
  const int64_t shifted_year = month <= 2 ? year - 1 : year;
  const int64_t cycle = floor_div(shifted_year, 400);
  const int64_t year_of_cycle = shifted_year - cycle * 400;
  const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int64_t day_of_cycle =
      year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
  return cycle * 146097 + day_of_cycle - 719468;
}

char* write_year(char* out, int64_t year) {
  if (year >= 0 && year <= 9999) {
    out = write_two_digits(out, static_cast<uint32_t>(year / 100));
    return write_two_digits(out, static_cast<uint32_t>(year % 100));
  }
  *out++ = year < 0 ? '-' : '+';
  const auto magnitude = static_cast<uint64_t>(year < 0 ? -year : year);
  for (uint64_t floor = 100000; floor > 1 && magnitude < floor; floor /= 10) *out++ = '0';
  return write_uint64(out, magnitude);
}

/// Takes digits from the front.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : text_(text) {}
  bool at_end() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_[0]; }
  bool accept(char wanted) {
    if (peek() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// Exactly `digits` digits.
  std::optional<int64_t> number(size_t digits) {
    if (text_.size() < digits) return std::nullopt;
    int64_t value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return std::nullopt;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }
  std::optional<int64_t> number_between(size_t digits, int64_t low, int64_t high) {
    const std::optional<int64_t> value = number(digits);
    return value && *value >= low && *value <= high ? value : std::nullopt;
  }
  /// Any number of digits behind the point, in milliseconds; further digits are cut off.
  std::optional<int64_t> milliseconds() {
    int64_t value = 0;
    int64_t unit = 100;
    if (peek() < '0' || peek() > '9') return std::nullopt;
    for (; peek() >= '0' && peek() <= '9'; text_.remove_prefix(1)) {
      value += (text_[0] - '0') * unit;
      unit /= 10;
    }
    return value;
  }

 private:
  std::string_view text_;
};

std::optional<int64_t> read_year(DateReader& reader) {
  if (reader.accept('+')) return reader.number(6);
  if (!reader.accept('-')) return reader.number(4);
  const std::optional<int64_t> year = reader.number(6);
  return year ? std::optional(-*year) : std::nullopt;
}

/// Milliseconds of `HH:MM[:SS[.mmm]]`.
std::optional<int64_t> read_time(DateReader& reader) {
  const auto hour = reader.number_between(2, 0, 24);
  if (!hour || !reader.accept(':')) return std::nullopt;
  const auto minute = reader.number_between(2, 0, 59);
  if (!minute) return std::nullopt;
  int64_t ms = (*hour * 60 + *minute) * 60000;
  if (reader.accept(':')) {
    const auto second = reader.number_between(2, 0, 60);
    if (!second) return std::nullopt;
    ms += *second * 1000;
    if (reader.accept('.') || reader.accept(',')) {
      const auto fraction = reader.milliseconds();
      if (!fraction) return std::nullopt;
      ms += *fraction;
    }
  }
  return ms <= kDayMs ? std::optional(ms) : std::nullopt;
}

/// Milliseconds that the zone is ahead of UTC.
std::optional<int64_t> read_zone(DateReader& reader) {
  if (reader.at_end() || reader.accept('Z') || reader.accept('z')) return 0;
  const bool behind = reader.peek() == '-';
  if (!reader.accept('+') && !reader.accept('-')) return std::nullopt;
  const auto hour = reader.number_between(2, 0, 23);
  if (!hour) return std::nullopt;
  int64_t ms = *hour * 3600000;
  if (!reader.at_end()) {
    reader.accept(':');
    const auto minute = reader.number_between(2, 0, 59);
    if (!minute) return std::nullopt;
    ms += *minute * 60000;
  }
  return behind ? -ms : ms;
}

}  // namespace

char* DateWriter::write(char* out, int64_t date_ms, DateFraction fraction) {
  const int64_t day = floor_div(date_ms, kDayMs);
  if (day != day_) {
    const Civil civil = civil_of_day(day);
    char* end = write_year(day_text_, civil.year);
    *end++ = '-';
    end = write_two_digits(end, civil.month);
    *end++ = '-';
    end = write_two_digits(end, civil.day);
    *end++ = 'T';
    day_size_ = static_cast<uint32_t>(end - day_text_);
    day_ = day;
  }
  std::memcpy(out, day_text_, sizeof day_text_);
  out += day_size_;
  const int64_t remainder = date_ms % kDayMs;
  const auto ms_of_day = static_cast<uint32_t>(remainder < 0 ? remainder + kDayMs : remainder);
  const uint32_t second_of_day = ms_of_day / 1000;
  const uint32_t ms = ms_of_day % 1000;
  out = write_two_digits(out, second_of_day / 3600);
  *out++ = ':';
  out = write_two_digits(out, second_of_day / 60 % 60);
  *out++ = ':';
  out = write_two_digits(out, second_of_day % 60);
  if (ms != 0 || fraction == DateFraction::kAlways) {
    *out++ = '.';
    *out++ = static_cast<char>('0' + ms / 100);
    out = write_two_digits(out, ms % 100);
  }
  *out++ = 'Z';
  return out;
}

int64_t civil_to_ms(int64_t year, int64_t month, int64_t day, int64_t ms_of_day) {
  const int64_t carried_year = year + floor_div(month - 1, 12);
  const auto carried_month = static_cast<uint32_t>((month - 1) - floor_div(month - 1, 12) * 12 + 1);
  return (day_of_civil(carried_year, carried_month, 1) + day - 1) * kDayMs + ms_of_day;
}

std::optional<int64_t> parse_iso_date(std::string_view text) {
  DateReader reader(text);
  const auto year = read_year(reader);
  if (!year || !reader.accept('-')) return std::nullopt;
  const auto month = reader.number_between(2, 1, 12);
  if (!month || !reader.accept('-')) return std::nullopt;
  const auto day = reader.number_between(2, 1, 31);
  if (!day) return std::nullopt;
  const int64_t midnight = civil_to_ms(*year, *month, *day, 0);
  const Civil civil = civil_of_day(floor_div(midnight, kDayMs));
  if (civil.day != *day) return std::nullopt;  // 31 April, 29 February of a common year.
  if (reader.at_end()) return midnight;
  if (!reader.accept('T') && !reader.accept('t') && !reader.accept(' ')) return std::nullopt;
  const auto time = read_time(reader);
  if (!time) return std::nullopt;
  const auto zone = read_zone(reader);
  if (!zone || !reader.at_end()) return std::nullopt;
  return midnight + *time - *zone;
}

}  // namespace inlet
