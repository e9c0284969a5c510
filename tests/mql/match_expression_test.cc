// Aim: the rules of filters that surprise, one each; tests/e2e/test_mql.py holds all of them
// against mongod.

#include "mql/match_expression.h"

#include <gtest/gtest.h>

#include "bson/json_parser.h"

namespace inlet {
namespace {

Document json(std::string_view text) {
  Result<Document> parsed = parse_json(text);
  EXPECT_TRUE(parsed.is_ok()) << text << ": " << parsed.status().to_string();
  return parsed.is_ok() ? *parsed : Document();
}

bool matches(std::string_view filter, std::string_view document) {
  const Result<MatchExpression> parsed = MatchExpression::parse(json(filter));
  EXPECT_TRUE(parsed.is_ok()) << filter << ": " << parsed.status().to_string();
  return parsed.is_ok() && parsed->matches(json(document));
}

std::string refusal(std::string_view filter) {
  return MatchExpression::parse(json(filter)).status().to_string();
}

TEST(MatchExpression, NullMatchesWhatIsMissingAndUndefined) {
  EXPECT_TRUE(matches("{a: null}", "{}"));
  EXPECT_TRUE(matches("{a: null}", "{a: undefined}"));
  EXPECT_TRUE(matches("{a: {$in: [null]}}", "{}"));
  EXPECT_TRUE(matches("{'a.b': null}", "{a: 5}"));
  EXPECT_FALSE(matches("{'a.b': null}", "{a: []}"));
  EXPECT_FALSE(matches("{a: {$exists: true}}", "{}"));
}

TEST(MatchExpression, ComparisonStaysWithinTheKindOfTheConstant) {
  EXPECT_TRUE(matches("{a: {$gt: 1}}", "{a: NumberDecimal('1.5')}"));
  EXPECT_FALSE(matches("{a: {$gt: 1}}", "{a: 'text'}"));
  EXPECT_FALSE(matches("{a: {$lt: 1}}", "{}"));
  EXPECT_TRUE(matches("{a: {$gt: MinKey}}", "{a: 'text'}"));
}

TEST(MatchExpression, NaNIsEqualToItselfOnly) {
  EXPECT_TRUE(matches("{a: {$gte: NaN}}", "{a: NumberDecimal('NaN')}"));
  EXPECT_FALSE(matches("{a: {$lt: 5}}", "{a: NaN}"));
}

TEST(MatchExpression, PathGoesIntoDocumentsOfArraysAndByIndex) {
  EXPECT_TRUE(matches("{'a.b': 2}", "{a: [{b: 1}, {b: 2}]}"));
  EXPECT_TRUE(matches("{'a.1.b': 2}", "{a: [{b: 1}, {b: 2}]}"));
  EXPECT_FALSE(matches("{'a.0.b': 2}", "{a: [{b: 1}, {b: 2}]}"));
  EXPECT_TRUE(matches("{'a.0': 9}", "{a: [{'0': 9}]}"));
  EXPECT_FALSE(matches("{'a.b': 1}", "{a: [[{b: 1}]]}"));
}

TEST(MatchExpression, ArrayMatchesByElementAndAsItself) {
  EXPECT_TRUE(matches("{a: 1}", "{a: [1, 2]}"));
  EXPECT_TRUE(matches("{a: [1, 2]}", "{a: [1, 2]}"));
  EXPECT_FALSE(matches("{a: 1}", "{a: [[1]]}"));
  EXPECT_TRUE(matches("{a: {$gt: 1, $lt: 1}}", "{a: [0, 2]}"));
  EXPECT_FALSE(matches("{a: {$elemMatch: {$gt: 1, $lt: 1}}}", "{a: [0, 2]}"));
}

TEST(MatchExpression, ModWithTheLeastIntegerDoesNotTrap) {
  EXPECT_TRUE(matches("{a: {$mod: [-1, 0]}}", "{a: NumberLong('-9223372036854775808')}"));
  EXPECT_FALSE(matches("{a: {$mod: [2, 0]}}", "{a: 1e300}"));
}

TEST(MatchExpression, RefusalNamesPathOperatorAndTheNearestName) {
  EXPECT_EQ(refusal("{status: {$gtt: 5}}"),
            "invalid_argument: unknown operator (path=status, operator=$gtt); hint: did you mean "
            "'$gt'?");
  EXPECT_EQ(refusal("{$not: {a: 1}}"),
            "invalid_argument: the operator must stand below a path (operator=$not); hint: to "
            "negate a whole filter use $nor");
  EXPECT_EQ(refusal("{$or: [{a: 1}, {b: {$size: -1}}]}"),
            "invalid_argument: a size is a whole number, not negative (path=b, operator=$size)");
}

TEST(MatchExpression, RegularExpressionIsRefusedUntilItIsThere) {
  for (const char* filter : {"{a: /x/}", "{a: {$in: [/x/]}}", "{a: {$not: /x/}}",
                             "{a: {$all: [/x/]}}", "{a: {$regex: 'x'}}"}) {
    const Result<MatchExpression> parsed = MatchExpression::parse(json(filter));
    EXPECT_EQ(parsed.status().code(), Code::kUnimplemented) << filter;
  }
}

}  // namespace
}  // namespace inlet
