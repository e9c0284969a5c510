#pragma once

#include <bitset>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace inlet {

/// When a scheduled command runs: a cron expression of five fields, read in one time zone.
///
/// Fields:     minute, hour, day of month, month, day of week (0 and 7 are Sunday). Each is `*`, a
///             number, a name (JAN, MON), a range `1-5`, a step `*/15` or `10-50/20`, or a list.
///             `@hourly @daily @midnight @weekly @monthly @yearly @annually` stand for theirs.
/// Days:       where both day fields are restricted, either may match, as in Vixie cron.
/// Clock jumps: with named hours, a time that the clock skips runs once when the clock has jumped,
///             and one that it repeats runs the first time only. Where the hour begins with `*`,
///             the schedule means "so often": it follows elapsed time and every hour has its run.
/// Source:     crontab(5) and cron(8) of Vixie cron.
/// Threads:    a value; constant after `parse`.
class CronSchedule {
 public:
  /// Errors: kInvalidArgument names the field and the value, or the unknown time zone. A date that
  ///         never comes (February 30) is refused too.
  static Result<CronSchedule> parse(std::string_view expression, std::string_view time_zone);

  /// The first run later than `now`.
  WallTime next_after(WallTime now) const;

  /// The next `count` runs, one per line: local time with its offset, then UTC.
  std::string describe_next(int count, WallTime now) const;

 private:
  struct Zone;
  struct Search;

  CronSchedule() = default;
  bool can_ever_run() const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;      // 1 to 31.
  std::bitset<13> months_;    // 1 to 12.
  std::bitset<7> weekdays_;   // 0 is Sunday.
  bool any_day_ = false;      // The field begins with `*`.
  bool any_weekday_ = false;  // The field begins with `*`.
  bool any_hour_ = false;     // The field begins with `*`.
  std::shared_ptr<const Zone> zone_;
};

}  // namespace inlet
