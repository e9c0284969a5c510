// A search over local time, piece by piece: between two changes of the zone's offset local time
// runs as evenly as real time, so the next match in local time is the next run. At a change, what
// it skips or repeats is decided once (see the header), then the search goes on behind it.
#include "job/cron_schedule.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

#include "base/nearest_name.h"

namespace inlet {
namespace {

using Instant = cctz::time_point<cctz::seconds>;

constexpr std::array<std::string_view, 12> kMonthNames{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                       "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kWeekdayNames{"SUN", "MON", "TUE", "WED",
                                                        "THU", "FRI", "SAT"};

struct FieldRule {
  std::string_view name;
  int min;
  int max;
  std::span<const std::string_view> names;  // The first stands for `min`.
};

constexpr int kSundayAgain = 7;
const std::array<FieldRule, 5> kFields{{{"minute", 0, 59, {}},
                                        {"hour", 0, 23, {}},
                                        {"day of month", 1, 31, {}},
                                        {"month", 1, 12, kMonthNames},
                                        {"day of week", 0, kSundayAgain, kWeekdayNames}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kMacros{{
    {"@hourly", "0 * * * *"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
}};

Status bad_field(const FieldRule& rule, std::string_view value) {
  std::string hint = "from " + std::to_string(rule.min) + " to " + std::to_string(rule.max);
  if (!rule.names.empty()) {
    hint.append(", or a name such as ").append(rule.names[0]);
  }
  return Status(Code::kInvalidArgument, "the schedule has a field that is not understood")
      .with("field", rule.name)
      .with("value", value)
      .with_hint(hint + "; also *, 1-5, */15, and lists of these with commas");
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::optional<int> parse_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int> parse_point(const FieldRule& rule, std::string_view text) {
  const std::string name = upper_case(text);
  for (size_t i = 0; i < rule.names.size(); ++i) {
    if (rule.names[i] == name) return rule.min + static_cast<int>(i);
  }
  const std::optional<int> number = parse_number(text);
  if (!number || *number < rule.min || *number > rule.max) return std::nullopt;
  return number;
}

/// One element of a list: `*`, `5`, `1-5`, each with an optional `/step`.
template <size_t N>
bool add_element(const FieldRule& rule, std::string_view text, std::bitset<N>& out) {
  int step = 1;
  const size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::optional<int> number = parse_number(text.substr(slash + 1));
    if (!number || *number < 1 || *number > rule.max) return false;
    step = *number;
    text = text.substr(0, slash);
  }
  int first = rule.min;
  int last = rule.max;
  if (text != "*") {
    const size_t dash = text.find('-');
    const std::optional<int> begin = parse_point(rule, text.substr(0, dash));
    if (!begin) return false;
    first = *begin;
    if (dash != std::string_view::npos) {
      const std::optional<int> end = parse_point(rule, text.substr(dash + 1));
      if (!end) return false;
      // SAT-SUN: Sunday ends the week as well as it begins it.
      last = *end == 0 && rule.max == kSundayAgain && first > 0 ? kSundayAgain : *end;
    } else if (slash == std::string_view::npos) {
      last = first;
    }
    if (last < first) return false;
  }
  for (int value = first; value <= last; value += step) {
    const bool is_sunday = rule.max == kSundayAgain && value == kSundayAgain;
    out.set(is_sunday ? 0 : static_cast<size_t>(value));
  }
  return true;
}

template <size_t N>
Status parse_field(const FieldRule& rule, std::string_view text, std::bitset<N>& out) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    if (!add_element(rule, text.substr(begin, comma - begin), out)) return bad_field(rule, text);
    begin = comma + 1;
  }
  return Status::ok();
}

std::vector<std::string_view> split_fields(std::string_view text) {
  std::vector<std::string_view> out;
  constexpr std::string_view kBlanks = " \t";
  for (size_t begin = text.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
    const size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(kBlanks, end);
  }
  return out;
}

Result<std::string_view> expand_macro(std::string_view text) {
  std::vector<std::string_view> known;
  for (const auto& [name, expansion] : kMacros) {
    if (name == text) return expansion;
    known.push_back(name);
  }
  return Status(Code::kInvalidArgument, "unknown schedule name")
      .with("value", text)
      .with_hint(nearest_name_hint(text, known));
}

cctz::civil_minute minute_at_or_after(const cctz::civil_second& time) {
  const cctz::civil_minute minute(time);
  return cctz::civil_second(minute) == time ? minute : minute + 1;
}

Instant floor_seconds(WallTime time) {
  return std::chrono::floor<cctz::seconds>(time);
}

}  // namespace

struct CronSchedule::Zone {
  cctz::time_zone zone;
};

/// Finds matches in local time.
struct CronSchedule::Search {
  const CronSchedule& schedule;

  bool day_matches(const cctz::civil_day& day) const {
    if (!schedule.months_[static_cast<size_t>(day.month())]) return false;
    const size_t weekday = (static_cast<size_t>(cctz::get_weekday(day)) + 1) % 7;
    const bool by_day = schedule.days_[static_cast<size_t>(day.day())];
    const bool by_weekday = schedule.weekdays_[weekday];
    if (schedule.any_day_ || schedule.any_weekday_) return by_day && by_weekday;
    return by_day || by_weekday;
  }

