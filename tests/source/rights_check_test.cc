// R64: each right that a run needs is tried, and what is missing is named with the role that has
// it.

#include "source/mongo/rights_check.h"

#include <gtest/gtest.h>

#include "testing/mongod.h"
#include "testing/source_run.h"

namespace inlet::testing {
namespace {

using Verdict = Finding::Verdict;

class RightsCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Mongod::binary().empty())
      GTEST_SKIP() << "no mongod: set INLET_MONGOD to the server's path";
    auto started = Mongod::start({.replica_set = true, .authentication = true});
    ASSERT_TRUE(started.is_ok()) << started.status().to_string();
    mongod_ = *std::move(started);
    mongod_->insert_numbers("shop", "orders", 0, 10);
    mongod_->must(
        "admin",
        "{createUser: 'reader', pwd: 'reader-password', roles: [{role: 'read', db: 'shop'}]}");
    mongod_->must("admin", "{createUser: 'nobody', pwd: 'nobody-password', roles: []}");
  }

  std::vector<Finding> check(std::string_view user, std::string_view password,
                             const std::function<void(MongoSourceOptions&)>& change = nullptr) {
    MongoSourceOptions options = test_options("shop");
    options.connection.uri = mongod_->uri_as(user, password);
    options.start_timeout = std::chrono::milliseconds(3000);
    if (change) change(options);
    return check_rights(options, clock_);
  }

  static const Finding* find(const std::vector<Finding>& findings, std::string_view what) {
    for (const Finding& finding : findings) {
      if (finding.what.find(what) != std::string::npos) return &finding;
    }
    return nullptr;
  }

  SystemClock clock_;
  std::unique_ptr<Mongod> mongod_;
};

TEST_F(RightsCheck, ReadRoleSufficesForOneDatabaseAndTheOplogIsAnExtra) {
  const auto findings = check("reader", "reader-password");

  for (const char* what :
       {"connection", "list the collections", "read shop.orders", "replica set", "change stream"}) {
    const Finding* const finding = find(findings, what);
    ASSERT_NE(finding, nullptr) << what;
    EXPECT_EQ(finding->verdict, Verdict::kOk) << what << ": " << finding->status.to_string();
  }
  const Finding* const oplog = find(findings, "oplog");
  ASSERT_NE(oplog, nullptr);
  EXPECT_EQ(oplog->verdict, Verdict::kReduced);
  EXPECT_NE(oplog->hint.find("local"), std::string::npos);
}

TEST_F(RightsCheck, MissingRoleIsNamedForADatabaseAndForTheCluster) {
  const auto database = check("nobody", "nobody-password");
  const auto cluster =
      check("reader", "reader-password", [](MongoSourceOptions& o) { o.scope.db.clear(); });

  const Finding* const list = find(database, "list the collections of shop");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->verdict, Verdict::kMissing);
  EXPECT_NE(list->hint.find("role: \"read\", db: \"shop\""), std::string::npos) << list->hint;
  const Finding* const stream = find(cluster, "change stream of the cluster");
  ASSERT_NE(stream, nullptr);
  EXPECT_EQ(stream->verdict, Verdict::kMissing);
  EXPECT_NE(stream->hint.find("readAnyDatabase"), std::string::npos) << stream->hint;
}

TEST_F(RightsCheck, WrongPasswordIsTheOnlyFinding) {
  const auto findings = check("reader", "not-the-password");

  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].verdict, Verdict::kMissing);
  EXPECT_EQ(findings[0].status.code(), Code::kPermissionDenied);
  EXPECT_NE(findings[0].hint.find("password"), std::string::npos);
  EXPECT_EQ(findings[0].status.to_string().find("not-the-password"), std::string::npos);
}

TEST_F(RightsCheck, PreImagesThatNobodyKeepsAreNamedWithTheCommand) {
  const auto findings = check("root", "root-password", [](MongoSourceOptions& options) {
    options.full_document_before_change = MongoSourceOptions::BeforeChange::kRequired;
  });

  const Finding* const finding = find(findings, "pre-images of shop.orders");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->verdict, Verdict::kMissing);
  EXPECT_NE(finding->hint.find("collMod"), std::string::npos);
  EXPECT_EQ(find(findings, "oplog")->verdict, Verdict::kOk);
}

TEST_F(RightsCheck, CollectionThatMayNotBeReadFailsAndTheRunSaysSo) {
  mongod_->must(
      "shop",
      "{createRole: 'lister', privileges: [{resource: {db: 'shop', collection: ''},"
      " actions: ['listCollections', 'changeStream', 'collStats']}, {resource: {db: 'shop',"
      " collection: 'open'}, actions: ['find']}], roles: []}");
  mongod_->must(
      "admin",
      "{createUser: 'partly', pwd: 'partly-password', roles: [{role: 'lister', db: 'shop'}]}");
  mongod_->insert_numbers("shop", "open", 0, 5);
  MongoSourceOptions options = test_options("shop");
  options.changes = false;
  BatchQueue queue({.records = 1000, .bytes = 1 << 20});
  options.connection.uri = mongod_->uri_as("partly", "partly-password");
  auto source = MongoSource::create(options, clock_);
  ASSERT_TRUE(source.is_ok());
  ASSERT_TRUE((*source)->start({}, queue).is_ok());

  std::vector<Notice> notices;
  Status end;
  for (bool more = true; more;) {
    auto element = queue.pop(std::stop_token());
    if (auto* batch = std::get_if<Batch>(&*element)) {
      notices.insert(notices.end(), batch->notices.begin(), batch->notices.end());
    } else {
      end = std::get<EndOfInput>(*element).status;
      more = false;
    }
  }

  EXPECT_EQ(end.code(), Code::kPermissionDenied) << end.to_string();
  EXPECT_NE(end.hint().find("role"), std::string_view::npos);
  ASSERT_EQ(notices.size(), 2U);
  for (const Notice& notice : notices) {
    const bool failed = notice.kind == Notice::Kind::kCollectionFailed;
    EXPECT_EQ(failed, notice.ns->collection == "orders");
    EXPECT_EQ(notice.records, failed ? 0U : 5U);
  }
}

}  // namespace
}  // namespace inlet::testing
