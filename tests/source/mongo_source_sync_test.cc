// Copy and change stream together: the fold of what came is the collection as it is (R41), whatever
// is written meanwhile and wherever the source is stopped and started again.

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "base/random.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "testing/mongod.h"
#include "testing/source_run.h"

namespace inlet::testing {
namespace {

std::map<std::string, std::string> collection_now(Mongod& mongod, const std::string& db,
                                                  const std::string& name) {
  const Document reply = mongod.must(db, "{find: '" + name + "', batchSize: 1000000}");
  std::map<std::string, std::string> documents;
  for (const Element& element : reply.view().at_path("cursor.firstBatch").as_document()) {
    const DocumentView document = element.value.as_document();
    const std::string id = value_to_json(document["_id"], {.mode = JsonMode::kCanonical});
    documents["{\"_id\":" + id + "}"] = to_json(document, {.mode = JsonMode::kCanonical});
  }
  return documents;
}

/// Inserts, updates and deletes at random until told to end.
class Writer {
 public:
  Writer(Mongod& mongod, std::string db)
      : thread_([this, &mongod, db = std::move(db)] { write(mongod, db); }) {}
  ~Writer() { end(); }
  void end() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void write(Mongod& mongod, const std::string& db) {
    Random random(7);
    for (int next = 100000; !ended_; ++next) {
      const std::string id = std::to_string(random.below(4000));
      switch (random.below(3)) {
        case 0:
          mongod.must(db, "{insert: 'c', documents: [{_id: " + std::to_string(next) + ", v: 0}]}");
          break;
        case 1:
          mongod.must(db, "{update: 'c', updates: [{q: {_id: " + id + "}, u: {$inc: {v: 1}}}]}");
          break;
        default:
          mongod.must(db, "{delete: 'c', deletes: [{q: {_id: " + id + "}, limit: 1}]}");
          break;
      }
    }
  }

  std::atomic<bool> ended_{false};
  std::thread thread_;
};

MongoSourceOptions sync_options(const std::string& db) {
  MongoSourceOptions options = test_options(db);
  options.range_bytes = 64 * 1024;
  options.page_bytes = 16 * 1024;
  options.batch_records = 100;
  return options;
}

std::vector<const Record*> joined(const std::vector<std::unique_ptr<SourceRun>>& runs) {
  std::vector<const Record*> out;
  for (const auto& run : runs) {
    for (const Record* record : run->records()) out.push_back(record);
  }
  return out;
}

TEST(MongoSourceSync, FoldIsTheCollectionUnderConcurrentWritesAndRestarts) {  // R41, R42
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "sync_fold";
  mongod->insert_numbers(db, "c", 0, 4000, 100);
  MongoSourceOptions options = sync_options(db);
  std::vector<std::unique_ptr<SourceRun>> runs;
  Positions positions;
  {
    Writer writer(*mongod, db);
    for (const size_t batches : {3U, 9U, 20U, 15U}) {
      auto& run = runs.emplace_back(std::make_unique<SourceRun>(*mongod, options, positions));
      ASSERT_TRUE(run->start().is_ok());
      run->take_until([&] { return run->batches().size() >= batches; });
      run->stop();
      positions = run->positions();
    }
  }
  options.until_caught_up = true;
  auto& last = runs.emplace_back(std::make_unique<SourceRun>(*mongod, options, positions));
  ASSERT_TRUE(last->start().is_ok());
  const Status end = last->finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  EXPECT_EQ(fold(joined(runs)), collection_now(*mongod, db, "c"));
  std::set<std::string> tokens;
  for (const Record* record : joined(runs)) {
    if (record->operation == Operation::kRead) continue;
    EXPECT_TRUE(tokens.insert(to_json(record->document["_id"].as_document())).second);
  }
}

TEST(MongoSourceSync, ReadsHaveTheFormOfEventsAtTheStartPoint) {  // R40, R41
  INLET_REQUIRE_MONGOD(mongod);
  mongod->must("sync_form", "{insert: 'c', documents: [{_id: NumberLong(5), v: 'x'}]}");
  MongoSourceOptions options = sync_options("sync_form");
  options.until_caught_up = true;
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.finish().is_ok());

