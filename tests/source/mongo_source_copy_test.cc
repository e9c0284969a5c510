// The copy against a real mongod: every document once, whatever its _id, whatever happens
// meanwhile.

#include <gtest/gtest.h>

#include <set>

#include "base/hash.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "testing/mongod.h"
#include "testing/source_run.h"

namespace inlet::testing {
namespace {

MongoSourceOptions copy_options(const std::string& db) {
  MongoSourceOptions options = test_options(db);
  options.changes = false;
  options.range_bytes = 64 * 1024;
  options.page_bytes = 32 * 1024;
  return options;
}

std::multiset<std::string> ids_of(const std::vector<const Record*>& records) {
  std::multiset<std::string> ids;
  for (const Record* record : records) {
    const DocumentView document =
        record->is_event ? record->document["fullDocument"].as_document() : record->document;
    ids.insert(value_to_json(document["_id"], {.mode = JsonMode::kCanonical}));
  }
  return ids;
}

std::multiset<std::string> ids_in(Mongod& mongod, const std::string& db,
                                  const std::string& collection) {
  const Document reply =
      mongod.must(db, "{find: '" + collection + "', projection: {_id: 1}, batchSize: 1000000}");
  std::multiset<std::string> ids;
  for (const Element& element : reply.view().at_path("cursor.firstBatch").as_document()) {
    ids.insert(value_to_json(element.value.as_document()["_id"], {.mode = JsonMode::kCanonical}));
  }
  return ids;
}

const char* const kMixedIds = R"([
  {_id: MinKey()}, {_id: null}, {_id: NaN}, {_id: 1}, {_id: 2.5}, {_id: NumberLong("7")},
  {_id: NumberDecimal("3.3")}, {_id: "a"}, {_id: "b"}, {_id: {x: 1}}, {_id: {x: 1, y: 2}},
  {_id: BinData(0, "enp6")}, {_id: ObjectId("65a000000000000000000001")}, {_id: false}, {_id: true},
  {_id: ISODate("2020-01-01T00:00:00Z")}, {_id: Timestamp(1, 1)}, {_id: MaxKey()}])";

TEST(MongoSourceCopy, EveryIdTypeIsReadOnceAndCounted) {  // R33
  INLET_REQUIRE_MONGOD(mongod);
  mongod->must("copy_mixed", std::string("{insert: 'c', documents: ") + kMixedIds + "}");
  SourceRun run(*mongod, copy_options("copy_mixed"));

  ASSERT_TRUE(run.start().is_ok());
  const Status end = run.finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  EXPECT_EQ(ids_of(run.records()), ids_in(*mongod, "copy_mixed", "c"));
  ASSERT_EQ(run.notices().size(), 1U);
  EXPECT_EQ(run.notices()[0]->kind, Notice::Kind::kCollectionCopied);
  EXPECT_EQ(run.notices()[0]->records, 18U);
}

TEST(MongoSourceCopy, MixedIdsAreReadOnceAlsoWhenRestartedAfterAnyBatch) {  // R32, R33
  INLET_REQUIRE_MONGOD(mongod);
  mongod->must("copy_mixed_restart", std::string("{insert: 'c', documents: ") + kMixedIds + "}");
  const auto expected = ids_in(*mongod, "copy_mixed_restart", "c");
  MongoSourceOptions options = copy_options("copy_mixed_restart");
  options.batch_records = 2;

  for (size_t cut = 1; cut < 14; ++cut) {
    SourceRun first(*mongod, options);
    ASSERT_TRUE(first.start().is_ok());
    first.take_until([&] { return first.batches().size() >= cut; });
    first.stop();
    SourceRun second(*mongod, options, first.positions());
    ASSERT_TRUE(second.start().is_ok());
    ASSERT_TRUE(second.finish().is_ok());

    auto ids = ids_of(first.records());
    ids.merge(ids_of(second.records()));
    EXPECT_EQ(ids, expected) << "cut=" << cut;
  }
}

TEST(MongoSourceCopy, LargeCollectionIsCutIntoRangesAndItsHashIsTheSum) {  // R32, R34
  INLET_REQUIRE_MONGOD(mongod);
  mongod->insert_numbers("copy_ranges", "c", 0, 20000);
  SourceRun run(*mongod, copy_options("copy_ranges"));

  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.finish().is_ok());

  uint64_t hash = 0;
  for (const Record* record : run.records()) hash += hash64(record->document.raw());
  std::set<std::string> lanes;
  for (const SeenBatch& batch : run.batches()) {
    for (const LanePosition& lane : batch.positions) lanes.insert(lane.lane);
  }
  EXPECT_EQ(run.record_count(), 20000U);
  EXPECT_EQ(ids_of(run.records()), ids_in(*mongod, "copy_ranges", "c"));
  ASSERT_EQ(run.notices().size(), 1U);
  EXPECT_EQ(run.notices()[0]->content_hash, hash);
  EXPECT_GT(lanes.count("copy/copy_ranges.c/3"), 0U);
}

