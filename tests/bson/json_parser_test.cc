// Aim: what people paste is read as MongoDB's own tools read it, and a fault is shown at its place.

#include "bson/json_parser.h"

#include <gtest/gtest.h>

#include "bson/json_writer.h"

namespace inlet {
namespace {

std::string canonical(std::string_view text, const JsonParseOptions& options = {}) {
  const auto parsed = parse_json(text, options);
  if (!parsed.is_ok()) return parsed.status().to_string();
  EXPECT_TRUE(validate_bson(parsed->bytes()).is_ok()) << text;
  return to_json(*parsed, {.mode = JsonMode::kCanonical});
}

std::string canonical_value(std::string_view text) {
  const auto parsed = parse_json_value(text);
  if (!parsed.is_ok()) return parsed.status().to_string();
  return value_to_json(parsed->value(), {.mode = JsonMode::kCanonical});
}

struct Pair {
  const char* text;
  const char* expected;
};

TEST(JsonParser, NumbersTakeTheSmallestTypeThatFits) {
  const Pair cases[] = {
      {"0", R"({"$numberInt":"0"})"},
      {"-0", R"({"$numberInt":"0"})"},
      {"2147483647", R"({"$numberInt":"2147483647"})"},
      {"-2147483648", R"({"$numberInt":"-2147483648"})"},
      {"2147483648", R"({"$numberLong":"2147483648"})"},
      {"-2147483649", R"({"$numberLong":"-2147483649"})"},
      {"9223372036854775807", R"({"$numberLong":"9223372036854775807"})"},
      {"-9223372036854775808", R"({"$numberLong":"-9223372036854775808"})"},
      {"1.0", R"({"$numberDouble":"1.0"})"},
      {"-0.0", R"({"$numberDouble":"-0.0"})"},
      {"1e2", R"({"$numberDouble":"100.0"})"},
      {"1E+2", R"({"$numberDouble":"100.0"})"},
      {"25e-2", R"({"$numberDouble":"0.25"})"},
      {"5e-324", R"({"$numberDouble":"5e-324"})"},
      {"0x1F", R"({"$numberInt":"31"})"},
      {"+7", R"({"$numberInt":"7"})"},
      {".5", R"({"$numberDouble":"0.5"})"},
      {"5.", R"({"$numberDouble":"5.0"})"},
  };
  for (const Pair& pair : cases) EXPECT_EQ(canonical_value(pair.text), pair.expected) << pair.text;
}

TEST(JsonParser, IntegersBeyondSixtyFourBitsBecomeDoubles) {
  const auto above = parse_json("{a: 9223372036854775808, b: -9223372036854775809, c: 1" +
                                std::string(40, '0') + "}");

  ASSERT_TRUE(above.is_ok());
  EXPECT_EQ((*above)["a"].as_double(), 9223372036854775808.0);
  EXPECT_EQ((*above)["b"].as_double(), -9223372036854775808.0);
  EXPECT_EQ((*above)["c"].as_double(), 1e40);
}

TEST(JsonParser, ShellLiteralsAreReadAsTheShellReadsThem) {
  const Pair cases[] = {
      {"ISODate(\"2024-01-31T10:20:30.500Z\")", R"({"$date":{"$numberLong":"1706696430500"}})"},
      {"ISODate('2024-01-31')", R"({"$date":{"$numberLong":"1706659200000"}})"},
      {"ISODate('2024-01-31T12:20:30+02:00')", R"({"$date":{"$numberLong":"1706696430000"}})"},
      {"ISODate('2024-01-31T10:20:30')", R"({"$date":{"$numberLong":"1706696430000"}})"},
      {"new Date(5)", R"({"$date":{"$numberLong":"5"}})"},
      {"new Date('2024-01-31')", R"({"$date":{"$numberLong":"1706659200000"}})"},
      {"new Date(2024, 0, 31)", R"({"$date":{"$numberLong":"1706659200000"}})"},
      {"new Date(2023, 12, 31, 10, 20, 30, 500)", R"({"$date":{"$numberLong":"1706696430500"}})"},
      {"ObjectId('507f1f77bcf86cd799439011')", R"({"$oid":"507f1f77bcf86cd799439011"})"},
      {"new ObjectId(\"507F1F77BCF86CD799439011\")", R"({"$oid":"507f1f77bcf86cd799439011"})"},
      {"NumberLong(\"9007199254740993\")", R"({"$numberLong":"9007199254740993"})"},
      {"NumberLong(5)", R"({"$numberLong":"5"})"},
      {"Long('5')", R"({"$numberLong":"5"})"},
      {"Long.fromString('5')", R"({"$numberLong":"5"})"},
      {"NumberInt('5')", R"({"$numberInt":"5"})"},
      {"Int32(-5)", R"({"$numberInt":"-5"})"},
      {"Double(5)", R"({"$numberDouble":"5.0"})"},
      {"NumberDecimal('1.10')", R"({"$numberDecimal":"1.10"})"},
      {"NumberDecimal(1.1)", R"({"$numberDecimal":"1.1"})"},
      {"Decimal128('NaN')", R"({"$numberDecimal":"NaN"})"},
      {"Timestamp(1706696430, 3)", R"({"$timestamp":{"t":1706696430,"i":3}})"},
      {"Timestamp({ t: 1706696430, i: 3 })", R"({"$timestamp":{"t":1706696430,"i":3}})"},
      {"UUID('73ffd264-44b3-4c69-90e8-e7d1dfc035d4')",
       R"({"$binary":{"base64":"c//SZESzTGmQ6OfR38A11A==","subType":"04"}})"},
      {"BinData(0, '//8=')", R"({"$binary":{"base64":"//8=","subType":"00"}})"},
      {"HexData(128, 'ffff')", R"({"$binary":{"base64":"//8=","subType":"80"}})"},
      {"Binary.createFromBase64('//8=', 0)", R"({"$binary":{"base64":"//8=","subType":"00"}})"},
      {"MinKey", R"({"$minKey":1})"},
      {"MaxKey()", R"({"$maxKey":1})"},
      {"new MinKey()", R"({"$minKey":1})"},
      {"/^a\\/b[/]/im", R"({"$regularExpression":{"pattern":"^a\\/b[/]","options":"im"}})"},
      {"RegExp('a+', 'mi')", R"({"$regularExpression":{"pattern":"a+","options":"im"}})"},
      {"Code('f()', {x: 1})", R"json({"$code":"f()","$scope":{"x":{"$numberInt":"1"}}})json"},
      {"DBRef('c', 5)", R"({"$ref":"c","$id":{"$numberInt":"5"}})"},
      {"undefined", R"({"$undefined":true})"},
      {"NaN", R"({"$numberDouble":"NaN"})"},
      {"Infinity", R"({"$numberDouble":"Infinity"})"},
      {"-Infinity", R"({"$numberDouble":"-Infinity"})"},
      {"'it\\'s \\x41\\u{1F600}\\\n.'", "\"it's A😀.\""},
      {"\"it's\"", "\"it's\""},
  };
  for (const Pair& pair : cases) EXPECT_EQ(canonical_value(pair.text), pair.expected) << pair.text;
}

TEST(JsonParser, NamesCommentsAndTrailingCommasAreReadAsInJavaScript) {
  const std::string text = R"(
    // A pipeline, as the manual prints it.
    { $match: { 'a.b': 1, "c": [1, 2,], größe: 2, 7: null, }, /* the
      rest */ _id$: { }, };
  )";

  EXPECT_EQ(canonical(text),
            R"({"$match":{"a.b":{"$numberInt":"1"},"c":[{"$numberInt":"1"},{"$numberInt":"2"}],)"
            R"("größe":{"$numberInt":"2"},"7":null},"_id$":{}})");
}

TEST(JsonParser, OlderAndLenientFormsOfExtendedJsonAreRead) {
  const Pair cases[] = {
      {R"({"$date":1356351330501})", R"({"$date":{"$numberLong":"1356351330501"}})"},
      {R"({"$date":"2012-12-24T12:15:30.501Z"})", R"({"$date":{"$numberLong":"1356351330501"}})"},
      {R"({"$date":"2012-12-24T13:15:30.501+0100"})",
       R"({"$date":{"$numberLong":"1356351330501"}})"},
      {R"({"$binary":"//8=","$type":"00"})", R"({"$binary":{"base64":"//8=","subType":"00"}})"},
      {R"({"$type":"80","$binary":"//8="})", R"({"$binary":{"base64":"//8=","subType":"80"}})"},
      {R"({"$binary":{"subType":"0","base64":"//8="}})",
       R"({"$binary":{"base64":"//8=","subType":"00"}})"},
      {R"({"$uuid":"73ffd264-44b3-4c69-90e8-e7d1dfc035d4"})",
       R"({"$binary":{"base64":"c//SZESzTGmQ6OfR38A11A==","subType":"04"}})"},
      {R"({"$scope":{},"$code":"x"})", R"({"$code":"x","$scope":{}})"},
      {R"({"$timestamp":{"i":2,"t":1}})", R"({"$timestamp":{"t":1,"i":2}})"},
      {R"({"$regularExpression":{"options":"mi","pattern":"a"}})",
       R"({"$regularExpression":{"pattern":"a","options":"im"}})"},
      {R"({"$numberLong":5})", R"({"$numberLong":"5"})"},
      {R"({"$numberDouble":"1.23E+2"})", R"({"$numberDouble":"123.0"})"},
  };
  for (const Pair& pair : cases) EXPECT_EQ(canonical_value(pair.text), pair.expected) << pair.text;
}

TEST(JsonParser, OperatorsThatResembleWrappersStayDocuments) {
  for (const char* text : {
           R"({"a":{"$type":"string"}})",
           R"({"a":{"$regex":"x","$options":"i"}})",
           R"({"a":{"$options":"i","$regex":"x"}})",
           R"({"a":{"$regex":{"$regularExpression":{"pattern":"x","options":""}}}})",
           R"({"a":{"$ref":"c","$id":"x"}})",
           R"({"a":{"x":"y","$oid":"not the first name"}})",
       }) {
    EXPECT_EQ(canonical(text), text);
  }
}

TEST(JsonParser, LegacyRegularExpressionsAreReadWhereAskedFor) {
  EXPECT_EQ(canonical(R"({"a":{"$regex":"x","$options":"i"}})", {.legacy_regex = true}),
            R"({"a":{"$regularExpression":{"pattern":"x","options":"i"}}})");
}

TEST(JsonParser, WrappersWithWrongContentFail) {
  // From the parse errors of the BSON specification's corpus.
  for (const char* text : {
           R"({"$oid":42})",
           R"({"$oid":"56e1fc72e0c917e9c471416z"})",
           R"({"$oid":"56e1fc72e0c917e9c4714161","x":1})",
           R"({"$numberInt":"2147483648"})",
           R"({"$numberInt":"1","x":2})",
           R"({"$numberLong":"9223372036854775808"})",
           R"({"$numberLong":"1.5"})",
           R"({"$numberDouble":"x"})",
           R"({"$numberDouble":"inf"})",
           R"({"$numberDecimal":1})",
           R"({"$numberDecimal":"1E6145"})",
           R"({"$numberDecimal":"1.0000000000000000000000000000000001234"})",
           R"({"$binary":{"base64":"//8="}})",
           R"({"$binary":{"base64":"*","subType":"00"}})",
           R"({"$binary":{"base64":"//8=","subType":"xyz"}})",
           R"({"$uuid":"73ffd264-44b3-4c69-90e8-e7d1dfc035d"})",
           R"({"$code":1})",
           R"({"$code":"x","$scope":1})",
           R"({"$code":"x","y":1})",
           R"({"$timestamp":{"t":1}})",
           R"({"$timestamp":{"t":-1,"i":1}})",
           R"({"$timestamp":{"t":1,"i":4294967296}})",
           R"({"$regularExpression":{"pattern":1,"options":""}})",
           R"({"$regularExpression":{"pattern":"a\u0000b","options":""}})",
           R"({"$dbPointer":{"$ref":"a"}})",
           R"({"$symbol":1})",
           R"({"$date":"yesterday"})",
           R"({"$date":"2024-02-30"})",
           R"({"$minKey":0})",
           R"({"$undefined":false})",
       }) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed.is_ok()) << text;
    EXPECT_EQ(parsed.status().code(), Code::kInvalidArgument) << text;
  }
}

TEST(JsonParser, StrictSyntaxTakesJsonOnly) {
  for (const char* text : {"{a:1}",
                           "{'a':1}",
                           R"({"a":1,})",
                           R"({"a":[1,]})",
                           R"({"a":+1})",
                           R"({"a":.5})",
                           R"({"a":1.})",
                           R"({"a":01})",
                           R"({"a":0x1})",
                           R"({"a":'b'})",
                           R"({"a":undefined})",
                           R"({"a":NaN})",
                           R"({"a":Infinity})",
                           R"({"a":-Infinity})",
                           R"({"a":/x/})",
                           R"({"a":MinKey})",
                           "{\"a\":ISODate(\"2024-01-01\")}",
                           "{\"a\":1 /* */}",
                           "{\"a\":1};",
                           "{\"a\":\"\t\"}",
                           R"({"a":"\x41"})",
                           R"({"a":"\'"})"}) {
    EXPECT_FALSE(parse_json(text, {.syntax = JsonSyntax::kStrict}).is_ok()) << text;
  }
}

TEST(JsonParser, BrokenTextFailsInBothSyntaxes) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[",
                           "{\"a\"",
                           "{\"a\":",
                           "{\"a\":1",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\":1}}",
                           "{\"a\":1,,\"b\":2}",
                           "{\"a\":[1 2]}",
                           "{\"a\":tru}",
                           "{\"a\":-}",
                           "{\"a\":1e}",
                           "{\"a\":1e400}",
                           "{\"a\":\"x}",
                           "{\"a\":\"\\",
                           "{\"a\":\"\\q\"}",
                           "{\"a\":\"\\u12\"}",
                           "{\"a\":\"\\ud800\"}",
                           "{\"a\":\"\\udc00\"}",
                           "{\"a\":\"\\ud800\\u0041\"}",
                           "{\"a\":\"\xFF\"}",
                           "{\"a\\u0000b\":1}",
                           "{,}",
                           "{:1}",
                           "{\"a\":}",
                           "[,]",
                           "{\"a\":\"x\ny\"}",
                           "5",
                           "[1]",
                           "\"x\""}) {
    EXPECT_FALSE(parse_json(text, {.syntax = JsonSyntax::kStrict}).is_ok()) << text;
    EXPECT_FALSE(parse_json(text, {.syntax = JsonSyntax::kShell}).is_ok()) << text;
  }
}

TEST(JsonParser, NestingIsBoundedAsInBson) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "{\"a\":";
    return text + "1" + std::string(static_cast<size_t>(depth), '}');
  };

  const auto deepest = parse_json(nested(kBsonDepthMax));
  ASSERT_TRUE(deepest.is_ok());
  EXPECT_TRUE(validate_bson(deepest->bytes()).is_ok());
  EXPECT_FALSE(parse_json(nested(kBsonDepthMax + 1)).is_ok());
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')).is_ok());
}

TEST(JsonParser, AFaultIsShownWithLineColumnAndCaret) {
  const auto parsed = parse_json("{\n  größe: 1,\n  größe: foo }");

  ASSERT_FALSE(parsed.is_ok());
  const Status status = parsed.status();
  const auto& fields = status.fields();
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[0].name + "=" + fields[0].value, "line=3");
  EXPECT_EQ(fields[1].name + "=" + fields[1].value, "column=10");
  EXPECT_EQ(fields[2].name, "excerpt");
  EXPECT_EQ(fields[2].value, "\n      größe: foo }\n             ^");
}

TEST(JsonParser, AMisspeltFunctionIsCorrectedInTheHint) {
  const auto parsed = parse_json("{at: IsoDate('2024-01-31')}");

  ASSERT_FALSE(parsed.is_ok());
  const Status status = parsed.status();
  EXPECT_EQ(status.hint(), "did you mean 'ISODate'?");
}

TEST(JsonParser, NewDateIsTheGivenNowOrAsksForADate) {
  EXPECT_EQ(canonical("{a: new Date()}", {.now_ms = 7}), R"({"a":{"$date":{"$numberLong":"7"}}})");
  EXPECT_FALSE(parse_json("{a: new Date()}").is_ok());
}

TEST(JsonParser, AFailureLeavesTheParserUsable) {
  JsonParser parser;

  EXPECT_FALSE(parser.parse_document("{a: [1, {b: ").is_ok());
  const auto second = parser.parse_document("{a: 1}");

  ASSERT_TRUE(second.is_ok());
  EXPECT_EQ((*second)["a"].as_int32(), 1);
}

}  // namespace
}  // namespace inlet