  const auto plan = SourcePlan::decode(run.positions().at("plan"));
  std::vector<const Record*> reads;
  for (const Record* record : run.records()) {
    if (record->operation == Operation::kRead) reads.push_back(record);
  }
  ASSERT_EQ(reads.size(), 1U);
  EXPECT_TRUE(validate_bson(reads[0]->document.raw()).is_ok());
  EXPECT_EQ(to_json(reads[0]->document, {.mode = JsonMode::kCanonical}),
            R"({"operationType":"read","clusterTime":{"$timestamp":{"t":)" +
                std::to_string(plan->start_time.seconds) + R"(,"i":)" +
                std::to_string(plan->start_time.increment) +
                R"(}},"fullDocument":{"_id":{"$numberLong":"5"},"v":"x"},)"
                R"("ns":{"db":"sync_form","coll":"c"},"documentKey":{"_id":{"$numberLong":"5"}}})");
  EXPECT_EQ(reads[0]->cluster_time, plan->start_time);
  EXPECT_FALSE(plan->copy);
}

TEST(MongoSourceSync, RenameDuringTheCopyLosesNoDocument) {
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "sync_rename";
  mongod->insert_numbers(db, "c", 0, 20000, 1000);
  MongoSourceOptions options = sync_options(db);
  options.copy_parallelism = 1;
  options.until_caught_up = true;
  SourceRun run(*mongod, options);
  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.take_until([&] { return run.record_count() >= 200; }));

  mongod->must("admin", "{renameCollection: '" + db + ".c', to: '" + db + ".d'}");
  const Status end = run.finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  std::set<std::string> ids;
  bool renamed = false;
  for (const Record* record : run.records()) {
    if (record->operation == Operation::kRead)
      ids.insert(to_json(record->document["documentKey"].as_document()));
    renamed = renamed || record->operation == Operation::kRename;
  }
  EXPECT_EQ(ids.size(), 20000U);
  EXPECT_TRUE(renamed);
}

TEST(MongoSourceSync, DropDuringTheCopyIsToldByTheStream) {
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "sync_drop";
  mongod->insert_numbers(db, "c", 0, 20000, 1000);
  MongoSourceOptions options = sync_options(db);
  options.copy_parallelism = 1;
  options.until_caught_up = true;
  SourceRun run(*mongod, options);
  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.take_until([&] { return run.record_count() >= 200; }));

  mongod->must(db, "{drop: 'c'}");
  const Status end = run.finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  EXPECT_EQ(run.records().back()->operation, Operation::kDrop);
}

/// Updates with full documents, fetched by us and by the server.
std::vector<std::string> update_events(Mongod& mongod, MongoSourceOptions options,
                                       MongoSourceOptions::LookUp by, SourceProgress& progress) {
  options.look_up = by;
  SourceRun run(mongod, options);
  EXPECT_TRUE(run.start().is_ok());
  EXPECT_TRUE(run.finish().is_ok());
  progress = run.source().progress();
  std::vector<std::string> events;
  for (const Record* record : run.records()) {
    EXPECT_TRUE(validate_bson(record->document.raw()).is_ok());
    events.push_back(to_json(record->document, {.mode = JsonMode::kCanonical}));
  }
  return events;
}

TEST(MongoSourceSync, BatchedLookUpGivesWhatTheServersLookUpGives) {
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "look_up_same";
  MongoSourceOptions options = test_options(db);
  options.copy = false;
  options.until_caught_up = true;
  options.start_at.kind = StartPoint::Kind::kOperationTime;
  options.start_at.time =
      ClusterTime::from_bson(mongod->must("admin", "{ping: 1}")["operationTime"].as_timestamp());
  ++options.start_at.time.increment;
  options.batch_records = 7;
  const char* const ids[] = {"1",
                             "NumberLong(2)",
                             "3.5",
                             "NumberDecimal('4')",
                             "'s'",
                             "{a: 1, b: [1]}",
                             "ISODate('2024-01-01')",
                             "null",
                             "BinData(0, 'enp6')",
                             "true",
                             "MaxKey()"};
  for (int round = 0; round < 4; ++round) {
    for (const char* id : ids) {
      mongod->must(db, std::string("{update: 'c', updates: [{q: {_id: ") + id +
                           "}, u: {$inc: {v: 1}}, upsert: true}]}");
    }
  }
  mongod->must(db, "{delete: 'c', deletes: [{q: {_id: 's'}, limit: 1}]}");
  mongod->must(db,
               "{update: 'dropped', updates: [{q: {_id: 1}, u: {$inc: {v: 1}}, upsert: true}]}");
  mongod->must(db, "{update: 'dropped', updates: [{q: {_id: 1}, u: {$inc: {v: 1}}}]}");
  mongod->must(db, "{drop: 'dropped'}");
  mongod->must(db, "{insert: 'dropped', documents: [{_id: 1, another: true}]}");

  SourceProgress ours;
  SourceProgress servers;
  const auto batched = update_events(*mongod, options, MongoSourceOptions::LookUp::kBatched, ours);
  const auto server = update_events(*mongod, options, MongoSourceOptions::LookUp::kServer, servers);

  EXPECT_EQ(batched, server);
  EXPECT_EQ(ours.lookups, 34U);
  EXPECT_EQ(ours.lookups_gone, 4U);  // Three updates of 's', one of the dropped collection.
  EXPECT_EQ(servers.lookups, 0U);
}

