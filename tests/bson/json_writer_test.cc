// Aim: every BSON type in every mode, against texts that the Extended JSON specification and its
// test cases give, not against what the writer happened to print.

#include "bson/json_writer.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>

#include "bson/builder.h"
#include "bson/hex_document.h"
#include "bson/json_parser.h"

namespace inlet {
namespace {

struct TypeCase {
  const char* name;
  const char* hex;
  const char* canonical;
  const char* relaxed;
  const char* plain;
};

/// The bytes and the first two texts are those of the BSON specification's corpus.
const TypeCase kTypeCases[] = {
    {"DoubleWhole", "10000000016400000000000000F03F00", R"({"d":{"$numberDouble":"1.0"}})",
     R"({"d":1.0})", R"({"d":1.0})"},
    {"DoubleFraction", "10000000016400000000008000F0BF00",
     R"({"d":{"$numberDouble":"-1.0001220703125"}})", R"({"d":-1.0001220703125})",
     R"({"d":-1.0001220703125})"},
    {"DoubleMinusZero", "10000000016400000000000000008000", R"({"d":{"$numberDouble":"-0.0"}})",
     R"({"d":-0.0})", R"({"d":-0.0})"},
    {"DoubleNan", "10000000016400000000000000F87F00", R"({"d":{"$numberDouble":"NaN"}})",
     R"({"d":{"$numberDouble":"NaN"}})", R"({"d":"NaN"})"},
    {"DoubleInfinity", "10000000016400000000000000F07F00", R"({"d":{"$numberDouble":"Infinity"}})",
     R"({"d":{"$numberDouble":"Infinity"}})", R"({"d":"Infinity"})"},
    {"DoubleMinusInfinity", "10000000016400000000000000F0FF00",
     R"({"d":{"$numberDouble":"-Infinity"}})", R"({"d":{"$numberDouble":"-Infinity"}})",
     R"({"d":"-Infinity"})"},
    {"String", "0E00000002610002000000620000", R"({"a":"b"})", R"({"a":"b"})", R"({"a":"b"})"},
    {"StringWithZero", "190000000261000D0000006162006261620062616261620000",
     R"({"a":"ab\u0000bab\u0000babab"})", R"({"a":"ab\u0000bab\u0000babab"})",
     R"({"a":"ab\u0000bab\u0000babab"})"},
    {"Document", "160000000378000E0000000261000200000062000000", R"({"x":{"a":"b"}})",
     R"({"x":{"a":"b"}})", R"({"x":{"a":"b"}})"},
    {"Array", "140000000461000C0000001030000A0000000000", R"({"a":[{"$numberInt":"10"}]})",
     R"({"a":[10]})", R"({"a":[10]})"},
    {"Binary", "0F0000000578000200000000FFFF00",
     R"({"x":{"$binary":{"base64":"//8=","subType":"00"}}})",
     R"({"x":{"$binary":{"base64":"//8=","subType":"00"}}})", R"({"x":"//8="})"},
    {"BinaryEmpty", "0D000000057800000000000000",
     R"({"x":{"$binary":{"base64":"","subType":"00"}}})",
     R"({"x":{"$binary":{"base64":"","subType":"00"}}})", R"({"x":""})"},
    {"BinaryOld", "13000000057800060000000202000000FFFF00",
     R"({"x":{"$binary":{"base64":"//8=","subType":"02"}}})",
     R"({"x":{"$binary":{"base64":"//8=","subType":"02"}}})", R"({"x":"//8="})"},
    {"BinaryUuid", "1D000000057800100000000473FFD26444B34C6990E8E7D1DFC035D400",
     R"({"x":{"$binary":{"base64":"c//SZESzTGmQ6OfR38A11A==","subType":"04"}}})",
     R"({"x":{"$binary":{"base64":"c//SZESzTGmQ6OfR38A11A==","subType":"04"}}})",
     R"({"x":"73ffd264-44b3-4c69-90e8-e7d1dfc035d4"})"},
    {"BinaryUser", "0F0000000578000200000080FFFF00",
     R"({"x":{"$binary":{"base64":"//8=","subType":"80"}}})",
     R"({"x":{"$binary":{"base64":"//8=","subType":"80"}}})", R"({"x":"//8="})"},
    {"Undefined", "0800000006610000", R"({"a":{"$undefined":true}})",
     R"({"a":{"$undefined":true}})", R"({"a":{"$undefined":true}})"},
    {"ObjectId", "1400000007610056E1FC72E0C917E9C471416100",
     R"({"a":{"$oid":"56e1fc72e0c917e9c4714161"}})", R"({"a":{"$oid":"56e1fc72e0c917e9c4714161"}})",
     R"({"a":"56e1fc72e0c917e9c4714161"})"},
    {"BoolTrue", "090000000862000100", R"({"b":true})", R"({"b":true})", R"({"b":true})"},
    {"BoolFalse", "090000000862000000", R"({"b":false})", R"({"b":false})", R"({"b":false})"},
    {"DateEpoch", "10000000096100000000000000000000", R"({"a":{"$date":{"$numberLong":"0"}}})",
     R"({"a":{"$date":"1970-01-01T00:00:00Z"}})", R"({"a":0})"},
    {"DateMilliseconds", "10000000096100C5D8D6CC3B01000000",
     R"({"a":{"$date":{"$numberLong":"1356351330501"}}})",
     R"({"a":{"$date":"2012-12-24T12:15:30.501Z"}})", R"({"a":1356351330501})"},
    {"DateBeforeEpoch", "10000000096100C33CE7B9BDFFFFFF00",
     R"({"a":{"$date":{"$numberLong":"-284643869501"}}})",
     R"({"a":{"$date":{"$numberLong":"-284643869501"}}})", R"({"a":-284643869501})"},
    {"DateYear10000", "1000000009610000DC1FD277E6000000",
     R"({"a":{"$date":{"$numberLong":"253402300800000"}}})",
     R"({"a":{"$date":{"$numberLong":"253402300800000"}}})", R"({"a":253402300800000})"},
    {"Null", "080000000A610000", R"({"a":null})", R"({"a":null})", R"({"a":null})"},
    {"Regex", "0F0000000B610061626300696D0000",
     R"({"a":{"$regularExpression":{"pattern":"abc","options":"im"}}})",
     R"({"a":{"$regularExpression":{"pattern":"abc","options":"im"}}})",
     R"({"a":{"pattern":"abc","options":"im"}})"},
    {"DbPointer", "1A0000000C610002000000620056E1FC72E0C917E9C471416100",
     R"({"a":{"$dbPointer":{"$ref":"b","$id":{"$oid":"56e1fc72e0c917e9c4714161"}}}})",
     R"({"a":{"$dbPointer":{"$ref":"b","$id":{"$oid":"56e1fc72e0c917e9c4714161"}}}})",
     R"({"a":{"$dbPointer":{"$ref":"b","$id":{"$oid":"56e1fc72e0c917e9c4714161"}}}})"},
    {"Code", "0E0000000D610002000000620000", R"({"a":{"$code":"b"}})", R"({"a":{"$code":"b"}})",
     R"({"a":{"$code":"b"}})"},
    {"Symbol", "0E0000000E610002000000620000", R"({"a":{"$symbol":"b"}})",
     R"({"a":{"$symbol":"b"}})", R"({"a":{"$symbol":"b"}})"},
    {"CodeWithScope", "210000000F6100190000000500000061626364000C000000107800010000000000",
     R"({"a":{"$code":"abcd","$scope":{"x":{"$numberInt":"1"}}}})",
     R"({"a":{"$code":"abcd","$scope":{"x":1}}})", R"({"a":{"$code":"abcd","$scope":{"x":1}}})"},
    {"Int32Min", "0C0000001069000000008000", R"({"i":{"$numberInt":"-2147483648"}})",
     R"({"i":-2147483648})", R"({"i":-2147483648})"},
    {"Int32Max", "0C000000106900FFFFFF7F00", R"({"i":{"$numberInt":"2147483647"}})",
     R"({"i":2147483647})", R"({"i":2147483647})"},
    {"Timestamp", "100000001161002A00000015CD5B0700",
     R"({"a":{"$timestamp":{"t":123456789,"i":42}}})",
     R"({"a":{"$timestamp":{"t":123456789,"i":42}}})", R"({"a":123456789000})"},
    {"TimestampHigh", "10000000116100FFFFFFFFFFFFFFFF00",
     R"({"a":{"$timestamp":{"t":4294967295,"i":4294967295}}})",
     R"({"a":{"$timestamp":{"t":4294967295,"i":4294967295}}})", R"({"a":4294967295000})"},
    {"Int64Min", "10000000126100000000000000008000",
     R"({"a":{"$numberLong":"-9223372036854775808"}})", R"({"a":-9223372036854775808})",
     R"({"a":-9223372036854775808})"},
    {"Int64Max", "10000000126100FFFFFFFFFFFFFF7F00",
     R"({"a":{"$numberLong":"9223372036854775807"}})", R"({"a":9223372036854775807})",
     R"({"a":9223372036854775807})"},
    {"Decimal", "1800000013640001000000000000000000000000003E3000",
     R"({"d":{"$numberDecimal":"0.1"}})", R"({"d":{"$numberDecimal":"0.1"}})", R"({"d":"0.1"})"},
    {"DecimalNan", "180000001364000000000000000000000000000000007C00",
     R"({"d":{"$numberDecimal":"NaN"}})", R"({"d":{"$numberDecimal":"NaN"}})", R"({"d":"NaN"})"},
    {"MinKey", "08000000FF610000", R"({"a":{"$minKey":1}})", R"({"a":{"$minKey":1}})",
     R"({"a":{"$minKey":1}})"},
    {"MaxKey", "080000007F610000", R"({"a":{"$maxKey":1}})", R"({"a":{"$maxKey":1}})",
     R"({"a":{"$maxKey":1}})"},
};

class JsonWriterTypes : public testing::TestWithParam<TypeCase> {};

TEST_P(JsonWriterTypes, AreWrittenAsSpecifiedAndCanonicalReadsBackToTheSameBytes) {
  const TypeCase& type = GetParam();
  const Document document = document_from_hex(type.hex);

  EXPECT_EQ(to_json(document, {.mode = JsonMode::kCanonical}), type.canonical);
  EXPECT_EQ(to_json(document, {.mode = JsonMode::kRelaxed}), type.relaxed);
  EXPECT_EQ(to_json(document, {.mode = JsonMode::kPlain}), type.plain);
  const auto read = parse_json(type.canonical, {.syntax = JsonSyntax::kStrict});
  ASSERT_TRUE(read.is_ok()) << read.status().to_string();
  EXPECT_EQ(*read, document);
}

INSTANTIATE_TEST_SUITE_P(Bson, JsonWriterTypes, testing::ValuesIn(kTypeCases),
                         [](const auto& info) { return std::string(info.param.name); });

std::string relaxed_text(std::string_view text) {
  DocumentBuilder builder;
  return to_json(builder.append_string("s", text).finish());
}

TEST(JsonWriter, ControlsQuotesAndBackslashesAreEscaped) {
  EXPECT_EQ(relaxed_text("a\"b\\c/d"), R"({"s":"a\"b\\c/d"})");
  EXPECT_EQ(relaxed_text("\b\f\n\r\t\x01\x1f\x7f"),
            "{\"s\":\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"}");
}

TEST(JsonWriter, EscapesAreFoundAtEveryPlaceOfALongText) {
  for (size_t size = 1; size <= 70; ++size) {
    for (size_t place = 0; place < size; ++place) {
      std::string text(size, 'x');
      text[place] = '"';
      std::string expected = "{\"s\":\"" + std::string(place, 'x') + "\\\"" +
                             std::string(size - place - 1, 'x') + "\"}";
      ASSERT_EQ(relaxed_text(text), expected) << "size=" << size << " place=" << place;
    }
  }
}

TEST(JsonWriter, TextMadeOfEscapesOnlyGrowsSixfoldWithoutHarm) {
  const std::string text(100'000, '\x01');

  const std::string json = relaxed_text(text);

  EXPECT_EQ(json.size(), text.size() * 6 + 8);
}

TEST(JsonWriter, ValidUtf8PassesUnchanged) {
  EXPECT_EQ(relaxed_text("grün, 東京, 😀, \u2028"), "{\"s\":\"grün, 東京, 😀, \u2028\"}");
}

struct Utf8Case {
  const char* bytes;
  const char* expected;
  uint64_t replaced;
};

TEST(JsonWriter, InvalidUtf8IsReplacedAndCounted) {
  // One U+FFFD for each maximal subpart, as The Unicode Standard recommends (table 3-8 and after).
  const Utf8Case cases[] = {
      {"\x80", "\uFFFD", 1},
      {"a\xFFz", "a\uFFFDz", 1},
      {"\xC0\xAF", "\uFFFD\uFFFD", 2},            // Overlong.
      {"\xE0\x80\xBF", "\uFFFD\uFFFD\uFFFD", 3},  // Overlong.
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD", 3},  // A surrogate.
      {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA\uFFFD\uFFFDB", 7},
      {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", "\uFFFD\uFFFD\uFFFD\uFFFDA", 4},
      {"caf\xC3", "caf\uFFFD", 1},  // Cut short at the end.
      {"\xF0\x9F\x98", "\uFFFD", 1},
  };
  for (const Utf8Case& utf8 : cases) {
    DocumentBuilder builder;
    builder.append_string("s", utf8.bytes);
    JsonWriter writer;
    std::string json;
    writer.append_document(builder.finish(), json);
    EXPECT_EQ(json, "{\"s\":\"" + std::string(utf8.expected) + "\"}");
    EXPECT_EQ(writer.invalid_utf8_replaced(), utf8.replaced) << utf8.expected;
  }
}

TEST(JsonWriter, InvalidUtf8InNamesAndPatternsIsReplacedToo) {
  DocumentBuilder builder;
  builder.append_int32("n\xFF", 1).append_int32("a name longer than one block \xFE", 2);
  JsonWriter writer;
  std::string json;

  writer.append_document(builder.finish(), json);

  EXPECT_EQ(json, "{\"n\uFFFD\":1,\"a name longer than one block \uFFFD\":2}");
  EXPECT_EQ(writer.invalid_utf8_replaced(), 2U);
}

TEST(JsonWriter, NamesOfEveryLengthAreWrittenWhole) {
  for (size_t size = 0; size <= 40; ++size) {
    const std::string name(size, 'n');
    DocumentBuilder builder;
    EXPECT_EQ(to_json(builder.append_int32(name, 1).finish()), "{\"" + name + "\":1}");
  }
}

TEST(JsonWriter, OddNamesAndRepeatedNamesAreKeptInOrder) {
  DocumentBuilder builder;
  builder.append_int32("", 1).append_int32("a.b", 2).append_int32("$x", 3).append_int32("", 4);

  EXPECT_EQ(to_json(builder.finish()), R"({"":1,"a.b":2,"$x":3,"":4})");
}

TEST(JsonWriter, DateFormatIso8601WritesBareTextInEveryMode) {
  DocumentBuilder builder;
  const Document document = builder.append_date_ms("a", 0)
                                .append_date_ms("b", -62198755200000)
                                .append_date_ms("c", 253402300800000)
                                .append_date_ms("d", INT64_MIN)
                                .append_date_ms("e", INT64_MAX)
                                .finish_owned();

  for (const JsonMode mode : {JsonMode::kRelaxed, JsonMode::kCanonical, JsonMode::kPlain}) {
    EXPECT_EQ(to_json(document, {.mode = mode, .date_format = JsonDateFormat::kIso8601}),
              R"({"a":"1970-01-01T00:00:00.000Z","b":"-000001-01-01T00:00:00.000Z",)"
              R"("c":"+010000-01-01T00:00:00.000Z","d":"-292275055-05-16T16:47:04.192Z",)"
              R"("e":"+292278994-08-17T07:12:55.807Z"})");
  }
}

TEST(JsonWriter, DeepNestingOverflowsNothing) {
  constexpr int kDepth = 5000;  // Far beyond what `validate_bson` lets in.
  DocumentBuilder builder;
  for (int i = 0; i < kDepth; ++i) builder.open_array("0");
  for (int i = 0; i < kDepth; ++i) builder.close();

  const std::string json = to_json(builder.finish());

  EXPECT_EQ(json, "{\"0\":" + std::string(kDepth, '[') + std::string(kDepth, ']') + "}");
}

TEST(JsonWriter, ScalarsStandAloneAndMissingWritesNothing) {
  DocumentBuilder builder;
  const Document document = builder.append_int32("i", 5).append_string("s", "x").finish_owned();

  EXPECT_EQ(value_to_json(document["i"]), "5");
  EXPECT_EQ(value_to_json(document["s"]), "\"x\"");
  EXPECT_EQ(value_to_json(document["none"]), "");
}

TEST(JsonWriter, RegexOptionsStandInAlphabeticalOrderAndOddOnesAsTheyAre) {
  for (const auto& [options, expected] : std::initializer_list<std::pair<std::string, std::string>>{
           {"mix", "imx"}, {"zzzzzzzzzzzzzzzza", "zzzzzzzzzzzzzzzza"}, {"é\x14", "é\\u0014"}}) {
    const std::string raw = std::string("a") + '\0' + options + '\0';
    DocumentBuilder builder;
    builder.append("r", Value(BsonType::kRegex, reinterpret_cast<const uint8_t*>(raw.data()),
                              static_cast<uint32_t>(raw.size())));

    const std::string json = to_json(builder.finish());

    EXPECT_EQ(json,
              R"({"r":{"$regularExpression":{"pattern":"a","options":")" + expected + R"("}}})");
    const auto read = parse_json(json);
    ASSERT_TRUE(read.is_ok());
    EXPECT_EQ(to_json(*read), json);
  }
}

TEST(JsonWriter, CodeWithScopeStandsAlone) {
  const auto parsed = parse_json_value("Code('f', {x: 1})");
  ASSERT_TRUE(parsed.is_ok());

  EXPECT_EQ(value_to_json(parsed->value()), R"({"$code":"f","$scope":{"x":1}})");
}

TEST(JsonWriter, ADocumentIsAppendedBehindWhatStandsThere) {
  std::string out = "before";
  JsonWriter writer;

  writer.append_document(DocumentView(), out);
  writer.append_array(DocumentView(), out);

  EXPECT_EQ(out, "before{}[]");
}

}  // namespace
}  // namespace inlet
