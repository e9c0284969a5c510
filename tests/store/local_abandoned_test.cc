#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "store/local_object_store.h"

namespace inlet {
namespace {

namespace fs = std::filesystem;

TEST(LocalObjectStore, RemovesWhatADeadWriterLeftAndNothingElse) {
  const fs::path root = fs::path(::testing::TempDir()) / "abandoned";
  fs::remove_all(root);
  fs::create_directories(root / "hour" / "deeper");
  const fs::path dead = root / "hour" / "._manifest.json.tmp-1-17-0";
  const fs::path deeper = root / "hour" / "deeper" / ".part.tmp-1-17-1";
  std::ofstream(dead) << "half";
  std::ofstream(deeper) << "half";
  std::ofstream(root / "hour" / ".keep") << "a user's own";
  LocalObjectStore store(root);
  ASSERT_TRUE(store.put("hour/part", "whole").is_ok());
  Result<std::unique_ptr<ObjectWriter>> mine = store.open_writer("hour/mine");
  ASSERT_TRUE(mine.is_ok());
  ASSERT_TRUE((*mine)->append("in the making").is_ok());

  ASSERT_TRUE(store.remove_abandoned("hour/").is_ok());
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(deeper));
  EXPECT_TRUE(fs::exists(root / "hour" / ".keep"));
  EXPECT_TRUE((*mine)->finish().is_ok()) << "a file that this process is writing is not abandoned";
  EXPECT_EQ(*store.get("hour/mine"), "in the making");
  EXPECT_EQ(*store.get("hour/part"), "whole");
  EXPECT_TRUE(store.remove_abandoned("not/there").is_ok());
  fs::remove_all(root);
}

}  // namespace
}  // namespace inlet