TEST(MongoSourceSync, LargeDocumentsAreLookedUpInPartsAndKeepTheirOrder) {
  INLET_REQUIRE_MONGOD(mongod);
  const std::string db = "look_up_large";
  mongod->insert_numbers(db, "c", 0, 12, 3000000);
  MongoSourceOptions options = test_options(db);
  options.copy = false;
  options.until_caught_up = true;
  options.start_at.kind = StartPoint::Kind::kOperationTime;
  options.start_at.time =
      ClusterTime::from_bson(mongod->must("admin", "{ping: 1}")["operationTime"].as_timestamp());
  ++options.start_at.time.increment;
  for (int i = 0; i < 24; ++i) {
    mongod->must(db, "{update: 'c', updates: [{q: {_id: " + std::to_string(i % 12) +
                         "}, u: {$inc: {v: 1}}}]}");
  }
  SourceRun run(*mongod, options);

  ASSERT_TRUE(run.start().is_ok());
  const Status end = run.finish();

  EXPECT_TRUE(end.is_ok()) << end.to_string();
  ASSERT_EQ(run.record_count(), 24U);
  for (size_t i = 0; i < 24; ++i) {
    const DocumentView event = run.records()[i]->document;
    EXPECT_EQ(event.at_path("documentKey._id").as_int32(), static_cast<int>(i % 12));
    EXPECT_EQ(event.at_path("fullDocument.v").as_integer_if(), 2);
  }
}

TEST(MongoSourceSync, StopEndsWithinASecondWhileTheServerIsAway) {
  if (Mongod::binary().empty()) GTEST_SKIP() << "no mongod: set INLET_MONGOD to the server's path";
  auto mongod = Mongod::start();
  ASSERT_TRUE(mongod.is_ok()) << mongod.status().to_string();
  SourceRun run(**mongod, sync_options("sync_stop"));
  ASSERT_TRUE(run.start().is_ok());
  ASSERT_TRUE(run.take());
  (*mongod)->kill_hard();
  const auto begin = std::chrono::steady_clock::now();

  run.stop();
  const Status end = run.finish();

  EXPECT_EQ(end.code(), Code::kCancelled) << end.to_string();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
}

TEST(MongoSourceSync, WrongAddressAndWrongPasswordSayWhatToDo) {
  INLET_REQUIRE_MONGOD(mongod);
  SystemClock clock;
  BatchQueue queue({.records = 10, .bytes = 1000});
  const auto start_at = [&](const std::string& uri) {
    MongoSourceOptions options = test_options("x");
    options.connection.uri = uri;
    options.connection.server_selection_timeout = std::chrono::milliseconds(200);
    options.start_timeout = std::chrono::milliseconds(300);
    auto source = MongoSource::create(options, clock);
    return source.is_ok() ? (*source)->start({}, queue) : source.status();
  };

  const Status nobody = start_at("mongodb://127.0.0.1:1/");
  const Status refused =
      start_at("mongodb://eve:opensesame@127.0.0.1:" + std::to_string(mongod->port()) + "/");
  const Status malformed = start_at("mongo://x");

  EXPECT_EQ(nobody.code(), Code::kUnavailable);
  EXPECT_NE(nobody.hint().find("host"), std::string_view::npos);
  EXPECT_EQ(refused.code(), Code::kPermissionDenied) << refused.to_string();
  EXPECT_NE(refused.hint().find("password"), std::string_view::npos);
  EXPECT_EQ(refused.to_string().find("opensesame"), std::string::npos);
  EXPECT_EQ(malformed.code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace inlet::testing
