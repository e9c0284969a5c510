// Aim: a schedule runs when crontab(5) says, and a change of the clock neither loses a run nor
// doubles one.
#include "job/cron_schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace inlet {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

WallTime utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  return std::chrono::sys_days(date) + minutes(hour * 60 + minute);
}

CronSchedule schedule(std::string_view expression, std::string_view zone = "UTC") {
  Result<CronSchedule> out = CronSchedule::parse(expression, zone);
  EXPECT_TRUE(out.is_ok()) << out.status().to_string();
  return std::move(out).value();
}

std::vector<WallTime> runs(const CronSchedule& schedule, WallTime after, int count) {
  std::vector<WallTime> out;
  for (int i = 0; i < count; ++i) out.push_back(after = schedule.next_after(after));
  return out;
}

Status refusal(std::string_view expression, std::string_view zone = "UTC") {
  const Result<CronSchedule> out = CronSchedule::parse(expression, zone);
  EXPECT_FALSE(out.is_ok()) << expression;
  return out.status();
}

using Times = std::vector<WallTime>;

TEST(CronSchedule, EveryHourRunsAtMinuteZero) {
  EXPECT_EQ(runs(schedule("0 * * * *"), utc(2025, 1, 31, 22, 30), 3),
            (Times{utc(2025, 1, 31, 23), utc(2025, 2, 1, 0), utc(2025, 2, 1, 1)}));
}

TEST(CronSchedule, NextRunIsLaterThanNowEvenOnTheMinute) {
  const CronSchedule every_hour = schedule("0 * * * *");

  EXPECT_EQ(every_hour.next_after(utc(2025, 1, 31, 13)), utc(2025, 1, 31, 14));
  EXPECT_EQ(every_hour.next_after(utc(2025, 1, 31, 13) - std::chrono::milliseconds(1)),
            utc(2025, 1, 31, 13));
  EXPECT_EQ(every_hour.next_after(utc(2025, 1, 31, 13) + seconds(1)), utc(2025, 1, 31, 14));
}

TEST(CronSchedule, ListsRangesAndStepsCombine) {
  EXPECT_EQ(runs(schedule("5,10-20/5,50/5 12 * * *"), utc(2025, 3, 1), 6),
            (Times{utc(2025, 3, 1, 12, 5), utc(2025, 3, 1, 12, 10), utc(2025, 3, 1, 12, 15),
                   utc(2025, 3, 1, 12, 20), utc(2025, 3, 1, 12, 50), utc(2025, 3, 1, 12, 55)}));
}

TEST(CronSchedule, NamesStandForMonthsAndWeekdaysInAnyCase) {
  EXPECT_EQ(schedule("0 6 * jan-MAR Mon").next_after(utc(2025, 3, 25)), utc(2025, 3, 31, 6));
  EXPECT_EQ(schedule("0 6 * Jan-mar MON").next_after(utc(2025, 3, 31, 6)), utc(2026, 1, 5, 6));
}

TEST(CronSchedule, SundayIsZeroAndSevenAndEndsAWeekendRange) {
  const WallTime saturday = utc(2025, 2, 1);
  const WallTime sunday = utc(2025, 2, 2);

  for (const char* days : {"0", "7", "SUN"}) {
    EXPECT_EQ(schedule(std::string("0 0 * * ") + days).next_after(saturday), sunday) << days;
  }
  EXPECT_EQ(runs(schedule("0 0 * * SAT-SUN"), utc(2025, 1, 31), 3),
            (Times{saturday, sunday, utc(2025, 2, 8)}));
}

TEST(CronSchedule, EitherDayFieldMatchesWhenBothAreRestricted) {
  EXPECT_EQ(runs(schedule("0 0 13 * FRI"), utc(2025, 6, 7), 3),
            (Times{utc(2025, 6, 13), utc(2025, 6, 20), utc(2025, 6, 27)}));
  EXPECT_EQ(runs(schedule("0 0 1 * MON"), utc(2025, 6, 24), 2),
            (Times{utc(2025, 6, 30), utc(2025, 7, 1)}));
}

TEST(CronSchedule, BothDayFieldsMustMatchWhenOneBeginsWithAStar) {
  // Odd days that are Mondays.
  EXPECT_EQ(runs(schedule("0 0 */2 * MON"), utc(2025, 6, 1), 2),
            (Times{utc(2025, 6, 9), utc(2025, 6, 23)}));
}

