// Aim: what a stage does to a batch besides its documents: order, books, notices and positions
// stay, and a record knows whether it still is an event.

#include <gtest/gtest.h>

#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "stage/match.h"
#include "stage/project.h"
#include "stage/replace_root.h"
#include "stage/reshape.h"
#include "stage/set.h"

namespace inlet {
namespace {

Document json(std::string_view text) {
  const Result<Document> parsed = parse_json(text);
  EXPECT_TRUE(parsed.is_ok()) << text << ": " << parsed.status().to_string();
  return parsed.is_ok() ? *parsed : Document();
}

std::unique_ptr<Operator> made(Result<std::unique_ptr<Operator>> (*make)(const Value&),
                               std::string_view options) {
  const Result<ParsedJson> parsed = parse_json_value(options);
  EXPECT_TRUE(parsed.is_ok()) << options;
  Result<std::unique_ptr<Operator>> op = make(parsed->value());
  EXPECT_TRUE(op.is_ok()) << op.status().to_string();
  return *std::move(op);
}

const Namespace kOrders{"shop", "orders"};

Batch events(std::initializer_list<std::string_view> documents) {
  Batch batch;
  for (const std::string_view text : documents) {
    const Document document = json(text);
    const DocumentView view = document;
    Record record;
    record.document = DocumentView(batch.arena.copy(view.data(), view.size()));
    record.ns = &kOrders;
    record.is_event = true;
    batch.document_bytes += view.size();
    batch.records.push_back(record);
  }
  return batch;
}

size_t bytes_of(const Batch& batch) {
  size_t bytes = 0;
  for (const Record& record : batch.records) bytes += record.document.size();
  return bytes;
}

TEST(Match, DropsRecordsAndKeepsNoticesPositionsAndWatermark) {
  Batch batch = events({"{operationType: 'insert', fullDocument: {status: 'paid'}}",
                        "{operationType: 'insert', fullDocument: {status: 'open'}}",
                        "{operationType: 'delete'}"});
  batch.notices.push_back({.kind = Notice::Kind::kCollectionCopied, .ns = &kOrders, .records = 3});
  batch.positions.push_back({.lane = "changes/0"});
  batch.watermark_lane = "changes/0";

  const Status status = made(make_match, "{'fullDocument.status': 'paid'}")->process(batch);

  ASSERT_TRUE(status.is_ok());
  ASSERT_EQ(batch.records.size(), 1U);
  EXPECT_EQ(to_json(batch.records[0].document),
            R"({"operationType":"insert","fullDocument":{"status":"paid"}})");
  EXPECT_EQ(batch.document_bytes, bytes_of(batch));
  EXPECT_EQ(batch.notices.size(), 1U);
  EXPECT_EQ(batch.positions.size(), 1U);
  EXPECT_EQ(batch.watermark_lane, "changes/0");
}

TEST(Reshape, RecordStaysAnEventWhileItHasAnOperationType) {
  Batch kept = events({"{operationType: 'insert', fullDocument: {a: 1, secret: 2}}"});
  Batch taken = events({"{operationType: 'insert', fullDocument: {a: 1}}"});

  ASSERT_TRUE(made(make_project, "{'fullDocument.secret': 0}")->process(kept).is_ok());
  ASSERT_TRUE(made(make_project, "{a: '$fullDocument.a'}")->process(taken).is_ok());

  EXPECT_TRUE(kept.records[0].is_event);
  EXPECT_EQ(kept.document_bytes, bytes_of(kept));
  EXPECT_FALSE(taken.records[0].is_event);
  EXPECT_EQ(to_json(taken.records[0].document), R"({"a":1})");
}

TEST(ReplaceRoot, ResultIsNoEventWhateverItsFieldsAreCalled) {
  Batch batch = events({"{operationType: 'insert', fullDocument: {operationType: 'audit'}}"});

  ASSERT_TRUE(made(make_replace_root, "{newRoot: '$fullDocument'}")->process(batch).is_ok());

  EXPECT_FALSE(batch.records[0].is_event);
  EXPECT_EQ(to_json(batch.records[0].document), R"({"operationType":"audit"})");
  EXPECT_EQ(batch.document_bytes, bytes_of(batch));
}

TEST(ReplaceRoot, ConstantOutlivesTheOperator) {
  Batch batch = events({"{a: 1}"});
  made(make_replace_with, "{$literal: {b: 'a text that needs memory of its own'}}")
      ->process(batch)
      .is_ok();

  EXPECT_EQ(to_json(batch.records[0].document), R"({"b":"a text that needs memory of its own"})");
}

TEST(ReplaceRoot, RecordWithoutOneFailsWithStageAndNamespace) {
  Batch batch = events({"{operationType: 'delete'}"});

  const Status status = made(make_replace_with, "'$fullDocument'")->process(batch);

  EXPECT_EQ(status.to_string(),
            "bad_document: the new root is not a document (stage=$replaceWith, ns=shop.orders); "
            "hint: let a $match before it pass only records that have one");
}

TEST(Reshape, DocumentThatGrowsPastTheServersBoundIsABadDocument) {
  DocumentBuilder builder;
  builder.append_string("text", std::string(9U << 20, 'x'));
  Batch batch;
  Record record;
  record.document = builder.finish_into(batch.arena);
  batch.document_bytes = record.document.size();
  batch.records.push_back(record);

  const Status status = made(make_set, "{copy: '$text'}")->process(batch);

  EXPECT_EQ(status.code(), Code::kBadDocument);
  EXPECT_EQ(batch.document_bytes, bytes_of(batch));
}

}  // namespace
}  // namespace inlet
