// Aim: the fragments of an event above 16 MB become the event that the server cut, and no other;
// whatever is missing or out of turn opens the stream again behind the last whole event.

#include "source/mongo/fragment_joiner.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "bson/builder.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "source/mongo/change_event.h"

namespace inlet {
namespace {

Document fragment(const std::string& fields, int number, int count, const std::string& token) {
  const Result<Document> out = parse_json(
      "{_id: {_data: '" + token + "'}, splitEvent: {fragment: " + std::to_string(number) +
      ", of: " + std::to_string(count) + "}" + (fields.empty() ? "" : ", ") + fields + "}");
  EXPECT_TRUE(out.is_ok()) << out.status().to_string();
  return *out;
}

/// As server 7.0 sends a large update: each field whole, in one of the fragments.
std::vector<Document> recorded() {
  return {
      fragment("operationType: 'update', clusterTime: Timestamp(10, 1), ns: {db: 'd', coll: 'c'}, "
               "documentKey: {_id: 1}",
               1, 3, "8201"),
      fragment("fullDocument: {_id: 1, large: 'x'}", 2, 3, "8202"),
      fragment("updateDescription: {updatedFields: {large: 'x'}}", 3, 3, "8203"),
  };
}

const std::string kWhole =
    R"({"_id":{"_data":"8203"},"operationType":"update",)"
    R"("clusterTime":{"$timestamp":{"t":10,"i":1}},"ns":{"db":"d","coll":"c"},)"
    R"("documentKey":{"_id":1},"fullDocument":{"_id":1,"large":"x"},)"
    R"("updateDescription":{"updatedFields":{"large":"x"}}})";

TEST(FragmentJoiner, RecordedFragmentsBecomeTheEvent) {  // R13
  FragmentJoiner joiner;
  const std::vector<Document> fragments = recorded();
  EXPECT_FALSE(*joiner.add(fragments[0]));
  EXPECT_FALSE(joiner.is_empty());
  EXPECT_FALSE(*joiner.add(fragments[1]));
  EXPECT_TRUE(*joiner.add(fragments[2]));

  const DocumentView event = joiner.take();
  EXPECT_EQ(to_json(event), kWhole) << "the last fragment's token stands for the whole event";
  EXPECT_TRUE(joiner.is_empty());
  const ChangeEvent parsed = ChangeEvent::parse(event);
  EXPECT_EQ(parsed.operation, Operation::kUpdate);
  EXPECT_EQ(parsed.time, (ClusterTime{10, 1}));
  EXPECT_TRUE(parsed.split_event.is_empty());
}

TEST(FragmentJoiner, OneFragmentIsAWholeEvent) {  // R13
  FragmentJoiner joiner;
  EXPECT_TRUE(*joiner.add(fragment("operationType: 'insert'", 1, 1, "82")));

  EXPECT_EQ(to_json(joiner.take()), R"({"_id":{"_data":"82"},"operationType":"insert"})");
}

TEST(FragmentJoiner, EventsFollowEachOther) {  // R13
  FragmentJoiner joiner;
  for (int round = 0; round < 3; ++round) {
    for (const Document& each : recorded()) ASSERT_TRUE(joiner.add(each).is_ok());
    EXPECT_EQ(to_json(joiner.take()), kWhole);
  }
}

TEST(FragmentJoiner, MissingFragmentIsAnErrorThatOpensTheStreamAgain) {  // R13
  const std::vector<Document> fragments = recorded();
  for (const std::vector<size_t>& order :
       {std::vector<size_t>{1}, {2}, {0, 2}, {0, 0}, {0, 1, 1}, {0, 1, 0}}) {
    FragmentJoiner joiner;
    for (size_t i = 0; i + 1 < order.size(); ++i)
      ASSERT_TRUE(joiner.add(fragments[order[i]]).is_ok());

    const Status status = joiner.add(fragments[order.back()]).status();
    EXPECT_EQ(status.code(), Code::kUnavailable);
    EXPECT_NE(status.to_string().find("expected="), std::string::npos) << status.to_string();
    EXPECT_TRUE(joiner.is_empty());

    // The stream comes back with the first fragment, as after a resume in the middle.
    for (const Document& each : fragments) ASSERT_TRUE(joiner.add(each).is_ok());
    EXPECT_EQ(to_json(joiner.take()), kWhole);
  }
}

TEST(FragmentJoiner, ResumeInTheMiddleForgetsTheHalfThatWasThere) {  // R13
  FragmentJoiner joiner;
  const std::vector<Document> fragments = recorded();
  ASSERT_TRUE(joiner.add(fragments[0]).is_ok());
  ASSERT_TRUE(joiner.add(fragments[1]).is_ok());
  joiner.clear();
  EXPECT_TRUE(joiner.is_empty());

  for (const Document& each : fragments) ASSERT_TRUE(joiner.add(each).is_ok());
  EXPECT_EQ(to_json(joiner.take()), kWhole);
}

TEST(FragmentJoiner, WhatIsNoFragmentIsRefused) {
  for (const char* const text :
       {"{_id: {_data: '82'}}", "{splitEvent: 3}", "{splitEvent: {fragment: 0, of: 1}}",
        "{splitEvent: {fragment: 2, of: 1}}", "{splitEvent: {fragment: '1', of: 1}}",
        "{splitEvent: {fragment: 1, of: 0}}"}) {
    FragmentJoiner joiner;
    EXPECT_EQ(joiner.add(*parse_json(text)).status().code(), Code::kUnavailable) << text;
  }
}

TEST(FragmentJoiner, EventOfFortyMegabytesIsWholeHoweverItWasCut) {  // R13
  Random random(9);
  const std::string value(5'000'000, 'v');
  for (int count = 2; count <= 8; count += 3) {
    FragmentJoiner joiner;
    DocumentBuilder whole;
    for (int number = 1; number <= count; ++number) {
      DocumentBuilder part;
      part.open_document("_id").append_string("_data", std::to_string(number)).close();
      part.open_document("splitEvent").append_int32("fragment", number).append_int32("of", count);
      part.close();
      const std::string name = "f" + std::to_string(number);
      const std::string text = value.substr(random.below(value.size()));
      part.append_string(name, text);
      whole.append_string(name, text);
      const Result<bool> complete = joiner.add(part.finish());
      ASSERT_TRUE(complete.is_ok());
      EXPECT_EQ(*complete, number == count);
    }
    DocumentBuilder expected;
    expected.open_document("_id").append_string("_data", std::to_string(count)).close();
    for (const Element& field : whole.finish()) expected.append_element(field);
    EXPECT_EQ(joiner.take().raw(), expected.finish().raw());
  }
}

}  // namespace
}  // namespace inlet
