// One suite for all stores: what the engine and the sink take for granted of an ObjectStore.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "conformance/object_store_conformance.h"
#include "store/local_object_store.h"
#include "store/open_object_store.h"
#include "testing/azurite.h"
#include "testing/object_disk.h"

namespace inlet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MemoryFixture final : public StoreFixture {
 public:
  std::shared_ptr<ObjectStore> make() override { return std::make_shared<DiskStore>(disk_); }
  bool writes_beside_the_place() const override { return false; }
  bool trusts_paths() const override { return true; }

 private:
  ObjectDisk disk_;
};

class LocalFixture final : public StoreFixture {
 public:
  LocalFixture() {
    std::string folder = (std::filesystem::temp_directory_path() / "inlet-store-XXXXXX").string();
    if (::mkdtemp(folder.data()) != nullptr) root_ = folder;
  }
  ~LocalFixture() override {
    std::error_code ignored;
    if (!root_.empty()) std::filesystem::remove_all(root_, ignored);
  }
  std::shared_ptr<ObjectStore> make() override {
    return std::make_shared<LocalObjectStore>(root_ / "lake");
  }

 private:
  std::filesystem::path root_;
};

class AzuriteFixture final : public StoreFixture {
 public:
  std::shared_ptr<ObjectStore> make() override {
    static std::atomic<int> count{0};
    Azurite& azurite = *Azurite::shared();
    const std::string container = "suite" + std::to_string(count++);
    if (!azurite.create_container(container).is_ok()) return nullptr;
    Result<std::shared_ptr<ObjectStore>> store =
        open_object_store(azurite.url(container, "deep/lake"));
    return store.is_ok() ? *store : nullptr;
  }
  bool shows_staged_objects_early() const override { return true; }
};

template <class Fixture>
std::unique_ptr<StoreFixture> make_fixture() {
  return std::make_unique<Fixture>();
}

std::string always_there() {
  return "";
}

std::string why_no_azurite() {
  return Azurite::binary().empty() ? "no Azurite: set INLET_AZURITE to the program's path" : "";
}

class ObjectStoreConformance : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    if (const std::string why = GetParam().why_missing(); !why.empty()) GTEST_SKIP() << why;
    fixture_ = GetParam().make_fixture();
    store_ = fixture_->make();
    ASSERT_NE(store_, nullptr);
  }

  std::vector<std::string> paths(const std::string& prefix = "") {
    const Result<std::vector<ObjectInfo>> listed = store_->list(prefix);
    EXPECT_TRUE(listed.is_ok()) << listed.status().to_string();
    std::vector<std::string> out;
    for (const ObjectInfo& object : listed.value_or(std::vector<ObjectInfo>()))
      out.push_back(object.path);
    return out;
  }

  void put(const std::string& path, std::string_view bytes) {
    const Status status = store_->put(path, bytes);
    ASSERT_TRUE(status.is_ok()) << status.to_string();
  }

  void expect_content(const std::string& path, std::string_view bytes) {
    const Result<std::string> got = store_->get(path);
    ASSERT_TRUE(got.is_ok()) << got.status().to_string();
    EXPECT_TRUE(*got == bytes) << path << " has " << got->size() << " other bytes";
  }

  std::unique_ptr<ObjectWriter> open_writer(const std::string& path) {
    Result<std::unique_ptr<ObjectWriter>> writer = store_->open_writer(path);
    EXPECT_TRUE(writer.is_ok()) << writer.status().to_string();
    return writer.is_ok() ? *std::move(writer) : nullptr;
  }

  std::unique_ptr<StoreFixture> fixture_;
  std::shared_ptr<ObjectStore> store_;
};

/// Bytes that differ at every place, so that a piece in the wrong place shows.
std::string distinct_bytes(size_t size) {
  std::string out(size, '\0');
  uint64_t state = 0x9e3779b97f4a7c15ULL;
  for (char& c : out) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    c = static_cast<char>(state >> 56);
  }
  return out;
}

/// More than any store keeps back before it sends.
constexpr size_t kSeveralBlocks = 24 << 20;

TEST_P(ObjectStoreConformance, WhatIsPutIsReadBack) {
  const std::string bytes("a\0b\n\xff", 5);
  put("orders/2025-01-31-13/part-1", bytes);

  expect_content("orders/2025-01-31-13/part-1", bytes);
  const auto info = store_->info("orders/2025-01-31-13/part-1");
  ASSERT_TRUE(info.is_ok() && info->has_value());
  EXPECT_EQ((*info)->path, "orders/2025-01-31-13/part-1");
  EXPECT_EQ((*info)->bytes, 5u);
}

