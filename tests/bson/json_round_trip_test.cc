// Aim: canonical text keeps every type, byte for byte; relaxed text keeps every value; nothing that
// is written is ever refused by the parser.

#include <gtest/gtest.h>

#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "testing/random_document.h"

namespace inlet {
namespace {

constexpr uint64_t kSeeds = 3000;
constexpr JsonParseOptions kStrict{.syntax = JsonSyntax::kStrict};

TEST(JsonRoundTrip, CanonicalTextReadsBackToTheSameBytes) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Document document = random_document(seed);
    ASSERT_TRUE(validate_bson(document.bytes()).is_ok()) << "seed=" << seed;

    const std::string json = to_json(document, {.mode = JsonMode::kCanonical});
    const auto read = parse_json(json, kStrict);

    ASSERT_TRUE(read.is_ok()) << "seed=" << seed << " " << read.status().to_string();
    ASSERT_EQ(*read, document) << "seed=" << seed << "\n" << json;
  }
}

TEST(JsonRoundTrip, ShellSyntaxReadsTheSameDocumentAsStrictSyntax) {
  for (uint64_t seed = 0; seed < kSeeds / 10; ++seed) {
    const Document document = random_document(seed);

    const auto read = parse_json(to_json(document, {.mode = JsonMode::kCanonical}));

    ASSERT_TRUE(read.is_ok()) << "seed=" << seed << " " << read.status().to_string();
    ASSERT_EQ(*read, document) << "seed=" << seed;
  }
}

TEST(JsonRoundTrip, RelaxedTextIsAFixedPoint) {
  // Relaxed text may narrow an int64 to an int32; what it says must not change any more.
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::string json = to_json(random_document(seed), {.mode = JsonMode::kRelaxed});

    const auto read = parse_json(json, kStrict);

    ASSERT_TRUE(read.is_ok()) << "seed=" << seed << " " << read.status().to_string();
    ASSERT_EQ(to_json(*read, {.mode = JsonMode::kRelaxed}), json) << "seed=" << seed;
  }
}

TEST(JsonRoundTrip, WhatHasNoExactTextIsStillWrittenAsReadableJson) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Document document = random_document(seed, {.with_lossy = true});
    for (const JsonMode mode : {JsonMode::kRelaxed, JsonMode::kCanonical, JsonMode::kPlain}) {
      const std::string json = to_json(document, {.mode = mode});

      const auto read = parse_json(json, kStrict);

      ASSERT_TRUE(read.is_ok()) << "seed=" << seed << " " << read.status().to_string();
    }
  }
}

}  // namespace
}  // namespace inlet
