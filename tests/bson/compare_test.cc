// Aim: values sort as MongoDB sorts them; numbers compare by exact value over their four types.

#include "bson/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "bson/builder.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"

namespace inlet {
namespace {

/// Each row is one place in the order: its values are equal to each other, less than all below.
const std::vector<std::vector<std::string>> kOrder = {
    {"MinKey"},
    {"undefined"},
    {"null"},
    {"NaN", "NumberDecimal('NaN')"},
    {"-Infinity", "NumberDecimal('-Infinity')"},
    {"NumberDecimal('-9.999999999999999999999999999999999E+6144')"},
    {"-1.7976931348623157e308"},
    {"-9223372036854775809.0", "NumberLong('-9223372036854775808')", "-9223372036854775808.0",
     "NumberDecimal('-9223372036854775808')"},
    {"NumberLong('-9223372036854775807')"},
    {"-2", "-2.0", "NumberLong(-2)", "NumberDecimal('-2.000')"},
    {"-5e-324"},
    {"NumberDecimal('-1E-6176')"},
    {"0", "-0.0", "NumberLong(0)", "NumberDecimal('-0')", "NumberDecimal('0E+6111')"},
    {"NumberDecimal('1E-6176')"},
    {"NumberDecimal('4.9E-324')"},
    {"5e-324"},
    {"NumberDecimal('0.1')"},
    {"0.1"},  // 0.1000000000000000055…
    {"0.5", "NumberDecimal('0.5')"},
    {"NumberDecimal('0.9999999999999999999999999999999999')"},
    {"1", "1.0", "NumberDecimal('1')", "NumberDecimal('1.000000000000000000000000000000000')"},
    {"NumberDecimal('1.000000000000000000000000000000001')"},
    {"1.0000000000000002"},
    {"9007199254740992.0", "NumberLong('9007199254740992')"},
    {"NumberLong('9007199254740993')", "NumberDecimal('9007199254740993')"},
    {"9007199254740994.0"},
    {"NumberLong('9223372036854775807')"},
    {"9223372036854775808.0", "NumberDecimal('9223372036854775808')"},
    {"NumberDecimal('1E+34')", "NumberDecimal('1000000000000000000000000000000000E+1')"},
    {"1.7976931348623157e308"},
    {"NumberDecimal('1E+6144')"},
    {"Infinity", "NumberDecimal('Infinity')"},
    {"''"},
    {"'A'", "Symbol('A')"},
    {"'a'"},
    {"'a\\0'"},
    {"'ab'"},
    {"'é'"},
    {"{}"},
    {"{a: 1}", "{a: 1.0}"},
    {"{a: 2}"},
    {"{a: 2, b: 1}"},
    {"{b: 1}"},
    {"{a: 'x'}"},
    {"[]"},
    {"[1]"},
    {"[1, 0]"},
    {"[2]"},
    {"['x']"},
    {"BinData(0, '')"},
    {"BinData(0, 'AA==')"},
    {"BinData(0, '/w==')"},
    {"BinData(128, 'AA==')"},
    {"BinData(0, 'AAA=')"},
    {"ObjectId('000000000000000000000000')"},
    {"ObjectId('ff0000000000000000000000')"},
    {"false"},
    {"true"},
    {"new Date(-1)"},
    {"new Date(0)"},
    {"Timestamp(0, 1)"},
    {"Timestamp(4294967295, 0)"},
    {"/a/"},
    {"/a/i"},
    {"/b/"},
    {"Code('a')"},
    {"Code('b')"},
    {"Code('a', {x: 1})"},
    {"Code('a', {x: 2})"},
    {"Code('b', {})"},
    {"MaxKey"},
};

int sign(int number) {
  return number < 0 ? -1 : number > 0 ? 1 : 0;
}

TEST(CompareValues, EveryPairStandsInMongodbsOrder) {
  std::vector<std::pair<size_t, ParsedJson>> values;
  for (size_t place = 0; place < kOrder.size(); ++place) {
    for (const std::string& text : kOrder[place]) {
      auto parsed = parse_json_value(text);
      ASSERT_TRUE(parsed.is_ok()) << text << parsed.status().to_string();
      values.emplace_back(place, std::move(*parsed));
    }
  }
  for (const auto& [left_place, left] : values) {
    for (const auto& [right_place, right] : values) {
      const int expected = left_place < right_place ? -1 : left_place > right_place ? 1 : 0;
      EXPECT_EQ(sign(compare_values(left.value(), right.value())), expected)
          << value_to_json(left.value()) << " against " << value_to_json(right.value());
    }
  }
}

TEST(CompareValues, IntegersAndDoublesCompareWithoutRounding) {
  // The 64-bit mantissa of x86's long double holds every int64 and every double exactly.
  if constexpr (std::numeric_limits<long double>::digits < 64) GTEST_SKIP();
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto integer = static_cast<int64_t>(random()) >> (random() % 64);
    double real = static_cast<double>(integer);
    for (uint64_t steps = random() % 3; steps > 0; --steps) {
      real = std::nextafter(real, random() % 2 == 0 ? 1e300 : -1e300);
    }
    DocumentBuilder builder;
    builder.append_int64("i", integer).append_double("d", real);
    const DocumentView document = builder.finish();

    const auto exact = static_cast<long double>(integer) - static_cast<long double>(real);
    const int expected = exact < 0 ? -1 : exact > 0 ? 1 : 0;
    ASSERT_EQ(sign(compare_values(document["i"], document["d"])), expected) << integer << real;
    ASSERT_EQ(sign(compare_values(document["d"], document["i"])), -expected) << integer << real;
  }
}

TEST(CompareValues, MissingSortsWithUndefinedBelowNull) {
  const auto parsed = parse_json("{u: undefined, n: null}");
  ASSERT_TRUE(parsed.is_ok());

  EXPECT_EQ(compare_values(Value(), (*parsed)["u"]), 0);
  EXPECT_LT(compare_values(Value(), (*parsed)["n"]), 0);
}

}  // namespace
}  // namespace inlet
