// Aim: the command opens the stream that was asked for, where it was left, and depends on nothing
// that could make a stored token useless.

#include "source/mongo/change_stream_command.h"

#include <gtest/gtest.h>

#include "bson/json_parser.h"
#include "bson/json_writer.h"

namespace inlet {
namespace {

using Options = MongoSourceOptions;

struct Stream {
  Options options;
  Deployment deployment;
  StreamShare share;
  StreamPosition position;

  Stream() { position.time = {10, 2}; }
  ChangeStreamCommand command() const {
    return change_stream_command(options, NamespaceFilter(options.scope), deployment, share,
                                 position);
  }
  std::string text() const { return to_json(command().command); }
};

TEST(ChangeStreamCommand, ClusterDatabaseAndCollectionAreWatchedWhereTheyAre) {  // R1
  Stream stream;
  EXPECT_EQ(stream.command().db, "admin");
  EXPECT_EQ(stream.text(), R"({"aggregate":1,"pipeline":[{"$changeStream":{"startAtOperationTime":)"
                           R"({"$timestamp":{"t":10,"i":2}},"allChangesForCluster":true}}],)"
                           R"("cursor":{"batchSize":0}})");

  stream.options.scope.db = "shop";
  EXPECT_EQ(stream.command().db, "shop");
  EXPECT_EQ(stream.text(), R"({"aggregate":1,"pipeline":[{"$changeStream":{"startAtOperationTime":)"
                           R"({"$timestamp":{"t":10,"i":2}}}}],"cursor":{"batchSize":0}})");

  stream.options.scope.collections = {"orders"};
  EXPECT_TRUE(stream.text().starts_with(R"({"aggregate":"orders",)")) << stream.text();
}

TEST(ChangeStreamCommand, TokenIsHandedOverWholeAndPassesAnInvalidate) {  // R6, R10
  Stream stream;
  stream.position.token = *parse_json("{_data: '82', _typeBits: BinData(0, 'gA==')}");
  EXPECT_NE(
      stream.text().find(R"("resumeAfter":{"_data":"82","_typeBits":{"$binary":{"base64":"gA==",)"),
      std::string::npos)
      << stream.text();
  EXPECT_EQ(stream.text().find("startAtOperationTime"), std::string::npos);

  stream.position.after_event = true;
  EXPECT_NE(stream.text().find(R"("startAfter":{"_data":"82")"), std::string::npos);
}

TEST(ChangeStreamCommand, ServerLooksUpOnlyWhereItIsAskedTo) {  // R1
  Stream stream;
  stream.options.full_document = Options::FullDocument::kUpdateLookup;
  stream.options.look_up = Options::LookUp::kBatched;
  EXPECT_EQ(stream.text().find("fullDocument"), std::string::npos);

  stream.options.look_up = Options::LookUp::kServer;
  EXPECT_NE(stream.text().find(R"("fullDocument":"updateLookup")"), std::string::npos);
  stream.options.full_document = Options::FullDocument::kRequired;
  EXPECT_NE(stream.text().find(R"("fullDocument":"required")"), std::string::npos);
  stream.options.full_document_before_change = Options::BeforeChange::kWhenAvailable;
  EXPECT_NE(stream.text().find(R"("fullDocumentBeforeChange":"whenAvailable")"), std::string::npos);
}

TEST(ChangeStreamCommand, PipelineIsScopeThenShareThenUserThenSplit) {  // R13
  Stream stream;
  stream.options.scope.db = "shop";
  stream.options.scope.exclude = {"tmp"};
  const Result<ParsedJson> user = parse_json_value("[{$match: {a: 1}}, {$project: {b: 0}}]");
  stream.options.pipeline = Document(user->value().as_document());
  stream.share = {.index = 2, .count = 4, .split = StreamSplit::kByKey};
  stream.deployment.wire_version = 21;  // 7.0

  std::vector<std::string> stages;
  const Document command = stream.command().command;
  for (const Element& stage : command["pipeline"].as_document())
    stages.push_back(to_json(stage.value.as_document()));
  ASSERT_EQ(stages.size(), 6U);
  EXPECT_TRUE(stages[0].starts_with(R"({"$changeStream":)"));
  EXPECT_TRUE(stages[1].starts_with(R"({"$match":{"$or":[{"ns.coll":)"));
  EXPECT_EQ(stages[2],
            R"({"$match":{"$expr":{"$eq":[{"$cond":[{"$eq":[{"$type":"$documentKey"},"object"]},)"
            R"({"$abs":{"$mod":[{"$toHashedIndexKey":"$documentKey._id"},4]}},0]},2]}}})");
  EXPECT_EQ(stages[3], R"({"$match":{"a":1}})");
  EXPECT_EQ(stages[4], R"({"$project":{"b":0}})");
  EXPECT_EQ(stages[5], R"({"$changeStreamSplitLargeEvent":{}})");
}

TEST(ChangeStreamCommand, SharesByCollectionHashTheNamespace) {
  Stream stream;
  stream.share = {.index = 0, .count = 2, .split = StreamSplit::kByCollection};

  EXPECT_NE(stream.text().find(R"({"$toHashedIndexKey":"$ns"})"), std::string::npos);
}

TEST(ChangeStreamCommand, PositionChangesNothingElse) {  // R6: a token is good for its pipeline
  Stream first;
  first.options.scope.exclude = {"tmp"};
  Stream second = first;
  second.position.token = *parse_json("{_data: '82'}");

  const Document a = first.command().command;
  const Document b = second.command().command;
  auto stage_a = a["pipeline"].as_document().begin();
  auto stage_b = b["pipeline"].as_document().begin();
  EXPECT_NE(stage_a->raw(), stage_b->raw());
  EXPECT_EQ((++stage_a)->raw(), (++stage_b)->raw());
}

}  // namespace
}  // namespace inlet