TEST(CronSchedule, ShortNamesAreExpanded) {
  const WallTime now = utc(2025, 1, 31, 13, 30);  // A Friday.

  EXPECT_EQ(schedule("@hourly").next_after(now), utc(2025, 1, 31, 14));
  EXPECT_EQ(schedule("@daily").next_after(now), utc(2025, 2, 1));
  EXPECT_EQ(schedule("@midnight").next_after(now), utc(2025, 2, 1));
  EXPECT_EQ(schedule("@weekly").next_after(now), utc(2025, 2, 2));
  EXPECT_EQ(schedule("@monthly").next_after(now), utc(2025, 2, 1));
  EXPECT_EQ(schedule("@yearly").next_after(now), utc(2026, 1, 1));
  EXPECT_EQ(schedule("@annually").next_after(now), utc(2026, 1, 1));
}

TEST(CronSchedule, LeapDayWaitsForALeapYearAlsoAcrossACenturyWithoutOne) {
  const CronSchedule leap_day = schedule("0 0 29 2 *");

  EXPECT_EQ(leap_day.next_after(utc(2025, 1, 1)), utc(2028, 2, 29));
  EXPECT_EQ(leap_day.next_after(utc(2096, 2, 29)), utc(2104, 2, 29));
}

TEST(CronSchedule, DayThatSomeMonthsLackRunsInTheOthers) {
  EXPECT_EQ(runs(schedule("0 0 31 * *"), utc(2025, 1, 31), 2),
            (Times{utc(2025, 3, 31), utc(2025, 5, 31)}));
}

TEST(CronSchedule, LocalTimeFollowsTheZoneThroughTheYear) {
  const CronSchedule morning = schedule("0 6 * * *", "Europe/Berlin");

  EXPECT_EQ(morning.next_after(utc(2025, 1, 15)), utc(2025, 1, 15, 5));
  EXPECT_EQ(morning.next_after(utc(2025, 7, 15)), utc(2025, 7, 15, 4));
}

TEST(CronSchedule, SkippedTimeRunsOnceWhenTheClockHasJumped) {
  // Berlin jumps from 02:00 to 03:00 at 01:00 UTC, New York at 07:00 UTC.
  EXPECT_EQ(runs(schedule("30 2 * * *", "Europe/Berlin"), utc(2025, 3, 29, 12), 2),
            (Times{utc(2025, 3, 30, 1), utc(2025, 3, 31, 0, 30)}));
  EXPECT_EQ(runs(schedule("30 2 * * *", "America/New_York"), utc(2025, 3, 8, 12), 2),
            (Times{utc(2025, 3, 9, 7), utc(2025, 3, 10, 6, 30)}));
  // Four skipped times and the one at 03:00 itself are one run.
  EXPECT_EQ(runs(schedule("*/15 2,3 * * *", "Europe/Berlin"), utc(2025, 3, 29, 12), 2),
            (Times{utc(2025, 3, 30, 1), utc(2025, 3, 30, 1, 15)}));
}

TEST(CronSchedule, RepeatedTimeRunsTheFirstTimeOnly) {
  // Berlin falls from 03:00 to 02:00 at 01:00 UTC, New York from 02:00 to 01:00 at 06:00 UTC.
  EXPECT_EQ(runs(schedule("30 2 * * *", "Europe/Berlin"), utc(2025, 10, 25, 12), 2),
            (Times{utc(2025, 10, 26, 0, 30), utc(2025, 10, 27, 1, 30)}));
  EXPECT_EQ(runs(schedule("30 1 * * *", "America/New_York"), utc(2025, 11, 1, 12), 2),
            (Times{utc(2025, 11, 2, 5, 30), utc(2025, 11, 3, 6, 30)}));
}

TEST(CronSchedule, StartInsideTheRepeatedHourWaitsForTheNextDay) {
  EXPECT_EQ(schedule("30 2 * * *", "Europe/Berlin").next_after(utc(2025, 10, 26, 1, 10)),
            utc(2025, 10, 27, 1, 30));
}