TEST(MongoSourceCopy, RestartAtAnyBatchReadsNothingTwice) {  // R32, R42
  INLET_REQUIRE_MONGOD(mongod);
  mongod->insert_numbers("copy_restart", "a", 0, 6000);
  mongod->insert_numbers("copy_restart", "b", 0, 3000);
  MongoSourceOptions options = copy_options("copy_restart");
  options.batch_records = 500;

  for (size_t cut = 1; cut < 22; cut += 4) {
    SourceRun first(*mongod, options);
    ASSERT_TRUE(first.start().is_ok());
    first.take_until([&] { return first.batches().size() >= cut; });
    first.stop();
    SourceRun second(*mongod, options, first.positions());
    ASSERT_TRUE(second.start().is_ok());
    ASSERT_TRUE(second.finish().is_ok());

    EXPECT_EQ(first.record_count() + second.record_count(), 9000U) << "cut=" << cut;
    uint64_t told = 0;
    for (const SourceRun* run : {&first, &second}) {
      for (const Notice* notice : run->notices()) told += notice->records;
    }
    EXPECT_EQ(told, 9000U) << "cut=" << cut;
  }
}

TEST(MongoSourceCopy, EmptyCollectionIsCopiedWithZeroRecords) {  // R33
  INLET_REQUIRE_MONGOD(mongod);
  mongod->must("copy_empty", "{create: 'nothing'}");
  SourceRun run(*mongod, copy_options("copy_empty"));

  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.finish().is_ok());

  ASSERT_EQ(run.notices().size(), 1U);
  EXPECT_EQ(run.notices()[0]->kind, Notice::Kind::kCollectionCopied);
  EXPECT_EQ(run.notices()[0]->records, 0U);
}

TEST(MongoSourceCopy, ViewsTimeSeriesCappedAndClusteredCollectionsAreReadThroughFind) {  // R33
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "copy_kinds";
  mongod->insert_numbers(db, "plain", 0, 10);
  mongod->must(db, "{create: 'view', viewOn: 'plain', pipeline: [{$match: {n: {$gte: 5}}}]}");
  mongod->must(db, "{create: 'series', timeseries: {timeField: 't'}}");
  mongod->must(db,
               "{insert: 'series', documents: [{t: ISODate('2024-01-01'), v: 1}, {t: "
               "ISODate('2024-01-02'), v: 2}]}");
  mongod->must(db, "{create: 'capped', capped: true, size: 100000}");
  mongod->insert_numbers(db, "capped", 0, 7);
  mongod->must(db, "{create: 'clustered', clusteredIndex: {key: {_id: 1}, unique: true}}");
  mongod->insert_numbers(db, "clustered", 0, 9);
  SourceRun run(*mongod, copy_options(db));

  ASSERT_TRUE(run.start().is_ok());
  const Status end = run.finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  std::map<std::string, uint64_t> copied;
  for (const Notice* notice : run.notices()) copied[notice->ns->collection] = notice->records;
  const std::map<std::string, uint64_t> expected = {
      {"capped", 7}, {"clustered", 9}, {"plain", 10}, {"series", 2}, {"view", 5}};
  EXPECT_EQ(copied, expected);
}

TEST(MongoSourceCopy, QueryIsAppliedAndSurvivesARestart) {  // R32
  INLET_REQUIRE_MONGOD(mongod);
  mongod->insert_numbers("copy_query", "c", 0, 3000);
  MongoSourceOptions options = copy_options("copy_query");
  options.query = *parse_json("{n: {$gte: 1000}}");
  options.batch_records = 300;

  SourceRun first(*mongod, options);
  ASSERT_TRUE(first.start().is_ok());
  first.take_until([&] { return first.record_count() >= 600; });
  first.stop();
  SourceRun second(*mongod, options, first.positions());
  ASSERT_TRUE(second.start().is_ok());
  ASSERT_TRUE(second.finish().is_ok());

  EXPECT_EQ(first.record_count() + second.record_count(), 2000U);
}

