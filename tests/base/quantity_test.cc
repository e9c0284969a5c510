// Aim: durations and sizes are read as the documentation writes them, and nothing else is guessed
// at.

#include "base/quantity.h"

#include <gtest/gtest.h>

namespace inlet {
namespace {

using std::chrono::milliseconds;

TEST(Quantity, DurationsHaveUnits) {
  EXPECT_EQ(*parse_duration("300ms"), milliseconds(300));
  EXPECT_EQ(*parse_duration("10s"), milliseconds(10'000));
  EXPECT_EQ(*parse_duration("1.5m"), milliseconds(90'000));
  EXPECT_EQ(*parse_duration("1h"), milliseconds(3'600'000));
  EXPECT_EQ(*parse_duration("2d"), milliseconds(172'800'000));
  EXPECT_EQ(*parse_duration("0"), milliseconds(0));
}

TEST(Quantity, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "10", "s", "10 parsecs", "-5s", "1e3s", "10s5"}) {
    EXPECT_EQ(parse_duration(text).status().code(), Code::kInvalidArgument) << text;
  }
}

TEST(Quantity, SizesAreBinaryOrDecimalByTheirUnit) {
  EXPECT_EQ(*parse_size("500"), 500U);
  EXPECT_EQ(*parse_size("64KiB"), 65'536U);
  EXPECT_EQ(*parse_size("8MiB"), 8'388'608U);
  EXPECT_EQ(*parse_size("1MB"), 1'000'000U);
  EXPECT_FALSE(parse_size("8 bananas").is_ok());
  EXPECT_FALSE(parse_size("99999999999TiB").is_ok());
}

TEST(Quantity, FormatsForPeople) {
  EXPECT_EQ(format_size(512), "512 B");
  EXPECT_EQ(format_size(1'300'000'000), "1.21 GiB");
  EXPECT_EQ(format_count(1'234'567), "1,234,567");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_duration(milliseconds(0)), "0s");
  EXPECT_EQ(format_duration(milliseconds(250)), "250ms");
  EXPECT_EQ(format_duration(milliseconds(90'000)), "1m30s");
  EXPECT_EQ(format_duration(milliseconds(7'260'000)), "2h1m");
}

}  // namespace
}  // namespace inlet