  /// The first matching minute of `from`'s day that is not before `from`.
  std::optional<cctz::civil_minute> match_in_day(const cctz::civil_minute& from) const {
    for (int hour = from.hour(); hour < 24; ++hour) {
      if (!schedule.hours_[static_cast<size_t>(hour)]) continue;
      for (int minute = hour == from.hour() ? from.minute() : 0; minute < 60; ++minute) {
        if (!schedule.minutes_[static_cast<size_t>(minute)]) continue;
        return cctz::civil_minute(from.year(), from.month(), from.day(), hour, minute);
      }
    }
    return std::nullopt;
  }

  cctz::civil_minute match_at_or_after(const cctz::civil_minute& from) const {
    cctz::civil_minute start = from;
    // `parse` refuses what never comes, and the calendar repeats itself after 400 years.
    while (true) {
      const cctz::civil_day day(start);
      if (day_matches(day)) {
        if (const auto match = match_in_day(start)) return *match;
      }
      start = cctz::civil_minute(day + 1);
    }
  }
};

Result<CronSchedule> CronSchedule::parse(std::string_view expression, std::string_view time_zone) {
  std::vector<std::string_view> fields = split_fields(expression);
  if (fields.size() == 1 && fields[0].front() == '@') {
    INLET_ASSIGN_OR_RETURN(const std::string_view expansion, expand_macro(fields[0]));
    fields = split_fields(expansion);
  }
  if (fields.size() != kFields.size()) {
    return Status(Code::kInvalidArgument, "a schedule has five fields")
        .with("value", expression)
        .with("fields", fields.size())
        .with_hint("minute, hour, day of month, month, day of week: \"0 * * * *\" is every hour");
  }
  CronSchedule out;
  INLET_RETURN_IF_ERROR(parse_field(kFields[0], fields[0], out.minutes_));
  INLET_RETURN_IF_ERROR(parse_field(kFields[1], fields[1], out.hours_));
  INLET_RETURN_IF_ERROR(parse_field(kFields[2], fields[2], out.days_));
  INLET_RETURN_IF_ERROR(parse_field(kFields[3], fields[3], out.months_));
  INLET_RETURN_IF_ERROR(parse_field(kFields[4], fields[4], out.weekdays_));
  out.any_hour_ = fields[1].front() == '*';
  out.any_day_ = fields[2].front() == '*';
  out.any_weekday_ = fields[4].front() == '*';
  if (!out.can_ever_run()) {
    return Status(Code::kInvalidArgument, "the schedule names a date that never comes")
        .with("field", kFields[2].name)
        .with("value", fields[2])
        .with("month", fields[3])
        .with_hint("no such month has that day; \"0 0 28 2 *\" runs every February");
  }
  Zone zone;
  if (!cctz::load_time_zone(std::string(time_zone), &zone.zone)) {
    return Status(Code::kInvalidArgument, "unknown time zone")
        .with("value", time_zone)
        .with_hint("a name of the IANA database such as Europe/Berlin or UTC (package tzdata)");
  }
  out.zone_ = std::make_shared<const Zone>(zone);
  return out;
}

bool CronSchedule::can_ever_run() const {
  if (!any_day_ && !any_weekday_) return true;  // Either may match, and a weekday always comes.
  constexpr std::array<size_t, 13> kLongest{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (size_t month = 1; month <= 12; ++month) {
    for (size_t day = 1; months_[month] && day <= kLongest[month]; ++day) {
      if (days_[day]) return true;
    }
  }
  return false;
}

WallTime CronSchedule::next_after(WallTime now) const {
  const Search search{*this};
  const cctz::time_zone& zone = zone_->zone;
  Instant piece = floor_seconds(now);  // Where the piece of even time begins that is searched.
  cctz::civil_minute from = cctz::civil_minute(zone.lookup(piece).cs) + 1;
  while (true) {
    cctz::time_zone::civil_transition change;
    const bool repeats = !any_hour_ && zone.prev_transition(piece + cctz::seconds(1), &change) &&
                         change.to < change.from;
    if (repeats) from = std::max(from, minute_at_or_after(change.from));

    const cctz::civil_second match(search.match_at_or_after(from));
    const Instant run = piece + cctz::seconds(match - zone.lookup(piece).cs);
    if (!zone.next_transition(piece, &change)) return run;
    const Instant jump = zone.lookup(change.to).trans;
    if (run < jump) return run;
    const bool skips = !any_hour_ && change.from < change.to;
    if (skips) {
      const cctz::civil_minute skipped = search.match_at_or_after(minute_at_or_after(change.from));
      if (cctz::civil_second(skipped) < change.to) return jump;
    }
    piece = jump;
    from = minute_at_or_after(change.to);
  }
}

std::string CronSchedule::describe_next(int count, WallTime now) const {
  std::string out;
  for (int i = 0; i < count; ++i) {
    now = next_after(now);
    out += cctz::format("%a %Y-%m-%d %H:%M %Ez", now, zone_->zone);
    out += cctz::format("  (%Y-%m-%dT%H:%M:%SZ)\n", now, cctz::utc_time_zone());
  }
  return out;
}

}  // namespace inlet
