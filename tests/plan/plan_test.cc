// Aim: a pipeline that is wrong is refused before anything outside is touched, by stage, option and
// nearest name; and a stored position stays good for as long as the same records come.

#include "plan/plan.h"

#include <gtest/gtest.h>

#include <set>

#include "bson/json_parser.h"

namespace inlet {
namespace {

PlanContext context() {
  static FakeClock clock;
  PlanContext out;
  out.connections = {{"from", "mongodb://user:secret@db.example/"}, {"to", "/tmp/a-lake"}};
  out.processor_name = "test";
  out.verify_may_write = [] { return Status::ok(); };
  out.clock = &clock;
  return out;
}

Result<Plan> plan(std::string_view pipeline) {
  const Result<ParsedJson> parsed = parse_json_value(pipeline);
  EXPECT_TRUE(parsed.is_ok()) << pipeline << ": " << parsed.status().to_string();
  return build_plan(parsed->value().as_document(), context());
}

const std::string kSource = "{connectionName: 'from', db: 'shop'";

/// A pipeline whose $source and $emit have these further options.
std::string pipeline(const std::string& source = "", const std::string& emit = "") {
  return "[{$source: " + kSource + source + "}}, {$emit: {connectionName: 'to'" + emit + "}}]";
}

std::string fingerprint(const std::string& text) {
  const Result<Plan> made = plan(text);
  EXPECT_TRUE(made.is_ok()) << text << ": " << made.status().to_string();
  return made.is_ok() ? made->fingerprint : "";
}

TEST(Plan, OfASourceAndALakeIsMade) {  // R50
  const Result<Plan> made = plan(pipeline());
  ASSERT_TRUE(made.is_ok()) << made.status().to_string();

  EXPECT_EQ(made->fingerprint.size(), 16U);
  EXPECT_EQ(made->epoch.interval, std::chrono::seconds(10));
  EXPECT_FALSE(made->finished_means_start_over);
  EXPECT_TRUE(made->make_operators()->empty());
  EXPECT_TRUE(made->make_sink().is_ok());
}

TEST(Plan, WithoutASinkPrints) {
  const Result<Plan> made = plan("[{$source: " + kSource + "}}]");

  ASSERT_TRUE(made.is_ok()) << made.status().to_string();
  EXPECT_EQ(made->epoch.interval, std::chrono::seconds(1));
}

TEST(Plan, OfACopyAloneStartsOverWhenItHasFinished) {  // R20
  EXPECT_TRUE(
      plan(pipeline(", initialSync: {enable: true, only: true}"))->finished_means_start_over);
  EXPECT_FALSE(plan(pipeline(", initialSync: {enable: true}"))->finished_means_start_over);
}

TEST(Plan, FlushBoundsAreTheEpochs) {  // R5
  const Result<Plan> made = plan(
      pipeline("", ", config: {writeOptions: {interval: '300ms', count: 500, bytes: '8MiB'}}"));
  ASSERT_TRUE(made.is_ok()) << made.status().to_string();

  EXPECT_EQ(made->epoch.interval, std::chrono::milliseconds(300));
  EXPECT_EQ(made->epoch.records, 500U);
  EXPECT_EQ(made->epoch.bytes, 8U * 1024 * 1024);
}

struct Refusal {
  std::string pipeline;
  std::vector<std::string> says;  ///< Parts of the message: stage, option, hint.
};

TEST(Plan, RefusalNamesTheStageTheOptionAndTheNearestName) {
  const std::vector<Refusal> refusals{
      {"[]", {"a pipeline begins with $source"}},
      {"[{$emit: {connectionName: 'to'}}]", {"a pipeline begins with $source"}},
      {"[3]", {"a stage must be a document", "position=0"}},
      {"[{}]", {"one field, its name", "position=0"}},
      {"[{$source: {}, $emit: {}}]", {"one field, its name", "second=$emit"}},
      {"[{$source: 'from'}]", {"options must be a document", "stage=$source"}},
      {"[{$source: {db: 'shop'}}]", {"option is missing", "option=connectionName"}},
      {"[{$source: {connectionName: 'form'}}]",
       {"unknown connection", "stage=$source", "did you mean 'from'?"}},
      {"[{$source: " + kSource + "}}, {$emitt: {}}]",
       {"unknown stage", "stage=$emitt", "position=1", "did you mean '$emit'?"}},
      {"[{$source: " + kSource + "}}, {$emit: {connectionName: 'to'}}, {$emit: {}}]",
       {"wrong place", "stage=$emit", "position=1"}},
      {"[{$source: " + kSource + "}}, {$source: " + kSource + "}}]",
       {"wrong place", "stage=$source"}},
      {pipeline(", colls: ['a']"), {"unknown option", "option=colls", "did you mean 'coll'?"}},
      {pipeline(", coll: [1]"), {"wrong type", "option=coll", "stage=$source"}},
      {pipeline(", config: {fullDocument: 'updateLookUps'}"),
       {"unknown value", "stage=$source.config", "did you mean 'updateLookup'?"}},
      {pipeline(", config: {startAt: 'tomorrow'}"), {"not a moment in time"}},
      {pipeline(", config: {startAt: '{a: 1}'}"), {"_data", "option=startAt"}},
      {pipeline(", config: {parallelism: 0}"), {"out of range", "minimum=1", "maximum=64"}},
      {pipeline(", initialSync: {enable: false, only: true}"),
       {"must have the copy enabled", "stage=$source.initialSync"}},
      {pipeline("", ", path: '{colection}/{hour}'"),
       {"unknown token", "stage=$emit", "option=path", "did you mean 'collection'?"}},
      {pipeline("", ", config: {envelope: 'fat'}"), {"option=envelope", "lean, event, document"}},
      {pipeline("", ", config: {format: 'xml'}"), {"option=format", "ndjson"}},
      {pipeline("", ", config: {compression: 'zstd', compressionLevel: 22.5}"),
       {"option=compressionLevel", "a whole number"}},
      {pipeline("", ", config: {writeOptions: {interval: '0'}}"),
       {"longer than nothing", "stage=$emit.config.writeOptions"}},
      {pipeline("", ", config: {writeOptions: {interval: NumberLong('9223372036854775807')}}"),
       {"option=interval", "too long"}},
      {pipeline("", ", config: {sealGrace: -5}"), {"option=sealGrace"}},
      {pipeline("", ", config: {memoryBudget: -1}"), {"option=memoryBudget"}},
  };
  for (const Refusal& refusal : refusals) {
    const Result<Plan> made = plan(refusal.pipeline);
    ASSERT_FALSE(made.is_ok()) << refusal.pipeline;
    EXPECT_EQ(made.error().code(), Code::kInvalidArgument) << refusal.pipeline;
    const std::string text = made.error().to_string();
    for (const std::string& part : refusal.says)
      EXPECT_NE(text.find(part), std::string::npos) << part << "\nin " << text;
  }
}

TEST(Plan, RefusalHoldsNoSecretOfItsConnections) {
  const Result<Plan> made = plan(pipeline(", coll: 3"));

  ASSERT_FALSE(made.is_ok());
  EXPECT_EQ(made.error().to_string().find("secret"), std::string::npos);
}

TEST(Plan, CopiesOfSeveralCollectionsMayNotShareAFolder) {  // R20
  const std::string copy = ", initialSync: {enable: true, only: true}";
  EXPECT_FALSE(plan(pipeline(copy, ", path: 'all/{hour}/'")).is_ok());
  EXPECT_FALSE(plan(pipeline(copy + ", coll: 'order*'", ", path: 'all/{hour}/'")).is_ok());
  EXPECT_FALSE(plan("[{$source: {connectionName: 'from'" + copy +
                    "}}, {$emit: {connectionName: 'to', path: '{collection}/{hour}'}}]")
                   .is_ok());

  EXPECT_TRUE(plan(pipeline(copy + ", coll: 'orders'", ", path: 'all/{hour}/'")).is_ok());
  EXPECT_TRUE(plan(pipeline("", ", path: 'all/{hour}/'")).is_ok()) << "changes carry their ns";
}

TEST(PlanFingerprint, ChangesWithWhatDecidesWhichRecordsCome) {
  std::set<std::string> seen;
  const std::vector<std::string> pipelines{
      pipeline(),
      pipeline(", coll: ['a', 'b']"),
      pipeline(", coll: ['a']"),
      pipeline(", exclude: ['a']"),
      pipeline(", initialSync: {enable: true}"),
      pipeline(", initialSync: {enable: true, only: true}"),
      pipeline(", initialSync: {enable: true, query: {a: 1}}"),
      pipeline(", config: {pipeline: [{$match: {a: 1}}]}"),
      pipeline(", config: {fullDocument: 'updateLookup'}"),
      pipeline(", config: {fullDocumentBeforeChange: 'required'}"),
      pipeline(", config: {showExpandedEvents: true}"),
      pipeline(", config: {includeSystem: true}"),
      "[{$source: {connectionName: 'from', db: 'other'}}, {$emit: {connectionName: 'to'}}]",
  };
  for (const std::string& text : pipelines)
    EXPECT_TRUE(seen.insert(fingerprint(text)).second) << text;
}

TEST(PlanFingerprint, StaysWhenOnlyTheSpeedOrTheFilesChange) {
  const std::string same = fingerprint(pipeline(", initialSync: {enable: true}"));
  for (const std::string& text : {
           pipeline(", initialSync: {enable: true, parallelism: 9}"),
           pipeline(", initialSync: {enable: true, maxDocsPerSecond: 10}"),
           pipeline(", initialSync: {enable: true, maxBytesPerSecond: '1MiB'}"),
           pipeline(", initialSync: {enable: true}, config: {parallelism: 4}"),
           pipeline(", initialSync: {enable: true}, config: {lookups: 'server'}"),
           pipeline(", initialSync: {enable: true}, config: {readPreference: 'secondary'}"),
           pipeline(", initialSync: {enable: true}, config: {untilCaughtUp: true}"),
           pipeline(", initialSync: {enable: true}, config: {onHistoryLost: 'resync'}"),
           pipeline(", initialSync: {enable: true}", ", config: {compression: 'zstd'}"),
           pipeline(", initialSync: {enable: true}", ", config: {writeOptions: {interval: '1s'}}"),
       })
    EXPECT_EQ(fingerprint(text), same) << text;
}

}  // namespace
}  // namespace inlet
