// Aim: an event that stages have reshaped loses nothing in the lake's envelope.

#include <gtest/gtest.h>

#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "sink/lake/envelope.h"

namespace inlet {
namespace {

const Namespace kOrders{"shop", "orders"};

Document json(std::string_view text) {
  const Result<Document> parsed = parse_json(text);
  EXPECT_TRUE(parsed.is_ok()) << text << ": " << parsed.status().to_string();
  return parsed.is_ok() ? *parsed : Document();
}

std::string shaped(Envelope envelope, std::string_view document, bool is_event = true) {
  const Document parsed = json(document);
  Record record;
  record.document = parsed;
  record.ns = &kOrders;
  record.operation = Operation::kInsert;
  record.is_event = is_event;
  record.cluster_time = {5, 1};
  EnvelopeWriter writer(envelope);
  const std::optional<DocumentView> out = writer.shape(record);
  return out ? to_json(*out) : "nothing";
}

TEST(ReshapedEnvelope, WhatStagesTookAwayIsFilledInFromTheRecord) {
  EXPECT_EQ(shaped(Envelope::kLean, "{operationType: 'insert', fullDocument: {a: 1}}"),
            R"({"op":"insert","ns":{"db":"shop","coll":"orders"},"documentKey":null,"doc":{"a":1},)"
            R"("updateDesc":null,"clusterTime":{"$timestamp":{"t":5,"i":1}},"wallTime":null})");
}

TEST(ReshapedEnvelope, FieldsThatStagesAddedFollowAtTheEnd) {
  const std::string line = shaped(
      Envelope::kLean,
      "{_id: {_data: '82'}, operationType: 'insert', region: 'eu', collectionUUID: 1, n: {m: 2}}");

  EXPECT_TRUE(
      line.ends_with(R"("wallTime":null,"_token":{"_data":"82"},"region":"eu","n":{"m":2}})"))
      << line;
}

TEST(ReshapedEnvelope, AddedFieldOfTheEnvelopesOwnNameTakesItsPlaceOnce) {
  const std::string line =
      shaped(Envelope::kLean,
             "{operationType: 'insert', fullDocument: {a: 1}, doc: {b: 2}, op: 'upsert'}");

  EXPECT_TRUE(line.starts_with(R"({"op":"upsert",)")) << line;
  EXPECT_NE(line.find(R"("doc":{"b":2},"updateDesc":null)"), std::string::npos) << line;
  EXPECT_EQ(line.find(R"("a":1)"), std::string::npos) << line;
}

TEST(ReshapedEnvelope, RecordThatIsNoEventAnyMorePassesAsItIs) {
  for (const Envelope envelope : {Envelope::kLean, Envelope::kEvent, Envelope::kDocument})
    EXPECT_EQ(shaped(envelope, "{status: 'paid'}", false), R"({"status":"paid"})");
}

}  // namespace
}  // namespace inlet
