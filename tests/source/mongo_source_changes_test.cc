// Change streams against a real mongod: every event once and in order, whatever happens meanwhile.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "testing/mongod.h"
#include "testing/source_run.h"

namespace inlet::testing {
namespace {

using Names = std::vector<std::string>;

/// Follows from a start point taken now, before the test writes.
MongoSourceOptions changes_options(Mongod& mongod, const std::string& db) {
  MongoSourceOptions options = test_options(db);
  options.copy = false;
  options.until_caught_up = true;
  options.start_at.kind = StartPoint::Kind::kOperationTime;
  const Document ping = mongod.must("admin", "{ping: 1}");
  options.start_at.time = ClusterTime::from_bson(ping["operationTime"].as_timestamp());
  ++options.start_at.time.increment;
  return options;
}

std::string number(int value) {
  return std::to_string(value);
}

std::vector<std::string> tokens_of(const std::vector<const Record*>& records) {
  std::vector<std::string> tokens;
  for (const Record* record : records)
    tokens.push_back(to_json(record->document["_id"].as_document()));
  return tokens;
}

Value full_document(const Record& record) {
  return record.document["fullDocument"];
}

/// Forty events of several kinds in two collections, some of them on the same document.
void write_forty_events(Mongod& mongod, const std::string& db) {
  for (int i = 0; i < 10; ++i) {
    mongod.must(db, "{insert: 'a', documents: [{_id: NumberLong(" + number(i) + "), v: 0}]}");
    mongod.must(db, "{update: 'a', updates: [{q: {_id: " + number(i) + "}, u: {$set: {v: 1}}}]}");
    mongod.must(db, "{insert: 'b', documents: [{_id: 'b" + number(i) + "'}]}");
    mongod.must(db, "{delete: 'b', deletes: [{q: {_id: 'b" + number(i) + "'}, limit: 1}]}");
  }
}

TEST(MongoSourceChanges, EveryEventTypeArrivesInOrder) {  // R10
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "changes_types";
  const MongoSourceOptions options = changes_options(*mongod, db);
  mongod->must(db, "{create: 'c'}");
  mongod->must(db, "{insert: 'c', documents: [{_id: 1, v: 0}]}");
  mongod->must(db, "{update: 'c', updates: [{q: {_id: 1}, u: {$set: {v: 1}}}]}");
  mongod->must(db, "{update: 'c', updates: [{q: {_id: 1}, u: {_id: 1, w: 2}}]}");
  mongod->must(db, "{delete: 'c', deletes: [{q: {_id: 1}, limit: 1}]}");
  mongod->must(db, "{createIndexes: 'c', indexes: [{key: {v: 1}, name: 'v_1'}]}");
  mongod->must(db, "{collMod: 'c', index: {keyPattern: {v: 1}, hidden: true}}");
  mongod->must(db, "{dropIndexes: 'c', index: 'v_1'}");
  mongod->must("admin", "{renameCollection: '" + db + ".c', to: '" + db + ".d'}");
  mongod->must(db, "{drop: 'd'}");
  mongod->must(db, "{create: 'e'}");
  mongod->must(db, "{dropDatabase: 1}");
  mongod->must(db, "{insert: 'after', documents: [{_id: 9}]}");
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  const Status end = run.finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  const Names expected = {"create",       "insert",        "update", "replace",
                          "delete",       "createIndexes", "modify", "dropIndexes",
                          "rename",       "drop",          "create", "drop",
                          "dropDatabase", "invalidate",    "create", "insert"};
  EXPECT_EQ(run.operations(), expected);
  for (const Record* record : run.records()) EXPECT_TRUE(record->is_event);
}

TEST(MongoSourceChanges, RestartAfterAnyBatchGivesEachEventOnce) {  // R6
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "changes_restart";
  MongoSourceOptions options = changes_options(*mongod, db);
  options.batch_records = 3;
  write_forty_events(*mongod, db);
  SourceRun whole(*mongod, options);
  ASSERT_TRUE(whole.start().is_ok());
  ASSERT_TRUE(whole.finish().is_ok());
  const Names expected = tokens_of(whole.records());
  ASSERT_EQ(expected.size(), 42U);  // With the two creations.

  for (size_t cut = 1; cut <= whole.batches().size(); ++cut) {
    SourceRun first(*mongod, options);
    ASSERT_TRUE(first.start().is_ok());
    first.take_until([&] { return first.batches().size() >= cut; });
    first.stop();
    SourceRun second(*mongod, options, first.positions());
    ASSERT_TRUE(second.start().is_ok());
    ASSERT_TRUE(second.finish().is_ok());

    Names tokens = tokens_of(first.records());
    for (const std::string& token : tokens_of(second.records())) tokens.push_back(token);
    EXPECT_EQ(tokens, expected) << "cut=" << cut;
  }
}

TEST(MongoSourceChanges, OneCollectionIsFollowedThroughDropRenameAndInvalidate) {  // R10
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "changes_invalidate";
  MongoSourceOptions options = changes_options(*mongod, db);
  options.scope.collections = {"c"};
  options.show_expanded_events = false;
  for (int round = 0; round < 3; ++round) {
    mongod->must(db, "{insert: 'c', documents: [{_id: " + number(round) + "}]}");
    mongod->must(db, "{drop: 'c'}");
    mongod->must(db, "{insert: 'c', documents: [{_id: " + number(round) + "}]}");
    mongod->must("admin",
                 "{renameCollection: '" + db + ".c', to: '" + db + ".old" + number(round) + "'}");
  }
  mongod->must(db, "{insert: 'c', documents: [{_id: 'last'}]}");
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  const Status end = run.finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  Names expected;
  for (int round = 0; round < 3; ++round) {
    for (const char* name : {"insert", "drop", "invalidate", "insert", "rename", "invalidate"})
      expected.push_back(name);
  }
  expected.push_back("insert");
  EXPECT_EQ(run.operations(), expected);
}

TEST(MongoSourceChanges, RestartBehindAnInvalidateGoesOn) {  // R10
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "changes_after_invalidate";
  MongoSourceOptions options = changes_options(*mongod, db);
  options.scope.collections = {"c"};
  options.show_expanded_events = false;
  options.batch_records = 1;
  mongod->must(db, "{insert: 'c', documents: [{_id: 1}]}");
  mongod->must(db, "{drop: 'c'}");
  SourceRun first(*mongod, options);
  ASSERT_TRUE(first.start().is_ok());
  ASSERT_TRUE(first.take_until([&] { return first.record_count() == 3; }));
  first.stop();
  mongod->must(db, "{insert: 'c', documents: [{_id: 2}]}");

  SourceRun second(*mongod, options, first.positions());
  ASSERT_TRUE(second.start().is_ok());
  const Status end = second.finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  EXPECT_EQ(first.operations(), (Names{"insert", "drop", "invalidate"}));
  EXPECT_EQ(second.operations(), (Names{"insert"}));
}

TEST(MongoSourceChanges, ScopesOfSeveralCollectionsAndOfTheClusterSeeTheirOwn) {  // R1
  INLET_REQUIRE_MONGOD(mongod);
  MongoSourceOptions options = changes_options(*mongod, "changes_scope");
  options.show_expanded_events = false;
  for (const char* name : {"orders", "orders_eu", "customers", "noise"}) {
    mongod->must("changes_scope", std::string("{insert: '") + name + "', documents: [{_id: 1}]}");
  }
  mongod->must("changes_scope_other", "{insert: 'orders', documents: [{_id: 1}]}");
  const auto namespaces_of = [&](const NamespaceScope& scope) {
    MongoSourceOptions scoped = options;
    scoped.scope = scope;
    SourceRun run(*mongod, scoped);
    EXPECT_TRUE(run.start().is_ok());
    EXPECT_TRUE(run.finish().is_ok());
    std::set<std::string> seen;
    for (const Record* record : run.records()) seen.insert(record->ns->full());
    return seen;
  };

  const auto globs =
      namespaces_of({.db = "changes_scope", .collections = {"orders*", "changes_scope.cust*"}});
  const auto without =
      namespaces_of({.db = "changes_scope", .collections = {}, .exclude = {"noise", "*_eu"}});
  const auto cluster = namespaces_of({.db = "", .collections = {"changes_scope*.orders"}});

  EXPECT_EQ(globs, (std::set<std::string>{"changes_scope.customers", "changes_scope.orders",
                                          "changes_scope.orders_eu"}));
  EXPECT_EQ(without, (std::set<std::string>{"changes_scope.customers", "changes_scope.orders"}));
  EXPECT_EQ(cluster, (std::set<std::string>{"changes_scope.orders", "changes_scope_other.orders"}));
}

TEST(MongoSourceChanges, IdlePositionAdvancesWithABusyNeighbour) {  // R11
  INLET_REQUIRE_MONGOD(mongod);
  MongoSourceOptions options = changes_options(*mongod, "changes_idle");
  options.scope.collections = {"quiet"};
  options.until_caught_up = false;
  SourceRun run(*mongod, options);
  ASSERT_TRUE(run.start().is_ok());
  const auto time_of = [&] {
    const auto lane = run.positions().find("changes/0");
    return lane == run.positions().end()
               ? ClusterTime{}
               : ClusterTime::from_bson(lane->second["time"].as_timestamp());
  };
  ASSERT_TRUE(run.take_until([&] { return !time_of().is_zero(); }));
  const ClusterTime before = time_of();

  mongod->insert_numbers("changes_idle", "busy", 0, 10);
  ASSERT_TRUE(run.take_until([&] { return time_of() > before; }));

  EXPECT_EQ(run.record_count(), 0U);
  EXPECT_GE(run.batches().back().watermark, before);
  run.stop();
  EXPECT_EQ(run.finish().code(), Code::kCancelled);
}

TEST(MongoSourceChanges, RestartsOfTheServerAreRiddenOut) {  // R67
  if (Mongod::binary().empty()) GTEST_SKIP() << "no mongod: set INLET_MONGOD to the server's path";
  auto mongod = Mongod::start();
  ASSERT_TRUE(mongod.is_ok()) << mongod.status().to_string();
  MongoSourceOptions options = changes_options(**mongod, "changes_kill");
  options.until_caught_up = false;
  options.batch_records = 50;
  SourceRun run(**mongod, options);
  ASSERT_TRUE(run.start().is_ok());
  const auto inserted = [&] { return std::ranges::count(run.operations(), "insert"); };

  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) {
      (*mongod)->must("changes_kill", "{insert: 'c', documents: [{_id: " + number(round * 20 + i) +
                                          "}], writeConcern: {w: 'majority', j: true}}");
    }
    (*mongod)->kill_hard();
    ASSERT_TRUE((*mongod)->restart().is_ok());
    ASSERT_TRUE(run.take_until([&] { return inserted() >= (round + 1) * 20; }));
  }

