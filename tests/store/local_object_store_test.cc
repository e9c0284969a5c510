// Aim: what only a local folder can get wrong: paths that leave it, errors of the system, leftovers
// of writing, and folders that go while others come.

#include "store/local_object_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

namespace inlet {
namespace {

namespace fs = std::filesystem;

class LocalObjectStoreTest : public ::testing::Test {
 protected:
  LocalObjectStoreTest()
      : base_(fs::path(::testing::TempDir()) /
              ("local_store." +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()))),
        root_(base_ / "lake") {
    fs::remove_all(base_);
    fs::create_directories(root_);
  }
  ~LocalObjectStoreTest() override { fs::remove_all(base_); }

  /// Every name below the root, hidden ones too.
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root_))
      out.push_back(entry.path().lexically_relative(root_).string());
    std::sort(out.begin(), out.end());
    return out;
  }

  const fs::path base_;
  const fs::path root_;
  LocalObjectStore store_{root_};
};

TEST_F(LocalObjectStoreTest, PathThatLeavesTheRootIsRefusedByEveryCall) {
  std::ofstream(base_ / "outside") << "not ours";
  for (const std::string& path :
       {std::string("../outside"), std::string("a/../../outside"), std::string("/etc/passwd"),
        std::string(".."), std::string("./outside"), std::string("a/./b"),
        std::string("a\0b", 3)}) {
    EXPECT_EQ(store_.put(path, "x").code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_.get(path).status().code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_.open_writer(path).status().code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_.open_reader(path).status().code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_.info(path).status().code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_.list(path).status().code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_.move(path, "a").code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_.move("a", path).code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_.remove(path).code(), Code::kInvalidArgument) << path;
    EXPECT_EQ(store_.remove_abandoned(path).code(), Code::kInvalidArgument) << path;
  }
  EXPECT_EQ(store_.put("", "x").code(), Code::kInvalidArgument);
  std::ifstream outside(base_ / "outside");
  std::string text;
  std::getline(outside, text);
  EXPECT_EQ(text, "not ours");
  EXPECT_TRUE(names().empty());
}

TEST_F(LocalObjectStoreTest, ErrorsOfTheSystemHaveTheCodeOfWhoCanAct) {
  ASSERT_TRUE(store_.put("file", "x").is_ok());

  EXPECT_EQ(store_.put("file/below", "x").code(), Code::kInvalidArgument) << "ENOTDIR";
  EXPECT_EQ(store_.put(std::string(300, 'n'), "x").code(), Code::kInvalidArgument)
      << "ENAMETOOLONG";
  EXPECT_EQ(store_.get("none").status().code(), Code::kNotFound);
  EXPECT_EQ(store_.move("none", "other").code(), Code::kNotFound);
  fs::create_directory(root_ / "folder");
  EXPECT_EQ(store_.get("folder").status().code(), Code::kNotFound) << "a folder is no object";
  EXPECT_FALSE(store_.info("folder")->has_value());
  EXPECT_EQ(store_.put("folder", "x").code(), Code::kInvalidArgument) << "EISDIR";
  EXPECT_EQ(names(), (std::vector<std::string>{"file", "folder"}))
      << "what failed left nothing behind";
}

TEST_F(LocalObjectStoreTest, FolderWithoutTheRightToWriteIsPermissionDenied) {
  ASSERT_EQ(::chmod(root_.c_str(), 0555), 0);
  const uid_t user = ::geteuid();
  constexpr uid_t kNobody = 65534;  // The superuser may write anywhere.
  if (user == 0) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  const Status refused = store_.put("object", "x");
  if (user == 0) {
    ASSERT_EQ(::seteuid(user), 0);
  }
  ASSERT_EQ(::chmod(root_.c_str(), 0755), 0);

  EXPECT_EQ(refused.code(), Code::kPermissionDenied);
  EXPECT_FALSE(refused.hint().empty());
}

