// Aim: documents are built and read in place, and bytes that are not BSON never pass validation.

#include "bson/document.h"

#include <gtest/gtest.h>

#include "bson/builder.h"
#include "bson/json_parser.h"

namespace inlet {
namespace {

Document sample() {
  DocumentBuilder builder;
  builder.append_int32("_id", 7).append_string("name", "Ada").append_bool("active", true);
  builder.open_document("address")
      .append_string("city", "London")
      .open_document("geo")
      .append_double("lat", 51.5);
  builder.close().close();
  builder.open_array("tags").append_string("0", "a").append_string("1", "b").close();
  builder.append_null("nothing")
      .append_date_ms("at", 1'700'000'000'123)
      .append_timestamp("ts", (5ULL << 32) | 3);
  builder.append_binary("bin", "xyz", 4)
      .append_object_id("oid", "0123456789ab")
      .append_int64("big", INT64_MIN);
  builder.append_min_key("low").append_max_key("high");
  return builder.finish_owned();
}

TEST(Document, ReadsWhatWasBuilt) {
  const Document document = sample();

  EXPECT_TRUE(validate_bson(document.bytes()).is_ok());
  EXPECT_EQ(document["_id"].as_int32(), 7);
  EXPECT_EQ(document["name"].as_string(), "Ada");
  EXPECT_EQ(document.view().at_path("address.geo.lat").as_double(), 51.5);
  EXPECT_TRUE(document.view().at_path("address.none.lat").is_missing());
  EXPECT_TRUE(document["tags"].is_array());
  EXPECT_EQ(document["big"].as_int64(), INT64_MIN);
  EXPECT_EQ(document["ts"].as_timestamp() >> 32, 5U);
  EXPECT_EQ(document["high"].type(), BsonType::kMaxKey);
}

TEST(Document, IntegersAreFoundInEveryNumberWithoutFraction) {
  DocumentBuilder builder;
  const Document document = builder.append_double("whole", 3.0)
                                .append_double("part", 3.5)
                                .append_double("huge", 1e300)
                                .finish_owned();

  EXPECT_EQ(document["whole"].as_integer_if(), 3);
  EXPECT_EQ(document["part"].as_integer_if(), std::nullopt);
  EXPECT_EQ(document["huge"].as_integer_if(), std::nullopt);
}

TEST(Document, EveryTruncationFailsValidation) {
  const std::string bytes = sample().bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(validate_bson(std::string_view(bytes).substr(0, size)).code(), Code::kCorruption)
        << size;
  }
}

TEST(Document, NoDamagedByteMakesTheReaderLeaveTheDocument) {
  const std::string bytes = sample().bytes();
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      if (!validate_bson(damaged).is_ok()) continue;
      const Document document(damaged);
      for (const Element& element : document.view())
        EXPECT_LE(element.end, document.view().data() + damaged.size());
    }
  }
}

TEST(Document, NestingBeyondTheBoundIsRefused) {
  const auto nested = [](int depth) {
    DocumentBuilder builder;
    for (int i = 1; i < depth; ++i) builder.open_document("a");
    for (int i = 1; i < depth; ++i) builder.close();
    return builder.finish_owned();
  };

  EXPECT_TRUE(validate_bson(nested(kBsonDepthMax).bytes()).is_ok());
  EXPECT_FALSE(validate_bson(nested(kBsonDepthMax + 1).bytes()).is_ok());
}

TEST(Arena, PiecesStayWhereTheyAreWhenItIsMoved) {
  Arena arena;
  std::vector<std::pair<const uint8_t*, std::string>> pieces;
  for (int i = 0; i < 2000; ++i) {
    const std::string text(static_cast<size_t>(i) * 7 % 3000 + 1, static_cast<char>('a' + i % 26));
    pieces.emplace_back(arena.copy(reinterpret_cast<const uint8_t*>(text.data()), text.size()),
                        text);
  }
  const Arena moved = std::move(arena);

  for (const auto& [at, text] : pieces) {
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(at), text.size()), text);
  }
  EXPECT_GT(moved.bytes_reserved(), 2'000'000U);
}

TEST(Value, EveryZeroIsFalseAndEveryOtherNumberIsTrue) {
  for (const char* zero :
       {"0", "NumberLong(0)", "0.0", "-0.0", "NumberDecimal('0')", "NumberDecimal('-0E+5')"})
    EXPECT_FALSE(parse_json_value(zero)->value().truthy()) << zero;
  for (const char* other : {"1", "NaN", "NumberDecimal('0.1')", "NumberDecimal('NaN')"})
    EXPECT_TRUE(parse_json_value(other)->value().truthy()) << other;
}

}  // namespace
}  // namespace inlet