TEST_P(ObjectStoreConformance, PutReplacesALongerAndAShorterObject) {
  put("m", "a long first version");
  put("m", "short");
  expect_content("m", "short");
  put("m", "longer than the second one");
  expect_content("m", "longer than the second one");
  EXPECT_THAT(paths(), ElementsAre("m"));
}

TEST_P(ObjectStoreConformance, EmptyObjectIsAnObject) {
  put("hour/_SUCCESS", "");

  expect_content("hour/_SUCCESS", "");
  EXPECT_THAT(paths(), ElementsAre("hour/_SUCCESS"));
  const auto reader = store_->open_reader("hour/_SUCCESS");
  ASSERT_TRUE(reader.is_ok()) << reader.status().to_string();
  char byte = 0;
  EXPECT_EQ((*reader)->size(), 0u);
  EXPECT_EQ((*reader)->read(&byte, 1).value(), 0u);
}

TEST_P(ObjectStoreConformance, WriterShowsItsObjectOnlyAtFinish) {
  const std::string bytes = distinct_bytes(kSeveralBlocks);
  const std::unique_ptr<ObjectWriter> writer = open_writer("hour/part");
  ASSERT_TRUE(writer->append(bytes).is_ok());

  EXPECT_FALSE(store_->info("hour/part").value().has_value());
  EXPECT_EQ(store_->get("hour/part").status().code(), Code::kNotFound);
  EXPECT_THAT(paths(), IsEmpty());

  const Status finished = writer->finish();
  ASSERT_TRUE(finished.is_ok()) << finished.to_string();
  EXPECT_THAT(paths(), ElementsAre("hour/part"));
  expect_content("hour/part", bytes);
}

TEST_P(ObjectStoreConformance, WriterLeavesTheOldObjectUntilItFinishes) {
  put("hour/part", "old");
  const std::unique_ptr<ObjectWriter> writer = open_writer("hour/part");
  ASSERT_TRUE(writer->append("new").is_ok());
  expect_content("hour/part", "old");

  ASSERT_TRUE(writer->finish().is_ok());
  expect_content("hour/part", "new");
}

TEST_P(ObjectStoreConformance, AbandonedWriterLeavesNothing) {
  put("hour/kept", "old");
  for (const std::string path : {"hour/gone", "hour/kept", "_staging/p/1-part"}) {
    const std::unique_ptr<ObjectWriter> writer = open_writer(path);
    ASSERT_TRUE(writer->append(distinct_bytes(kSeveralBlocks)).is_ok());
  }

  EXPECT_THAT(paths(), ElementsAre("hour/kept"));
  expect_content("hour/kept", "old");
}

TEST_P(ObjectStoreConformance, StagedObjectIsWholeAfterFinishAndMoves) {
  const std::string bytes = distinct_bytes(kSeveralBlocks);
  const std::unique_ptr<ObjectWriter> writer = open_writer("_staging/p/1-part");
  ASSERT_TRUE(writer->append(bytes).is_ok());
  EXPECT_EQ(store_->info("_staging/p/1-part").value().has_value(),
            fixture_->shows_staged_objects_early());
  ASSERT_TRUE(writer->finish().is_ok());
  EXPECT_EQ(store_->info("_staging/p/1-part").value()->bytes, bytes.size());

  ASSERT_TRUE(store_->move("_staging/p/1-part", "orders/hour/part-1").is_ok());
  EXPECT_THAT(paths(), ElementsAre("orders/hour/part-1"));
  expect_content("orders/hour/part-1", bytes);
}

