// Aim: a line of the lake has the fields of R2 in their order, for every operation, and loses
// nothing that a consumer needs to order and to deduplicate.

#include "sink/lake/envelope.h"

#include <gtest/gtest.h>

#include "bson/json_parser.h"
#include "bson/json_writer.h"

namespace inlet {
namespace {

constexpr ClusterTime kTime{1'738'328'400, 7};

/// An event as a record that outlives its batch.
class EventRecord {
 public:
  EventRecord(std::string_view event, Operation operation, bool is_event = true) {
    Result<Document> parsed = parse_json(event);
    EXPECT_TRUE(parsed.is_ok()) << parsed.status().to_string();
    if (parsed.is_ok()) document_ = *std::move(parsed);
    record_.document = document_;
    record_.ns = NamespaceTable::instance().intern("shop", "orders");
    record_.operation = operation;
    record_.is_event = is_event;
    record_.cluster_time = kTime;
  }
  const Record& get() const { return record_; }

 private:
  Document document_;
  Record record_;
};

std::string shaped(Envelope envelope, const EventRecord& record) {
  EnvelopeWriter writer(envelope);
  const std::optional<DocumentView> out = writer.shape(record.get());
  return out ? to_json(*out) : "(nothing)";
}

std::string names_of(const std::string& json) {
  std::string out;
  const Result<Document> document = parse_json(json);
  for (const Element& field : document->view())
    out.append(out.empty() ? "" : " ").append(field.name);
  return out;
}

constexpr std::string_view kUpdate = R"({
  _id: {_data: '8267', _typeBits: BinData(0, 'gA==')}, operationType: 'update',
  clusterTime: Timestamp(1738328400, 7), wallTime: ISODate('2025-01-31T13:00:00.5Z'),
  fullDocument: {_id: 1, total: 9}, ns: {db: 'shop', coll: 'orders'}, documentKey: {_id: 1},
  updateDescription: {updatedFields: {total: 9}, removedFields: ['x'], truncatedArrays: []}})";

TEST(LeanEnvelope, UpdateHasEveryFieldInItsOrder) {  // R2
  EXPECT_EQ(shaped(Envelope::kLean, {kUpdate, Operation::kUpdate}),
            R"({"op":"update","ns":{"db":"shop","coll":"orders"},"documentKey":{"_id":1},)"
            R"("doc":{"_id":1,"total":9},)"
            R"("updateDesc":{"updatedFields":{"total":9},"removedFields":["x"],)"
            R"("truncatedArrays":[]},"clusterTime":{"$timestamp":{"t":1738328400,"i":7}},)"
            R"("wallTime":{"$date":"2025-01-31T13:00:00.500Z"},)"
            R"("_token":{"_data":"8267","_typeBits":{"$binary":{"base64":"gA==",)"
            R"("subType":"00"}}}})")
      << "the token is kept whole: without its _typeBits it cannot be resumed from";
}

TEST(LeanEnvelope, FieldOrderDoesNotFollowTheServers) {  // R2
  const EventRecord record(
      R"({lsid: {id: 1}, txnNumber: NumberLong(4), fullDocumentBeforeChange: {_id: 1}, _id: {_data: '82'},
          to: {db: 'shop', coll: 'new'}, operationDescription: {idIndex: 1}, updateDescription: {a: 1},
          fullDocument: {_id: 1}, documentKey: {_id: 1}, ns: {db: 'shop', coll: 'orders'},
          wallTime: ISODate('2025-01-31T13:00:00Z'), clusterTime: Timestamp(1, 1),
          operationType: 'replace'})",
      Operation::kReplace);

  EXPECT_EQ(names_of(shaped(Envelope::kLean, record)),
            "op ns documentKey doc updateDesc clusterTime wallTime fullDocumentBeforeChange to "
            "operationDescription txnNumber lsid _token");
}

TEST(LeanEnvelope, WhatAnEventLacksIsNullAndWhatIsOptionalIsAbsent) {  // R2
  const EventRecord deleted(R"({_id: {_data: '82'}, operationType: 'delete',
      clusterTime: Timestamp(1738328400, 7), ns: {db: 'shop', coll: 'orders'}, documentKey: {_id: 1}})",
                            Operation::kDelete);

  EXPECT_EQ(shaped(Envelope::kLean, deleted),
            R"({"op":"delete","ns":{"db":"shop","coll":"orders"},"documentKey":{"_id":1},)"
            R"("doc":null,"updateDesc":null,"clusterTime":{"$timestamp":{"t":1738328400,"i":7}},)"
            R"("wallTime":null,"_token":{"_data":"82"}})");
}