TEST_F(LocalObjectStoreTest, FinishedObjectStandsAloneAndGivenUpOneLeavesNothing) {  // R29
  {
    const Result<std::unique_ptr<ObjectWriter>> writer = store_.open_writer("hour/part");
    ASSERT_TRUE(writer.is_ok());
    ASSERT_TRUE((*writer)->append(std::string(3 << 20, 'x')).is_ok());
    EXPECT_TRUE(store_.list("")->empty()) << "half an object is not listed";
    EXPECT_FALSE(store_.info("hour/part")->has_value());
    ASSERT_TRUE((*writer)->finish().is_ok());
  }
  EXPECT_EQ(names(), (std::vector<std::string>{"hour", "hour/part"}));
  {
    const Result<std::unique_ptr<ObjectWriter>> writer = store_.open_writer("hour/part");
    ASSERT_TRUE(writer.is_ok());
    ASSERT_TRUE((*writer)->append("half").is_ok());
  }
  EXPECT_EQ(names(), (std::vector<std::string>{"hour", "hour/part"}));
  EXPECT_EQ(store_.get("hour/part")->size(), 3U << 20) << "the old object is whole";
}

TEST_F(LocalObjectStoreTest, RemovePrunesEmptyFoldersButNeverTheRootOrWhatIsAboveIt) {
  for (const std::string& root : {root_.string(), root_.string() + "/", root_.string() + "/./"}) {
    LocalObjectStore store(root);
    ASSERT_TRUE(store.put("a/b/c", "x").is_ok());
    ASSERT_TRUE(store.put("a/d", "x").is_ok());

    ASSERT_TRUE(store.remove("a/b/c").is_ok());
    EXPECT_EQ(names(), (std::vector<std::string>{"a", "a/d"})) << root;
    ASSERT_TRUE(store.remove("a/d").is_ok());
    EXPECT_TRUE(fs::exists(root_)) << root;
    ASSERT_TRUE(store.remove("a/d").is_ok()) << "a missing object is success";
    fs::create_directories(root_);
  }
}

TEST_F(LocalObjectStoreTest, WritersAndMoversOutliveThePruningOfTheirFolders) {
  // Both threads make and empty the same folders: whichever goes, the other makes it again.
  constexpr int kRounds = 100;
  std::atomic<int> failures = 0;
  const auto work = [&](const std::string& name) {
    for (int i = 0; i < kRounds; ++i) {
      const std::string path = "deep/er/" + name;
      const Status steps[] = {store_.put("from/" + name, "x"), store_.move("from/" + name, path),
                              store_.remove(path)};
      for (const Status& step : steps) {
        if (step.is_ok()) continue;
        if (failures++ == 0) ADD_FAILURE() << i << ": " << step.to_string();
      }
    }
  };
  std::thread one([&] { work("one"); });
  std::thread two([&] { work("two"); });
  one.join();
  two.join();

  EXPECT_EQ(failures, 0);
}

TEST_F(LocalObjectStoreTest, ListIsWholeWhileFoldersBesideItGo) {
  for (int i = 0; i < 20; ++i) {
    const std::string folder = "f" + std::to_string(10 + i);
    ASSERT_TRUE(store_.put(folder + "/stays", "x").is_ok());
  }
  std::atomic<bool> done = false;
  std::thread pruner([&] {
    while (!done) {
      for (int i = 0; i < 20; ++i) {
        const std::string path = "f" + std::to_string(10 + i) + "/sub/goes";
        if (!store_.put(path, "x").is_ok() || !store_.remove(path).is_ok()) return;
      }
    }
  });
  for (int round = 0; round < 200; ++round) {
    const Result<std::vector<ObjectInfo>> listed = store_.list("");
    ASSERT_TRUE(listed.is_ok()) << listed.status().to_string();
    const auto stays = std::count_if(listed->begin(), listed->end(), [](const ObjectInfo& object) {
      return object.path.ends_with("/stays");
    });
    EXPECT_EQ(stays, 20) << "round " << round;
    if (stays != 20) break;
  }
  done = true;
  pruner.join();
}

TEST_F(LocalObjectStoreTest, LinksToFoldersAreNotFollowed) {
  fs::create_directories(base_ / "elsewhere");
  std::ofstream(base_ / "elsewhere" / "secret") << "x";
  fs::create_directory_symlink(base_ / "elsewhere", root_ / "link");
  fs::create_directory_symlink(root_, root_ / "loop");
  ASSERT_TRUE(store_.put("object", "x").is_ok());

  const Result<std::vector<ObjectInfo>> listed = store_.list("");
  ASSERT_TRUE(listed.is_ok());
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().path, "object");
}

}  // namespace
}  // namespace inlet