TEST_P(ObjectStoreConformance, ManyOddPiecesBecomeOneObject) {
  const std::string bytes = distinct_bytes((20 << 20) + 4321);
  const std::unique_ptr<ObjectWriter> writer = open_writer("large");
  size_t at = 0;
  for (size_t i = 0; at < bytes.size(); ++i) {
    constexpr size_t kSizes[] = {1, 0, 4095, 1'048'577, 65'536, 3'000'001};
    const size_t size = std::min(kSizes[i % std::size(kSizes)], bytes.size() - at);
    ASSERT_TRUE(writer->append(std::string_view(bytes).substr(at, size)).is_ok());
    at += size;
  }
  ASSERT_TRUE(writer->finish().is_ok());

  expect_content("large", bytes);
}

TEST_P(ObjectStoreConformance, ReaderGivesPiecesOfAnySize) {
  const std::string bytes = distinct_bytes((9 << 20) + 17);
  put("large", bytes);
  const auto reader = store_->open_reader("large");
  ASSERT_TRUE(reader.is_ok()) << reader.status().to_string();
  EXPECT_EQ((*reader)->size(), bytes.size());

  std::string read;
  std::string buffer(5 << 20, '\0');
  for (size_t i = 0;; ++i) {
    constexpr size_t kSizes[] = {1, 1000, 65'536, 5 << 20, 1'048'576};
    const Result<size_t> got = (*reader)->read(buffer.data(), kSizes[i % std::size(kSizes)]);
    ASSERT_TRUE(got.is_ok()) << got.status().to_string();
    ASSERT_LE(*got, kSizes[i % std::size(kSizes)]);
    if (*got == 0) break;
    read.append(buffer, 0, *got);
  }
  EXPECT_TRUE(read == bytes);
  EXPECT_EQ((*reader)->read(buffer.data(), 1).value(), 0u) << "the end stays the end";
}

TEST_P(ObjectStoreConformance, MissingObjectIsAnAnswerOrNotFound) {
  put("a/b", "x");

  EXPECT_EQ(store_->get("a/missing").status().code(), Code::kNotFound);
  EXPECT_EQ(store_->open_reader("missing/too").status().code(), Code::kNotFound);
  for (const std::string path : {"missing", "a/missing", "a", "a/b/c"}) {
    const auto info = store_->info(path);
    ASSERT_TRUE(info.is_ok()) << info.status().to_string();
    EXPECT_FALSE(info->has_value()) << path;
  }
}

TEST_P(ObjectStoreConformance, AnyNameGoesInAndComesOut) {
  const std::vector<std::string> names = {
      "with space",     "größe 東京 😀", "100%",        "%2F%20",      "a=b&c=d",  "plus+plus",
      "question?mark",  "hash#tag",     "semi;colon,", "quote'\"end", "(paren)~", "[1]{2}",
      "at@host:1234$!", "_under",       "UPPER",       "trailing-",   "*star|",   "^`<>"};
  std::vector<std::string> expected;
  for (const std::string& name : names) {
    put("_staging/" + name + "/" + name, name);
    ASSERT_TRUE(store_->move("_staging/" + name + "/" + name, "out " + name + "/" + name).is_ok())
        << name;
    expect_content("out " + name + "/" + name, name);
    expected.push_back("out " + name + "/" + name);
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(paths(), expected);

  for (const std::string name : {"größe 東京 😀", "%2F%20", "question?mark"}) {
    EXPECT_TRUE(store_->remove("out " + name + "/" + name).is_ok()) << name;
    EXPECT_THAT(paths("out " + name), IsEmpty());
  }
}

TEST_P(ObjectStoreConformance, ListIsRecursiveSortedAndStaysInItsFolder) {
  for (const std::string path : {"a/bc", "a/b/x", "a/b/c/y", "a/b.txt", "a/b-1", "z", "a/b/c/Y"})
    put(path, path);

  EXPECT_THAT(paths("a/b"), ElementsAre("a/b/c/Y", "a/b/c/y", "a/b/x"));
  EXPECT_THAT(paths("a/b/"), ElementsAre("a/b/c/Y", "a/b/c/y", "a/b/x"));
  EXPECT_THAT(paths(), ElementsAre("a/b-1", "a/b.txt", "a/b/c/Y", "a/b/c/y", "a/b/x", "a/bc", "z"));
  EXPECT_THAT(paths("missing"), IsEmpty());
  EXPECT_THAT(paths("a/bc"), IsEmpty()) << "an object is no folder";
  EXPECT_EQ(store_->list("a/b").value().at(2).bytes, 5u);
}

TEST_P(ObjectStoreConformance, MoveGivesAnotherName) {
  put("from/x", "1");
  put("from/y", "2");
  put("to/y", "old");

  ASSERT_TRUE(store_->move("from/x", "to/new/x").is_ok());
  ASSERT_TRUE(store_->move("from/y", "to/y").is_ok());
  EXPECT_THAT(paths(), ElementsAre("to/new/x", "to/y"));
  expect_content("to/new/x", "1");
  expect_content("to/y", "2");

  EXPECT_EQ(store_->move("from/x", "to/new/x").code(), Code::kNotFound) << "it has gone already";
  EXPECT_EQ(store_->move("from/never", "to/other").code(), Code::kNotFound);
  EXPECT_THAT(paths(), ElementsAre("to/new/x", "to/y"));
  expect_content("to/new/x", "1");
}

TEST_P(ObjectStoreConformance, MoveOntoItselfKeepsTheObject) {
  put("x", "1");

  EXPECT_TRUE(store_->move("x", "x").is_ok());
  EXPECT_EQ(store_->move("y", "y").code(), Code::kNotFound);
  expect_content("x", "1");
}

TEST_P(ObjectStoreConformance, RemovedIsGoneAndMayComeAgain) {
  put("a/b/c", "1");

  EXPECT_TRUE(store_->remove("a/b/c").is_ok());
  EXPECT_TRUE(store_->remove("a/b/c").is_ok()) << "a missing object is success";
  EXPECT_TRUE(store_->remove("never/was").is_ok());
  EXPECT_THAT(paths("a"), IsEmpty());
  EXPECT_FALSE(store_->info("a/b/c").value().has_value());

  put("a/b/c", "2");
  put("a/b/d", "3");
  EXPECT_TRUE(store_->remove("a/b/c").is_ok());
  EXPECT_THAT(paths("a"), ElementsAre("a/b/d"));
}

TEST_P(ObjectStoreConformance, WhatADeadWriterLeftIsHiddenAndRemoved) {
  if (!fixture_->writes_beside_the_place()) return;
  const std::string dead = "hour/._manifest.json.tmp-1-17-0";
  const std::string deeper = "hour/deeper/.part.tmp-1-17-1";
  put(dead, "half");
  put(deeper, "half");
  put("hour/.keep", "a user's own");
  const std::unique_ptr<ObjectWriter> mine = open_writer("hour/mine");
  EXPECT_THAT(paths(), ElementsAre("hour/.keep"));

  ASSERT_TRUE(store_->remove_abandoned("hour/").is_ok());
  EXPECT_FALSE(store_->info(dead).value().has_value());
  EXPECT_TRUE(store_->info(deeper).value().has_value());
  EXPECT_TRUE(mine->append("in the making").is_ok());
  EXPECT_TRUE(mine->finish().is_ok()) << "what this process is writing is not abandoned";
  EXPECT_THAT(paths(), ElementsAre("hour/.keep", "hour/mine"));
  EXPECT_TRUE(store_->remove_abandoned("not/there").is_ok());
}

TEST_P(ObjectStoreConformance, PathsOutOfTheRootAreRefused) {
  if (fixture_->trusts_paths()) return;
  for (const std::string path : {"", "/absolute", "..", "a/../../b", "./a", "a/."}) {
    EXPECT_EQ(store_->put(path, "x").code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_->get(path).status().code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_->remove(path).code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_->move("x", path).code(), Code::kInvalidArgument) << path;
  }
}

TEST_P(ObjectStoreConformance, EightThreadsAtOnce) {
  constexpr int kThreads = 8;
  constexpr int kObjects = 6;
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kObjects; ++i) {
        const std::string name = std::to_string(t) + "-" + std::to_string(i);
        const std::string staged = "_staging/p/" + name;
        Status status = store_->put(staged, name);
        if (status.is_ok()) status = store_->move(staged, "hour/" + name);
        if (status.is_ok() && i % 3 == 0) status = store_->remove("hour/" + name);
        if (!status.is_ok() || (i % 3 != 0 && store_->get("hour/" + name).value_or("") != name)) {
          ADD_FAILURE() << name << ": " << status.to_string();
          ++failures;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(failures, 0);
  EXPECT_EQ(paths().size(), static_cast<size_t>(kThreads * kObjects * 2 / 3));
}

TEST_P(ObjectStoreConformance, ReadersSeeOneVersionWhileItIsReplaced) {
  const auto version = [](int n) {
    return std::string(static_cast<size_t>(1 + n * 977 % 5000), static_cast<char>('a' + n % 26));
  };
  constexpr int kVersions = 40;
  const auto is_version = [&](const std::string& bytes) {
    for (int n = 0; n <= kVersions; ++n) {
      if (bytes == version(n)) return true;
    }
    return false;
  };
  put("hour/_manifest.json", version(0));
  std::atomic<bool> is_done{false};
  std::thread reader([&] {
    while (!is_done) {
      const Result<std::string> got = store_->get("hour/_manifest.json");
      if (!got.is_ok()) {
        ADD_FAILURE() << got.status().to_string();
        return;
      }
      if (!is_version(*got)) {
        ADD_FAILURE() << "a mixture of versions, or a part of one: " << got->size() << " bytes";
        return;
      }
    }
  });
  for (int n = 1; n <= kVersions; ++n) put("hour/_manifest.json", version(n));
  is_done = true;
  reader.join();
  expect_content("hour/_manifest.json", version(kVersions));
}

INSTANTIATE_TEST_SUITE_P(
    Stores, ObjectStoreConformance,
    ::testing::Values(StoreKind{"Memory", always_there, make_fixture<MemoryFixture>},
                      StoreKind{"Local", always_there, make_fixture<LocalFixture>},
                      StoreKind{"Azurite", why_no_azurite, make_fixture<AzuriteFixture>}),
    [](const ::testing::TestParamInfo<StoreKind>& info) { return info.param.name; });

}  // namespace
}  // namespace inlet::testing