TEST(LeanEnvelope, EveryOperationKeepsTheServersWord) {  // R2, R10
  for (size_t i = 0; i < kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    const std::string word(operation_name(operation));
    const EventRecord record(
        "{_id: {_data: '82'}, operationType: '" + word + "', ns: {db: 'shop', coll: 'orders'}}",
        operation);

    const Result<Document> line = parse_json(shaped(Envelope::kLean, record));
    ASSERT_TRUE(line.is_ok()) << word;
    EXPECT_EQ((*line)["op"].as_string_if(), word);
  }
  const EventRecord unknown("{operationType: 'fusion', ns: {db: 'shop'}}", Operation::kOther);
  EXPECT_TRUE(shaped(Envelope::kLean, unknown).starts_with(R"({"op":"fusion","ns":{"db":"shop"},)"))
      << "an operation of a later server keeps its own word";
}

TEST(LeanEnvelope, RenameTellsWhereToAndATransactionItsNumber) {  // R2, R10
  const EventRecord renamed(
      "{_id: {_data: '82'}, operationType: 'rename', ns: {db: 'shop', coll: 'orders'}, to: {db: "
      "'shop', coll: 'old'}, txnNumber: NumberLong(7), lsid: {id: 'x'}}",
      Operation::kRename);

  const std::string line = shaped(Envelope::kLean, renamed);
  EXPECT_NE(line.find(R"("to":{"db":"shop","coll":"old"},"txnNumber":7,"lsid":{"id":"x"},)"),
            std::string::npos)
      << line;
}

TEST(LeanEnvelope, WhatAStageTookAwayIsFilledFromTheRecord) {
  const EventRecord record("{total: 1}", Operation::kInsert);

  EXPECT_TRUE(shaped(Envelope::kLean, record)
                  .starts_with(R"({"op":"insert","ns":{"db":"shop","coll":"orders"},)"));
}

TEST(LeanEnvelope, ClusterTimeIsTheRecordsNotTheStagesOne) {  // R3
  const EventRecord record("{operationType: 'insert', clusterTime: 'yesterday'}",
                           Operation::kInsert);

  EXPECT_NE(shaped(Envelope::kLean, record)
                .find(R"("clusterTime":{"$timestamp":{"t":1738328400,"i":7}})"),
            std::string::npos);
}

TEST(EventEnvelope, IsTheServersEventByteForByte) {
  const EventRecord record(kUpdate, Operation::kUpdate);
  EnvelopeWriter writer(Envelope::kEvent);

  EXPECT_EQ(writer.shape(record.get())->raw(), record.get().document.raw());
}

TEST(DocumentEnvelope, IsTheFullDocument) {
  EXPECT_EQ(shaped(Envelope::kDocument, {kUpdate, Operation::kUpdate}), R"({"_id":1,"total":9})");
}

TEST(DocumentEnvelope, DeleteIsATombstoneWithTheWholeKey) {  // R2
  const EventRecord deleted("{operationType: 'delete', documentKey: {region: 'eu', _id: 1}}",
                            Operation::kDelete);

  EXPECT_EQ(shaped(Envelope::kDocument, deleted),
            R"({"region":"eu","_id":1,"_deleted":true,)"
            R"("_clusterTime":{"$timestamp":{"t":1738328400,"i":7}}})");
}

TEST(DocumentEnvelope, EventWithoutADocumentGivesNothing) {
  for (const char* const event :
       {"{operationType: 'drop'}", "{operationType: 'update', fullDocument: null}",
        "{operationType: 'invalidate', fullDocument: 3}"}) {
    EXPECT_EQ(shaped(Envelope::kDocument, {event, Operation::kUpdate}), "(nothing)") << event;
  }
}

TEST(Envelope, DocumentOfACopyAlonePassesAsItIs) {  // R21
  for (const Envelope envelope : {Envelope::kLean, Envelope::kEvent, Envelope::kDocument}) {
    EXPECT_EQ(shaped(envelope, {"{_id: 1, op: 'insert'}", Operation::kRead, false}),
              R"({"_id":1,"op":"insert"})");
  }
}

TEST(Envelope, ResultDoesNotGrowFromRecordToRecord) {
  EnvelopeWriter writer(Envelope::kLean);
  const EventRecord record(kUpdate, Operation::kUpdate);

  const std::string first(writer.shape(record.get())->raw());
  EXPECT_EQ(writer.shape(record.get())->raw(), first);
}

TEST(Envelope, NamesRoundTrip) {
  for (const Envelope envelope : {Envelope::kLean, Envelope::kEvent, Envelope::kDocument})
    EXPECT_EQ(envelope_from_name(envelope_name(envelope)), envelope);
  EXPECT_EQ(envelope_from_name("Lean"), std::nullopt);
}

}  // namespace
}  // namespace inlet