TEST(CronSchedule, EveryHourKeepsItsPaceThroughBothClockChanges) {
  const CronSchedule half_past = schedule("30 * * * *", "Europe/Berlin");

  EXPECT_EQ(runs(half_past, utc(2025, 3, 30, 0), 3),
            (Times{utc(2025, 3, 30, 0, 30), utc(2025, 3, 30, 1, 30), utc(2025, 3, 30, 2, 30)}));
  EXPECT_EQ(runs(half_past, utc(2025, 10, 25, 23), 4),
            (Times{utc(2025, 10, 25, 23, 30), utc(2025, 10, 26, 0, 30), utc(2025, 10, 26, 1, 30),
                   utc(2025, 10, 26, 2, 30)}));
}

TEST(CronSchedule, ZoneThatShiftsByHalfAnHourKeepsThePaceInRealTime) {
  // Lord Howe falls from 02:00 to 01:30 at 15:00 UTC: the second 01:45 is half an hour later.
  EXPECT_EQ(runs(schedule("45 * * * *", "Australia/Lord_Howe"), utc(2025, 4, 5, 14), 3),
            (Times{utc(2025, 4, 5, 14, 45), utc(2025, 4, 5, 15, 15), utc(2025, 4, 5, 16, 15)}));
}

TEST(CronSchedule, DatesThatNeverComeAreRefused) {
  for (const char* expression : {"0 0 30 2 *", "0 0 31 4,6,9,11 *"}) {
    const Status status = refusal(expression);
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_EQ(status.text(), "the schedule names a date that never comes") << expression;
  }
  // The weekday makes it come.
  EXPECT_EQ(schedule("0 0 30 2 MON").next_after(utc(2025, 1, 1)), utc(2025, 2, 3));
}

TEST(CronSchedule, RefusalNamesTheFieldAndItsValue) {
  struct Case {
    const char* expression;
    const char* field;
    const char* value;
  };
  const Case cases[] = {
      {"60 * * * *", "minute", "60"},
      {"0 24 * * *", "hour", "24"},
      {"0 0 0 * *", "day of month", "0"},
      {"0 0 * 13 *", "month", "13"},
      {"0 0 * FOO *", "month", "FOO"},
      {"0 0 * * 8", "day of week", "8"},
      {"*/0 * * * *", "minute", "*/0"},
      {"1,,2 * * * *", "minute", "1,,2"},
      {"5-1 * * * *", "minute", "5-1"},
      {"-1 * * * *", "minute", "-1"},
      {"1- * * * *", "minute", "1-"},
      {"*/ * * * *", "minute", "*/"},
      {"1,2, * * * *", "minute", "1,2,"},
      {"+1 * * * *", "minute", "+1"},
      {"0 0 * * MONDAY", "day of week", "MONDAY"},
  };
  for (const Case& c : cases) {
    const Status status = refusal(c.expression);
    ASSERT_EQ(status.code(), Code::kInvalidArgument) << c.expression;
    ASSERT_GE(status.fields().size(), 2U) << c.expression;
    EXPECT_EQ(status.fields()[0].value, c.field) << c.expression;
    EXPECT_EQ(status.fields()[1].value, c.value) << c.expression;
    EXPECT_FALSE(status.hint().empty());
  }
}

TEST(CronSchedule, WrongNumberOfFieldsAndUnknownNamesAreRefused) {
  for (const char* expression : {"", "* * * *", "0 * * * * *", "every hour"}) {
    EXPECT_EQ(refusal(expression).text(), "a schedule has five fields") << expression;
  }
  EXPECT_EQ(refusal("@hourely").hint(), "did you mean '@hourly'?");
  EXPECT_EQ(refusal("@reboot").code(), Code::kInvalidArgument);
  EXPECT_EQ(refusal("0 * * * *", "Europe/Berlim").text(), "unknown time zone");
}

TEST(CronSchedule, DescriptionShowsLocalTimeWithItsOffsetAndUtc) {
  EXPECT_EQ(schedule("30 2 * * *", "Europe/Berlin").describe_next(3, utc(2025, 3, 29, 0)),
            "Sat 2025-03-29 02:30 +01:00  (2025-03-29T01:30:00Z)\n"
            "Sun 2025-03-30 03:00 +02:00  (2025-03-30T01:00:00Z)\n"
            "Mon 2025-03-31 02:30 +02:00  (2025-03-31T00:30:00Z)\n");
}

}  // namespace
}  // namespace inlet
