// Aim: numbers are written in their shortest exact form, checked against the standard library.

#include "bson/number_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <random>
#include <string>

namespace inlet {
namespace {

std::string double_text(double value) {
  char text[64];
  const char* end = write_double(text, value);
  EXPECT_LE(end - text, 26);
  return {text, static_cast<size_t>(end - text)};
}

std::string int64_text(int64_t value) {
  char text[24];
  return {text, static_cast<size_t>(write_int64(text, value) - text)};
}

TEST(NumberText, IntegersOfEveryLengthAreWrittenAsTheStandardLibraryDoes) {
  std::mt19937_64 random(1);
  uint64_t power = 1;
  for (int digits = 1; digits <= 19; ++digits, power *= 10) {
    for (const uint64_t value : {power - 1, power, power + 1, random() % power}) {
      EXPECT_EQ(int64_text(static_cast<int64_t>(value)), std::to_string(value));
      EXPECT_EQ(int64_text(-static_cast<int64_t>(value)),
                std::to_string(-static_cast<int64_t>(value)));
    }
  }
  EXPECT_EQ(int64_text(INT64_MIN), "-9223372036854775808");
  char text[24];
  EXPECT_EQ(std::string(text, write_uint64(text, UINT64_MAX)), "18446744073709551615");
}

TEST(NumberText, DoublesAlwaysLookLikeDoubles) {
  EXPECT_EQ(double_text(0.0), "0.0");
  EXPECT_EQ(double_text(-0.0), "-0.0");
  EXPECT_EQ(double_text(1.0), "1.0");
  EXPECT_EQ(double_text(-12.5), "-12.5");
  EXPECT_EQ(double_text(0.1), "0.1");
  EXPECT_EQ(double_text(0.30000000000000004), "0.30000000000000004");
  EXPECT_EQ(double_text(51.507351), "51.507351");
  EXPECT_EQ(double_text(999999999999999.0), "999999999999999.0");
  EXPECT_EQ(double_text(9007199254740993.0), "9007199254740992.0");
  EXPECT_EQ(double_text(1e300), "1e+300");
  EXPECT_EQ(double_text(5e-324), "5e-324");
}

/// Digits of a number without its point, exponent, and zeros at either end.
std::string significant_digits(std::string_view text) {
  std::string digits;
  for (const char c : text.substr(0, text.find('e'))) {
    if (c >= '0' && c <= '9') digits += c;
  }
  digits.erase(0, digits.find_first_not_of('0'));
  digits.erase(digits.find_last_not_of('0') + 1);
  return digits;
}

void expect_shortest(double value) {
  const std::string text = double_text(value);
  double back = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), back);
  ASSERT_EQ(read.ptr, text.data() + text.size()) << text;
  ASSERT_EQ(std::bit_cast<uint64_t>(back), std::bit_cast<uint64_t>(value)) << text;
  ASSERT_NE(text.find_first_of(".e"), std::string::npos) << text;
  if (std::fabs(value) >= 1e15) return;  // Whole numbers beyond are written with all their digits.
  char shortest[32];
  const auto standard =
      std::to_chars(shortest, shortest + 32, value, std::chars_format::scientific);
  ASSERT_EQ(significant_digits(text), significant_digits({shortest, standard.ptr})) << text;
}

TEST(NumberText, RandomDoublesReadBackExactlyAndAreShortest) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 200'000; ++i) {
    const auto any = std::bit_cast<double>(random());
    if (std::isfinite(any)) expect_shortest(any);
    const auto whole = static_cast<double>(random() >> (random() % 64));
    expect_shortest(whole);
    expect_shortest(-whole / 100);
    expect_shortest(whole / 1e6);
    expect_shortest(std::nextafter(whole / 1e6, 0.0));
    expect_shortest(static_cast<double>(random() % 100'000'000) / 10'000);
  }
}

TEST(NumberText, Base64OfEveryRemainderIsPadded) {
  const auto encoded = [](std::string_view bytes) {
    char text[16];
    const char* end =
        write_base64(text, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    return std::string(text, static_cast<size_t>(end - text));
  };
  // RFC 4648, section 10.
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foob"), "Zm9vYg==");
  EXPECT_EQ(encoded("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
}

TEST(NumberText, AnObjectIdIsTwentyFourHexadecimalDigits) {
  const uint8_t bytes[12] = {0x00, 0x09, 0x0a, 0x0f, 0x10, 0x7f,
                             0x80, 0x90, 0x99, 0xa0, 0xaf, 0xff};
  char text[24];

  EXPECT_EQ(std::string(text, write_object_id(text, bytes)), "00090a0f107f809099a0afff");
}

}  // namespace
}  // namespace inlet