TEST(MongoSourceCopy, RestartOfTheServerInTheMiddleLosesNothing) {  // R26
  if (Mongod::binary().empty()) GTEST_SKIP() << "no mongod: set INLET_MONGOD to the server's path";
  auto mongod = Mongod::start();
  ASSERT_TRUE(mongod.is_ok()) << mongod.status().to_string();
  (*mongod)->insert_numbers("copy_kill", "c", 0, 20000, 200);
  (*mongod)->must("admin", "{fsync: 1}");
  MongoSourceOptions options = copy_options("copy_kill");
  SourceRun run(**mongod, options);
  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.take_until([&] { return run.record_count() >= 5000; }));

  (*mongod)->kill_hard();
  ASSERT_TRUE((*mongod)->restart().is_ok());
  const Status end = run.finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  EXPECT_EQ(run.record_count(), 20000U);
  EXPECT_EQ(ids_of(run.records()).size(), 20000U);
  EXPECT_GT(run.source().progress().reconnects, 0U);
}

TEST(MongoSourceCopy, DroppedCollectionFailsAndTheOthersGoOn) {  // R27
  INLET_REQUIRE_MONGOD(mongod);
  mongod->insert_numbers("copy_drop", "a_dropped", 0, 30000, 1000);
  mongod->insert_numbers("copy_drop", "b_kept", 0, 100);
  MongoSourceOptions options = copy_options("copy_drop");
  options.copy_parallelism = 1;
  options.range_bytes = uint64_t{1} << 30;
  SourceRun run(*mongod, options);
  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.take_until([&] { return run.record_count() >= 100; }));

  mongod->must("copy_drop", "{drop: 'a_dropped'}");
  const Status end = run.finish();

  EXPECT_EQ(end.code(), Code::kNotFound) << end.to_string();
  ASSERT_EQ(run.notices().size(), 2U);
  EXPECT_EQ(run.notices()[0]->kind, Notice::Kind::kCollectionFailed);
  EXPECT_EQ(run.notices()[1]->kind, Notice::Kind::kCollectionCopied);
  EXPECT_EQ(run.notices()[1]->records, 100U);
}

TEST(MongoSourceCopy, StandaloneServerCanBeCopiedButNotFollowed) {
  if (Mongod::binary().empty()) GTEST_SKIP() << "no mongod: set INLET_MONGOD to the server's path";
  auto mongod = Mongod::start({.replica_set = false});
  ASSERT_TRUE(mongod.is_ok()) << mongod.status().to_string();
  (*mongod)->insert_numbers("alone", "c", 0, 50);
  SourceRun copy(**mongod, copy_options("alone"));
  SourceRun sync(**mongod, test_options("alone"));

  ASSERT_TRUE(copy.start().is_ok());
  const Status copied = copy.finish();
  const Status refused = sync.start();

  EXPECT_TRUE(copied.is_ok()) << copied.to_string();
  EXPECT_EQ(copy.record_count(), 50U);
  EXPECT_EQ(refused.code(), Code::kInvalidArgument);
  EXPECT_NE(refused.hint().find("--replSet"), std::string_view::npos);
}

TEST(MongoSourceCopy, ScopeThatNobodyHasIsNoSuccess) {  // R34
  INLET_REQUIRE_MONGOD(mongod);
  mongod->insert_numbers("copy_scope", "orders", 0, 3);
  MongoSourceOptions nothing = copy_options("copy_scope");
  nothing.scope.collections = {"ordres"};
  MongoSourceOptions some = copy_options("copy_scope");
  some.scope.collections = {"ordres", "orders"};
  MongoSourceOptions sync = test_options("copy_scope");
  sync.scope.collections = {"ordres"};

  const Status refused = SourceRun(*mongod, nothing).start();
  EXPECT_EQ(refused.code(), Code::kNotFound) << refused.to_string();
  EXPECT_NE(refused.hint().find("name"), std::string_view::npos);
  EXPECT_TRUE(SourceRun(*mongod, some).start().is_ok());
  EXPECT_TRUE(SourceRun(*mongod, sync).start().is_ok());
}

TEST(MongoSourceCopy, SystemCollectionsAreSkippedAndGlobsChoose) {  // R24
  INLET_REQUIRE_MONGOD(mongod);
  for (const char* name : {"orders", "orders_old", "customers"})
    mongod->insert_numbers("copy_globs", name, 0, 3);
  MongoSourceOptions options = copy_options("copy_globs");
  options.scope.collections = {"orders*", "copy_globs.cust*"};
  options.scope.exclude = {"*_old"};
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.finish().is_ok());

  std::set<std::string> copied;
  for (const Notice* notice : run.notices()) copied.insert(notice->ns->collection);
  EXPECT_EQ(copied, (std::set<std::string>{"customers", "orders"}));
}

}  // namespace
}  // namespace inlet::testing