  const Names tokens = tokens_of(run.records());
  EXPECT_EQ(inserted(), 60);
  EXPECT_EQ(std::set<std::string>(tokens.begin(), tokens.end()).size(), tokens.size());
  EXPECT_GT(run.source().progress().reconnects, 0U);
}

TEST(MongoSourceChanges, StepDownIsRiddenOut) {
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "changes_election";
  MongoSourceOptions options = changes_options(*mongod, db);
  options.until_caught_up = false;
  SourceRun run(*mongod, options);
  ASSERT_TRUE(run.start().is_ok());
  mongod->must(db, "{insert: 'c', documents: [{_id: 1}]}");
  ASSERT_TRUE(run.take_until([&] { return std::ranges::count(run.operations(), "insert") == 1; }));

  mongod->must("admin", "{replSetStepDown: 1, force: true}");
  mongod->must(db, "{insert: 'c', documents: [{_id: 2}]}");

  EXPECT_TRUE(run.take_until([&] { return std::ranges::count(run.operations(), "insert") == 2; }));
}

/// A server whose oplog of 1 MB has lost `start`: the first entries have been pushed out.
std::unique_ptr<Mongod> mongod_with_rolled_oplog(const std::string& db,
                                                 MongoSourceOptions& options) {
  auto mongod =
      Mongod::start({.replica_set = true, .arguments = {"--oplogSize", "1", "--syncdelay", "1"}});
  if (!mongod.is_ok()) return nullptr;
  options = changes_options(**mongod, db);
  const uint32_t start = options.start_at.time.seconds;
  for (int round = 0; round < 200; ++round) {
    (*mongod)->must(db, "{delete: 'filling', deletes: [{q: {}, limit: 0}]}");
    (*mongod)->insert_numbers(db, "filling", 0, 50, 50000);
    (*mongod)->must("admin", "{fsync: 1}");  // The oplog is cut up to the last checkpoint only.
    const Document first =
        (*mongod)->must("local", "{find: 'oplog.rs', sort: {$natural: 1}, limit: 1}");
    const Document entry(
        first.view().at_path("cursor.firstBatch").as_document()["0"].as_document());
    if (ClusterTime::from_bson(entry["ts"].as_timestamp()) > ClusterTime{start, UINT32_MAX})
      return *std::move(mongod);
  }
  return nullptr;
}

