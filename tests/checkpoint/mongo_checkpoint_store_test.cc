// Aim: the state in MongoDB rides out what happens to a server, and a replaced holder does no harm
// to it.

#include "checkpoint/mongo_checkpoint_store.h"

#include <gtest/gtest.h>

#include "bson/json_writer.h"
#include "checkpoint/open_checkpoint_store.h"
#include "testing/checkpoints.h"
#include "testing/mongod.h"
#include "testing/pausable_clock.h"

namespace inlet::testing {
namespace {

constexpr std::string_view kSeconds60 = "&inletLeaseMs=60000";

/// `directConnection`, since the set's name is not that of its address everywhere.
std::string url_of(const Mongod& mongod, std::string_view more = kSeconds60,
                   std::string_view place = "state.inlet", std::string_view login = "") {
  return "mongodb://" + std::string(login) + "127.0.0.1:" + std::to_string(mongod.port()) + "/" +
         std::string(place) +
         "?directConnection=true&serverSelectionTimeoutMS=500&connectTimeoutMS=500" +
         std::string(more);
}

class MongoStateTest : public ::testing::Test {
 protected:
  void start(MongodOptions options = {}) {
    if (Mongod::binary().empty())
      GTEST_SKIP() << "no mongod: set INLET_MONGOD to the server's path";
    Result<std::unique_ptr<Mongod>> started = Mongod::start(std::move(options));
    ASSERT_TRUE(started.is_ok()) << started.status().to_string();
    mongod_ = *std::move(started);
  }
  std::unique_ptr<MongoCheckpointStore> open(const std::string& url, Clock& clock) {
    auto store = MongoCheckpointStore::open(url, "orders", clock);
    EXPECT_TRUE(store.is_ok()) << store.status().to_string();
    return *std::move(store);
  }
  std::unique_ptr<MongoCheckpointStore> open(std::string_view more = kSeconds60) {
    return open(url_of(*mongod_, more), clock_);
  }

