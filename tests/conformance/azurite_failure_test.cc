// What the service refuses, as our failures: the code decides whether the engine retries or stops.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>

#include "base/log.h"
#include "store/open_object_store.h"
#include "testing/azurite.h"
#include "testing/free_port.h"

namespace inlet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

#define INLET_REQUIRE_AZURITE(name)        \
  Azurite* const name = Azurite::shared(); \
  if ((name) == nullptr) GTEST_SKIP() << "no Azurite: set INLET_AZURITE to the program's path"

std::shared_ptr<ObjectStore> open(const std::string& url) {
  Result<std::shared_ptr<ObjectStore>> store = open_object_store(url);
  EXPECT_TRUE(store.is_ok()) << store.status().to_string();
  return store.is_ok() ? *store : nullptr;
}

/// Every call of the interface, so that none answers as if nothing were wrong. Side by side: the
/// client library has patience with each.
std::vector<Status> all_calls(ObjectStore& store) {
  const std::vector<std::function<Status()>> calls{
      [&] { return store.put("hour/x", "1"); },
      [&] { return store.open_writer("hour/x").status(); },
      [&] { return store.open_writer("_staging/p/x").status(); },
      [&] { return store.get("hour/x").status(); },
      [&] { return store.open_reader("hour/x").status(); },
      [&] { return store.info("hour/x").status(); },
      [&] { return store.list("").status(); },
      [&] { return store.list("hour").status(); },
      [&] { return store.move("hour/x", "hour/y"); },
      [&] { return store.move("_staging/p/x", "hour/y"); },
      [&] { return store.remove("hour/x"); },
      [&] { return store.remove("_staging/p/x"); },
      [&] { return store.remove_abandoned("hour"); }};
  std::vector<std::future<Status>> pending;
  for (const std::function<Status()>& call : calls)
    pending.push_back(std::async(std::launch::async, call));
  std::vector<Status> out;
  for (std::future<Status>& answer : pending) out.push_back(answer.get());
  return out;
}

TEST(AzuriteFailures, MissingContainerIsNotFoundWithAHint) {
  INLET_REQUIRE_AZURITE(azurite);
  const std::shared_ptr<ObjectStore> store = open(azurite->url("never-made", "lake"));

  for (const Status& status : all_calls(*store))
    EXPECT_EQ(status.code(), Code::kNotFound) << status.to_string();
  // What a run does first; a reader cannot tell a container from an object that is not there.
  EXPECT_THAT(std::string(store->put("x", "1").hint()), HasSubstr("create the container"));
  EXPECT_THAT(std::string(store->list("").status().hint()), HasSubstr("create the container"));
}

TEST(AzuriteFailures, WrongKeyIsPermissionDeniedAndIsNotShown) {
  INLET_REQUIRE_AZURITE(azurite);
  const std::string key = "bm90IHRoZSBrZXkgYnV0IG9mIHRoZSByaWdodCBmb3Jt";
  const std::shared_ptr<ObjectStore> store = open(azurite->url_with_key("first", key));

  for (const Status& status : all_calls(*store)) {
    EXPECT_EQ(status.code(), Code::kPermissionDenied) << status.to_string();
    EXPECT_THAT(std::string(status.hint()), HasSubstr("Storage Blob Data Contributor"));
    EXPECT_THAT(status.to_string(), Not(HasSubstr(key)));
  }
  EXPECT_THAT(store->description(), Not(HasSubstr(key)));
  EXPECT_THAT(log::redact("key=" + key), Not(HasSubstr(key)));
}

TEST(AzuriteFailures, NobodyThereIsUnavailable) {
  const std::string nowhere = "http://127.0.0.1:" + std::to_string(free_port());
  const std::shared_ptr<ObjectStore> store =
      open("az://lake/prefix?account=devstoreaccount1&endpoint=" + nowhere +
           "&account_key=" + Azurite::account_key());

  for (const Status& status : all_calls(*store))
    EXPECT_EQ(status.code(), Code::kUnavailable) << status.to_string();
}

TEST(AzuriteFailures, WriterThatHasFailedKeepsFailing) {
  Result<std::unique_ptr<Azurite>> azurite = []() -> Result<std::unique_ptr<Azurite>> {
    if (Azurite::binary().empty()) return std::unique_ptr<Azurite>();
    return Azurite::start();
  }();
  ASSERT_TRUE(azurite.is_ok()) << azurite.status().to_string();
  if (*azurite == nullptr) GTEST_SKIP() << "no Azurite: set INLET_AZURITE to the program's path";
  const std::shared_ptr<ObjectStore> store = open((*azurite)->url("first", "lake"));
  Result<std::unique_ptr<ObjectWriter>> writer = store->open_writer("hour/x");
  ASSERT_TRUE(writer.is_ok()) << writer.status().to_string();

  azurite->reset();  // The service goes away, with a block on its way.
  const std::string bytes(25 << 20, 'x');
  const Status appended = (*writer)->append(bytes);
  EXPECT_EQ(appended.code(), Code::kUnavailable) << "the failure of the first block is told";
  EXPECT_EQ((*writer)->append("more").code(), Code::kUnavailable);
  EXPECT_EQ((*writer)->finish().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace inlet::testing