TEST(MongoSourceChanges, PositionOutsideTheOplogStopsWithTheCode) {  // R12
  if (Mongod::binary().empty()) GTEST_SKIP() << "no mongod: set INLET_MONGOD to the server's path";
  MongoSourceOptions options;
  const auto mongod = mongod_with_rolled_oplog("changes_lost", options);
  ASSERT_NE(mongod, nullptr);
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  const Status end = run.finish();

  EXPECT_EQ(end.code(), Code::kResumePointLost) << end.to_string();
  EXPECT_NE(end.hint().find("resync"), std::string_view::npos);
}

TEST(MongoSourceChanges, PositionOutsideTheOplogIsAnsweredByANewCopyOnRequest) {  // R12
  if (Mongod::binary().empty()) GTEST_SKIP() << "no mongod: set INLET_MONGOD to the server's path";
  MongoSourceOptions options;
  const auto mongod = mongod_with_rolled_oplog("changes_resync", options);
  ASSERT_NE(mongod, nullptr);
  options.on_history_lost = MongoSourceOptions::OnHistoryLost::kResync;
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  const Status end = run.finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  ASSERT_EQ(run.notices().size(), 2U);
  EXPECT_EQ(run.notices()[0]->kind, Notice::Kind::kHistoryLost);
  EXPECT_EQ(run.notices()[0]->gap_from, options.start_at.time);
  EXPECT_GT(run.notices()[0]->gap_to, run.notices()[0]->gap_from);
  EXPECT_EQ(run.notices()[1]->kind, Notice::Kind::kCollectionCopied);
  EXPECT_EQ(run.notices()[1]->records, 50U);
  EXPECT_EQ(fold(run.records()).size(), 50U);
}

