// Aim: decimals are written and read by the BSON Decimal128 specification, to the last digit.

#include "bson/decimal128.h"

#include <gtest/gtest.h>

#include <string>

namespace inlet {
namespace {

std::string text_of(Decimal128 decimal) {
  char text[64];
  const char* end = write_decimal128(text, decimal);
  EXPECT_LE(end - text, 43);
  return {text, static_cast<size_t>(end - text)};
}

std::string again(std::string_view text) {
  const auto parsed = parse_decimal128(text);
  return parsed ? text_of(parsed->decimal) : "not a decimal";
}

TEST(Decimal128, BitsOfTheSpecificationAreWrittenAsItSays) {
  EXPECT_EQ(text_of({0, 0x7c00000000000000}), "NaN");
  EXPECT_EQ(text_of({0, 0xfc00000000000000}), "NaN");
  EXPECT_EQ(text_of({0x12, 0x7e00000000000000}), "NaN");
  EXPECT_EQ(text_of({0, 0x7800000000000000}), "Infinity");
  EXPECT_EQ(text_of({0, 0xf800000000000000}), "-Infinity");
  EXPECT_EQ(text_of({0, 0x3040000000000000}), "0");
  EXPECT_EQ(text_of({0, 0xb040000000000000}), "-0");
  EXPECT_EQ(text_of({1, 0x3040000000000000}), "1");
  EXPECT_EQ(text_of({0x4d2, 0x3040000000000000}), "1234");
  EXPECT_EQ(text_of({0x4d2, 0x3034000000000000}), "0.001234");
  EXPECT_EQ(text_of({0x4d2, 0x2ffe000000000000}), "1.234E-30");
  EXPECT_EQ(text_of({0x378d8e63ffffffff, 0x5fffed09bead87c0}),
            "9.999999999999999999999999999999999E+6144");
  EXPECT_EQ(text_of({0x378d8e63ffffffff, 0x0001ed09bead87c0}),
            "9.999999999999999999999999999999999E-6143");
  EXPECT_EQ(text_of({1, 0}), "1E-6176");
}

TEST(Decimal128, CoefficientsBeyondThirtyFourDigitsCountAsZero) {
  EXPECT_EQ(text_of({0x378d8e6400000000, 0x3041ed09bead87c0}), "0");
  EXPECT_EQ(text_of({1, 0x6c10000000000000}), "0");
  EXPECT_EQ(text_of({0, 0xec11ffffffffffff}), "-0E+3");
}

TEST(Decimal128, CanonicalTextsReadBackToThemselves) {
  for (const char* text : {"0",
                           "-0",
                           "0.1",
                           "-0.00",
                           "0.001234",
                           "0E+3",
                           "0E-7",
                           "0E+6111",
                           "0E-6176",
                           "0.000001234567",
                           "0.0000012345",
                           "1.2345E-7",
                           "12345678901234567",
                           "1234567890123456789012345678901234",
                           "0.1234567890123456789012345678901234",
                           "1.000000000000000000000000000000000E+6144",
                           "9.999999999999999999999999999999999E-6143",
                           "1E-6176",
                           "-1E-6176",
                           "1E+3",
                           "1.23E+5",
                           "99999999999999999",
                           "100000000000000000",
                           "100000000000000001",
                           "10000000000000000.5"}) {
    const auto parsed = parse_decimal128(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_TRUE(parsed->exact) << text;
    EXPECT_EQ(text_of(parsed->decimal), text);
  }
}

TEST(Decimal128, OtherSpellingsAreReadAsTheirCanonicalText) {
  EXPECT_EQ(again("+1"), "1");
  EXPECT_EQ(again(".5"), "0.5");
  EXPECT_EQ(again("5."), "5");
  EXPECT_EQ(again("1e3"), "1E+3");
  EXPECT_EQ(again("1.E-3"), "0.001");
  EXPECT_EQ(again("0000000000000000000000000000000000000000000123"), "123");
  EXPECT_EQ(again("1E6112"), "1.0E+6112");
  EXPECT_EQ(again("10E-6177"), "1E-6176");
  EXPECT_EQ(again("0E-9999999999999999999"), "0E-6176");
  EXPECT_EQ(again("0E9999999999999999999"), "0E+6111");
  EXPECT_EQ(again("inf"), "Infinity");
  EXPECT_EQ(again("-INFINITY"), "-Infinity");
  EXPECT_EQ(again("nan"), "NaN");
}

TEST(Decimal128, RoundsHalfToEvenAndSaysSo) {
  const std::string digits = "1234567890123456789012345678901234";
  EXPECT_EQ(again(digits + "5"), "1.234567890123456789012345678901234E+34");
  EXPECT_EQ(again(digits + "51"), "1.234567890123456789012345678901235E+35");
  EXPECT_EQ(again("99999999999999999999999999999999995"),
            "1.000000000000000000000000000000000E+35");
  EXPECT_EQ(again("15E-6177"), "2E-6176");
  EXPECT_EQ(again("25E-6177"), "2E-6176");
  EXPECT_EQ(again("9E-6178"), "0E-6176");
  EXPECT_FALSE(parse_decimal128("1E-6177")->exact);
  EXPECT_FALSE(parse_decimal128(digits + "5")->exact);
  EXPECT_TRUE(parse_decimal128(digits + "0")->exact);
}

TEST(Decimal128, WhatIsNoDecimalOrTooLargeIsRefused) {
  for (const char* text :
       {"", "-", ".", "E5", "1E", "1E+", "1 ", " 1", "1.2.3", "--1", "0x1", "1a", "infin", "1E6145",
        "10E6144", "99999999999999999999999999999999999E6111"}) {
    EXPECT_FALSE(parse_decimal128(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace inlet
