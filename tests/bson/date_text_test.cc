// Aim: dates are written and read as ISO 8601 over the whole range, checked against <chrono>.

#include "bson/date_text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

namespace inlet {
namespace {

std::string date_text(int64_t date_ms, DateFraction fraction = DateFraction::kAlways) {
  char text[64];
  DateWriter writer;
  const char* end = writer.write(text, date_ms, fraction);
  EXPECT_LE(end - text, 36);
  return {text, static_cast<size_t>(end - text)};
}

TEST(DateText, WritesTheFractionAsAsked) {
  EXPECT_EQ(date_text(0, DateFraction::kIfNotZero), "1970-01-01T00:00:00Z");
  EXPECT_EQ(date_text(0, DateFraction::kAlways), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(date_text(7, DateFraction::kIfNotZero), "1970-01-01T00:00:00.007Z");
  EXPECT_EQ(date_text(-1), "1969-12-31T23:59:59.999Z");
}

TEST(DateText, EveryDayOfTheCommonErasAgreesWithTheStandardLibrary) {
  using namespace std::chrono;  // Dates read like dates here.
  DateWriter writer;
  for (sys_days day = 0000y / 1 / 1; day <= sys_days(9999y / 12 / 31); day += days(1)) {
    const year_month_day civil(day);
    char expected[40];
    std::snprintf(expected, sizeof expected, "%04d-%02u-%02uT00:00:00.000Z", int{civil.year()},
                  unsigned{civil.month()}, unsigned{civil.day()});
    const int64_t ms = duration_cast<milliseconds>(day.time_since_epoch()).count();
    char text[64];
    const std::string_view written(
        text, static_cast<size_t>(writer.write(text, ms, DateFraction::kAlways) - text));
    ASSERT_EQ(written, expected);
    ASSERT_EQ(parse_iso_date(written), ms);
  }
}

TEST(DateText, WhatIsWrittenReadsBackInEveryYear) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100'000; ++i) {
    // Six digits of year, the most that the reader takes.
    const auto ms =
        static_cast<int64_t>(random() % 62'000'000'000'000'000) - 31'000'000'000'000'000;
    ASSERT_EQ(parse_iso_date(date_text(ms)), ms) << date_text(ms);
  }
}

TEST(DateText, UsualSpellingsAreRead) {
  constexpr int64_t kMs = 1706696430000;
  EXPECT_EQ(parse_iso_date("2024-01-31T10:20:30Z"), kMs);
  EXPECT_EQ(parse_iso_date("2024-01-31T10:20:30z"), kMs);
  EXPECT_EQ(parse_iso_date("2024-01-31t10:20:30Z"), kMs);
  EXPECT_EQ(parse_iso_date("2024-01-31 10:20:30"), kMs);
  EXPECT_EQ(parse_iso_date("2024-01-31T10:20:30.5Z"), kMs + 500);
  EXPECT_EQ(parse_iso_date("2024-01-31T10:20:30.123456789Z"), kMs + 123);
  EXPECT_EQ(parse_iso_date("2024-01-31T12:20:30+02:00"), kMs);
  EXPECT_EQ(parse_iso_date("2024-01-31T12:20:30+0200"), kMs);
  EXPECT_EQ(parse_iso_date("2024-01-31T12:20:30+02"), kMs);
  EXPECT_EQ(parse_iso_date("2024-01-31T04:50:30-05:30"), kMs);
  EXPECT_EQ(parse_iso_date("2024-01-31T10:20"), kMs - 30000);
  EXPECT_EQ(parse_iso_date("2024-01-31"), 1706659200000);
  EXPECT_EQ(parse_iso_date("2024-01-30T24:00:00Z"), 1706659200000);
  EXPECT_EQ(parse_iso_date("2024-02-29"), 1709164800000);
}

TEST(DateText, WhatIsNoDateIsRefused) {
  for (const char* text : {"",
                           "2024",
                           "2024-01",
                           "2024-1-1",
                           "2024-13-01",
                           "2024-00-01",
                           "2024-01-00",
                           "2024-01-32",
                           "2023-02-29",
                           "2024-04-31",
                           "2024-01-31T",
                           "2024-01-31T10",
                           "2024-01-31T25:00:00Z",
                           "2024-01-31T24:00:01Z",
                           "2024-01-31T10:60:00Z",
                           "2024-01-31T10:20:61Z",
                           "2024-01-31T10:20:30.Z",
                           "2024-01-31T10:20:30ZZ",
                           "2024-01-31T10:20:30+",
                           "2024-01-31T10:20:30+1",
                           "2024-01-31X10:20:30",
                           " 2024-01-31",
                           "2024-01-31 ",
                           "+2024-01-31",
                           "2024/01/31"}) {
    EXPECT_FALSE(parse_iso_date(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace inlet
