// Aim: what operators keep comes back as it was, by key group, and damage is told.

#include "stream/operator_state.h"

#include <gtest/gtest.h>

#include <set>

#include "bson/json_parser.h"

namespace inlet {
namespace {

Document parsed(std::string_view text) {
  Result<Document> document = parse_json(text);
  EXPECT_TRUE(document.is_ok()) << text;
  return document.is_ok() ? *std::move(document) : Document();
}

OperatorState sample() {
  OperatorState state;
  state.common = parsed("{watermark: 12}");
  state.groups = {{0, "zero"}, {17, std::string("\0\xff bytes", 8)}, {255, "last"}};
  return state;
}

TEST(OperatorState, ComesBackAsItWas) {
  const Document encoded = sample().encode();
  const Result<OperatorState> read = OperatorState::decode(encoded);

  ASSERT_TRUE(read.is_ok()) << read.status().to_string();
  EXPECT_EQ(read->common, sample().common);
  EXPECT_EQ(read->groups, sample().groups);
}

TEST(OperatorState, WithoutAnythingIsAnEmptyDocument) {
  EXPECT_TRUE(OperatorState().encode().is_empty());
  EXPECT_TRUE(OperatorState::decode(Document())->is_empty());
}

TEST(OperatorState, SharesTogetherHoldEveryGroupOnce) {
  const Document encoded = sample().encode();
  const auto low = OperatorState::decode(encoded, {.first = 0, .last = 128});
  const auto high = OperatorState::decode(encoded, {.first = 128, .last = kKeyGroups});

  ASSERT_TRUE(low.is_ok() && high.is_ok());
  EXPECT_EQ(low->groups.size(), 2U);
  EXPECT_EQ(high->groups.size(), 1U);
  EXPECT_EQ(high->groups.at(255), "last");
}

TEST(OperatorState, WhatIsNoneIsCorruption) {
  for (const char* text :
       {"{groups: {'256': BinData(0, 'AA==')}}", "{groups: {'-1': BinData(0, 'AA==')}}",
        "{groups: {'1x': BinData(0, 'AA==')}}", "{groups: {'1': 'text'}}", "{groups: 1}",
        "{common: 'x'}", "{other: {}}"}) {
    const Document document = parsed(text);
    EXPECT_EQ(OperatorState::decode(document).status().code(), Code::kCorruption) << text;
  }
}

TEST(KeyGroup, IsTheSameForEverAndKeysSpread) {
  // Stored checkpoints depend on it: the last byte of the published vectors of XXH3.
  EXPECT_EQ(key_group_of(""), 194U);
  EXPECT_EQ(key_group_of("abc"), 80U);
  std::set<uint16_t> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(key_group_of(std::to_string(i)));
  EXPECT_EQ(seen.size(), static_cast<size_t>(kKeyGroups));
}

}  // namespace
}  // namespace inlet