TEST(MongoSourceChanges, BrokenTokenEndsAfterAFewTries) {
  INLET_REQUIRE_MONGOD(mongod);
  MongoSourceOptions options = changes_options(*mongod, "changes_token");
  options.start_at.kind = StartPoint::Kind::kToken;
  options.start_at.token = *parse_json("{_data: '8200'}");
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  const Status end = run.finish();

  EXPECT_FALSE(end.is_ok());
  EXPECT_EQ(end.code(), Code::kInvalidArgument) << end.to_string();
}

TEST(MongoSourceChanges, UserPipelineIsRunByTheServer) {
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "changes_pipeline";
  MongoSourceOptions options = changes_options(*mongod, db);
  options.pipeline =
      Document(parse_json_value("[{$match: {operationType: 'delete'}}]")->value().as_document());
  write_forty_events(*mongod, db);
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.finish().is_ok());

  EXPECT_EQ(run.operations(), Names(10, "delete"));
}

TEST(MongoSourceChanges, StreamsSideBySideShareTheEventsByKey) {  // R7
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "changes_parallel";
  MongoSourceOptions options = changes_options(*mongod, db);
  options.streams = 3;
  write_forty_events(*mongod, db);
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.finish().is_ok());

  const Names tokens = tokens_of(run.records());
  EXPECT_EQ(tokens.size(), 42U);
  EXPECT_EQ(std::set<std::string>(tokens.begin(), tokens.end()).size(), 42U);
  EXPECT_EQ(run.positions().count("changes/2"), 1U);
  std::map<std::string, Names> by_key;
  for (const Record* record : run.records()) {
    if (!record->document["documentKey"].is_document()) continue;
    by_key[record->ns->full() + to_json(record->document["documentKey"].as_document())]
        .emplace_back(operation_name(record->operation));
  }
  EXPECT_EQ(by_key.size(), 20U);
  for (const auto& [key, operations] : by_key) EXPECT_EQ(operations[0], "insert") << key;
}