  SystemClock clock_;
  std::unique_ptr<Mongod> mongod_;
};

TEST_F(MongoStateTest, ServerThatIsKilledIsRiddenOut) {
  start();
  if (mongod_ == nullptr) return;
  const auto store = open();
  must(store->acquire().status());
  must(store->store(sample_checkpoint(1)));

  mongod_->kill_hard();
  const Status away = store->store(sample_checkpoint(2));
  EXPECT_EQ(away.code(), Code::kUnavailable) << away.to_string();
  EXPECT_EQ(store->load().status().code(), Code::kUnavailable);
  must(store->verify_held());  // For as long as nobody else can have it.
  must(mongod_->restart());

  EXPECT_TRUE(await([&] { return store->store(sample_checkpoint(2)).is_ok(); }));
  EXPECT_EQ(must_load(*store), describe(sample_checkpoint(2)));
  must(store->verify_held());
  must(store->release());
}

TEST_F(MongoStateTest, HolderCutOffForLongerThanItsLeaseIsUnsureAndGoesOnIfNobodyTookOver) {
  start();
  if (mongod_ == nullptr) return;
  const auto store = open("&inletLeaseMs=1000");
  must(store->acquire().status());
  must(store->store(sample_checkpoint(1)));
  mongod_->kill_hard();

  EXPECT_TRUE(await([&] { return !store->verify_held().is_ok(); }));
  const Status unsure = store->verify_held();
  EXPECT_EQ(unsure.code(), Code::kUnavailable) << unsure.to_string();
  EXPECT_NE(unsure.text(), kAlreadyRunning);
  must(mongod_->restart());

  EXPECT_TRUE(await([&] { return store->verify_held().is_ok(); }))
      << store->verify_held().to_string();
  must(store->store(sample_checkpoint(2)));
  EXPECT_EQ(must_load(*store), describe(sample_checkpoint(2)));
}

TEST_F(MongoStateTest, CheckpointLargerThanADocumentIsSplit) {
  start();
  if (mongod_ == nullptr) return;
  const Checkpoint large = sample_checkpoint(1, size_t{20} << 20);
  const auto writer = open();
  must(writer->acquire().status());
  must(writer->store(large));
  must(writer->release());
  const auto reader = open();
  must(reader->acquire().status());
  EXPECT_EQ(must_load(*reader), describe(large));

  mongod_->must("state", "{delete: 'inlet', deletes: [{q: {'_id.n': 1}, limit: 1}]}");
  EXPECT_EQ(reader->load().status().code(), Code::kCorruption);
}

TEST_F(MongoStateTest, BytesThatNobodyListsAreRemoved) {
  start();
  if (mongod_ == nullptr) return;
  const auto store = open();
  must(store->acquire().status());
  // As left by a store whose second step never came.
  mongod_->must("state",
                "{insert: 'inlet', documents: [{_id: {processor: 'orders', fence: NumberLong(1), "
                "serial: NumberLong(0), n: 0}}, {_id: {processor: 'orders-2', fence: "
                "NumberLong(1), serial: NumberLong(0), n: 0}}]}");
  for (uint64_t epoch = 1; epoch <= 4; ++epoch) must(store->store(sample_checkpoint(epoch)));

  const auto count = [&](const std::string& processor) {
    return mongod_
        ->must("state", "{count: 'inlet', query: {'_id.processor': '" + processor + "'}}")["n"]
        .as_integer_if();
  };
  EXPECT_EQ(count("orders"), 2);
  EXPECT_EQ(count("orders-2"), 1) << "another processor's";
}

TEST_F(MongoStateTest, StandbyTakesOverFromAFrozenHolderWhoseLateRequestsChangeNothing) {
  start();
  if (mongod_ == nullptr) return;
  PausableClock frozen_clock;
  const auto frozen = open(url_of(*mongod_, "&inletLeaseMs=2000"), frozen_clock);
  const Result<uint64_t> first = frozen->acquire();
  must(first.status());
  must(frozen->store(sample_checkpoint(1)));
  frozen_clock.pause();

  const auto standby = open();
  Result<uint64_t> second = standby->acquire();
  ASSERT_EQ(second.status().text(), kAlreadyRunning);
  EXPECT_NE(second.status().to_string().find("lease_ends_in="), std::string::npos)
      << second.status().to_string();
  EXPECT_TRUE(await([&] { return (second = standby->acquire()).is_ok(); }));
  ASSERT_TRUE(second.is_ok()) << second.status().to_string();
  EXPECT_EQ(*second, *first + 1);
  must(standby->store(sample_checkpoint(2)));
  const std::string before =
      to_json(mongod_
                  ->must("state",
                         "{find: 'inlet', filter: {_id: 'orders'}, projection: "
                         "{expiresAt: 0}}")["cursor"]
                  .as_document()["firstBatch"]
                  .as_document());

  EXPECT_EQ(frozen->store(sample_checkpoint(5)).text(), "lease lost");
  EXPECT_EQ(frozen->load().status().text(), "lease lost");
  must(frozen->release());
  const std::string after =
      to_json(mongod_
                  ->must("state",
                         "{find: 'inlet', filter: {_id: 'orders'}, projection: "
                         "{expiresAt: 0}}")["cursor"]
                  .as_document()["firstBatch"]
                  .as_document());
  EXPECT_EQ(after, before);
  must(standby->verify_held());
  EXPECT_EQ(must_load(*standby), describe(sample_checkpoint(2)));
}

TEST_F(MongoStateTest, ClocksOfClientsDoNotMatter) {
  start();
  if (mongod_ == nullptr) return;
  FakeClock past(WallTime(std::chrono::hours(1)));
  FakeClock future(WallTime(std::chrono::hours(24 * 365 * 200)));
  const std::string url = url_of(*mongod_, "&inletLeaseMs=3600000");
  // A fake clock's sleep ends at once: one of them renews all the time, which must not matter
  // either.
  const auto early = open(url, past);
  must(early->acquire().status());
  const auto late = open(url, future);
  EXPECT_EQ(late->acquire().status().text(), kAlreadyRunning);
}

TEST_F(MongoStateTest, MissingRoleIsNamedAndNoSecretIsKept) {
  start({.replica_set = true, .authentication = true});
  if (mongod_ == nullptr) return;
  mongod_->must("admin",
                "{createUser: 'keeper', pwd: 'canary/secret', roles: [{role: 'readWrite', db: "
                "'state'}]}");
  mongod_->must("admin",
                "{createUser: 'reader', pwd: 'canary-too', roles: [{role: 'read', db: 'state'}]}");

  const auto reader = open(url_of(*mongod_, "", "state.inlet", "reader:canary-too@"), clock_);
  const Status denied = reader->acquire().status();
  EXPECT_EQ(denied.code(), Code::kPermissionDenied) << denied.to_string();
  EXPECT_NE(denied.hint().find("role: \"readWrite\", db: \"state\""), std::string::npos)
      << denied.to_string();

  const auto wrong = open(url_of(*mongod_, "", "state.inlet", "keeper:wrong-canary@"), clock_);
  const Status refused = wrong->acquire().status();
  EXPECT_EQ(refused.code(), Code::kPermissionDenied) << refused.to_string();

  const auto keeper = open(url_of(*mongod_, "", "state.inlet", "keeper:canary%2Fsecret@"), clock_);
  must(keeper->acquire().status());
  must(keeper->store(sample_checkpoint(1)));
  const std::string kept = to_json(mongod_->must("state", "{find: 'inlet'}"));
  EXPECT_NE(kept.find("\"orders\""), std::string::npos);
  for (const std::string& text :
       {kept, keeper->description(), denied.to_string(), refused.to_string()}) {
    EXPECT_EQ(text.find("canary"), std::string::npos) << text;
  }
}

TEST_F(MongoStateTest, StandaloneServerServesToo) {
  start({.replica_set = false});
  if (mongod_ == nullptr) return;
  const auto store = open();
  must(store->acquire().status());
  must(store->store(sample_checkpoint(1)));
  EXPECT_EQ(must_load(*store), describe(sample_checkpoint(1)));
}

TEST(MongoStateUrl, NamesDatabaseAndCollection) {
  const SecretReader secrets{
      [](const std::string& name) { return std::optional<std::string>("value-of-" + name); },
      [](const std::string&) {
        return Result<std::string>("mongodb://u:p@h/db.state?inletLeaseMs=2000&tls=true");
      }};
  const auto parse = [&](const std::string& url) { return parse_mongo_state_url(url, secrets); };

  const auto full = parse("mongodb://u:${env:PASSWORD}@a:1,b:2/ops.inlet.state?replicaSet=rs0");
  ASSERT_TRUE(full.is_ok()) << full.status().to_string();
  EXPECT_EQ(full->hosts, "a:1,b:2");
  EXPECT_EQ(full->db, "ops");
  EXPECT_EQ(full->collection, "inlet.state") << "the first dot divides";
  EXPECT_EQ(full->lease_life, std::chrono::seconds(15));

  EXPECT_EQ(parse("mongodb://h/ops")->full_name(), "ops.inlet_state");
  EXPECT_EQ(parse("mongodb+srv://h/ops.s?inletLeaseMs=2000")->lease_life, std::chrono::seconds(2));
  EXPECT_EQ(parse("${file:/run/secrets/state}")->full_name(), "db.state");
  for (const char* bad :
       {"mongodb://h", "mongodb://h/", "mongodb://h/db.", "mongodb://h/.state",
        "mongodb://h/db.s?inletLeaseMs=999", "mongodb://h/db.s?inletLeaseMs=3600001",
        "mongodb://h/db.s?inletLeaseMs=2s", "mongodb://h/db.s?inletLeaseMs="}) {
    EXPECT_EQ(parse(bad).status().code(), Code::kInvalidArgument) << bad;
    EXPECT_FALSE(parse(bad).status().hint().empty()) << bad;
  }
}

TEST(MongoStateUrl, LeavesTheClientLibraryItsOwn) {
  ConnectionString uri =
      *ConnectionString::parse("mongodb://u:p@h/db.state?w=1&inletLeaseMs=2000&tls=true");
  ASSERT_TRUE(take_mongo_state(uri).is_ok());
  EXPECT_EQ(uri.to_uri(), "mongodb://u:p@h/?w=1&tls=true") << "the login is in admin";
}

TEST(OpenCheckpointStore, ChoosesByTheScheme) {
  SystemClock clock;
  const auto description = [&](const std::string& url) {
    const auto store = open_checkpoint_store(url, "orders", clock);
    return store.is_ok() ? (*store)->description() : store.status().to_string();
  };
  EXPECT_EQ(description("mongodb://u:p@h/db.state?replicaSet=rs0"), "mongodb://h/db.state");
  EXPECT_EQ(description("some/folder"), "some/folder/orders");
  EXPECT_EQ(description("file:///some/folder"), "/some/folder/orders");
  EXPECT_NE(description("nonsense://x").find("invalid_argument"), std::string::npos);
  EXPECT_NE(description("nonsense://x?a=b&inletLeaseMs=1").find("inletLeaseMs"), std::string::npos);
}

}  // namespace
}  // namespace inlet::testing