TEST(MongoSourceChanges, StreamsSideBySideKeepTheOrderWithinACollection) {  // R7
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "changes_by_collection";
  MongoSourceOptions options = changes_options(*mongod, db);
  options.streams = 3;
  options.split = StreamSplit::kByCollection;
  for (int i = 0; i < 60; ++i) {
    const std::string coll = "c" + std::to_string(i % 6);
    mongod->must(db, "{insert: '" + coll + "', documents: [{_id: " + std::to_string(i) + "}]}");
  }
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.finish().is_ok());

  EXPECT_EQ(run.positions().count("changes/2"), 1U);
  std::map<std::string, std::vector<int64_t>> ids;
  for (const Record* record : run.records()) {
    if (record->operation != Operation::kInsert) continue;
    ids[record->ns->collection].push_back(
        record->document["documentKey"].as_document()["_id"].as_integer_if().value_or(-1));
  }
  ASSERT_EQ(ids.size(), 6U);
  for (const auto& [coll, in_order] : ids) {
    EXPECT_EQ(in_order.size(), 10U) << coll;
    EXPECT_TRUE(std::is_sorted(in_order.begin(), in_order.end())) << coll;
  }
}

TEST(MongoSourceChanges, PreImagesComeWhenAskedFor) {  // R2
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "changes_before";
  mongod->must(db, "{create: 'c', changeStreamPreAndPostImages: {enabled: true}}");
  MongoSourceOptions options = changes_options(*mongod, db);
  options.full_document_before_change = MongoSourceOptions::BeforeChange::kWhenAvailable;
  mongod->must(db, "{insert: 'c', documents: [{_id: 1, v: 'old'}]}");
  mongod->must(db, "{update: 'c', updates: [{q: {_id: 1}, u: {$set: {v: 'new'}}}]}");
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.finish().is_ok());

  ASSERT_EQ(run.operations(), (Names{"insert", "update"}));
  EXPECT_EQ(run.records()[1]->document.at_path("fullDocumentBeforeChange.v").as_string(), "old");
  EXPECT_EQ(full_document(*run.records()[1]).as_document()["v"].as_string(), "new");
}

TEST(MongoSourceChanges, EventAboveSixteenMegabytesIsNamedWithAWayOut) {  // R13
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "changes_large";
  mongod->must(db, "{create: 'c', changeStreamPreAndPostImages: {enabled: true}}");
  MongoSourceOptions options = changes_options(*mongod, db);
  options.full_document_before_change = MongoSourceOptions::BeforeChange::kRequired;
  options.look_up = MongoSourceOptions::LookUp::kServer;
  const std::string filling(size_t{9} << 20, 'x');
  mongod->must(db, "{insert: 'c', documents: [{_id: 1, filling: '" + filling + "'}]}");
  mongod->must(db, "{update: 'c', updates: [{q: {_id: 1}, u: {$set: {v: 1}}}]}");
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  const Status end = run.finish();

  EXPECT_EQ(end.code(), Code::kResourceExhausted) << end.to_string();
  EXPECT_NE(end.hint().find("7.0"), std::string_view::npos);
  EXPECT_NE(end.to_string().find("position"), std::string::npos);
}

}  // namespace
}  // namespace inlet::testing
