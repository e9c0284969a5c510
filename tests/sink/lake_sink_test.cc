// Aim: changes land in the hour of their cluster time, once, in order, and each hour ends as one
// sealed file; what the sink cannot do safely it refuses before anything is visible.

#include "sink/lake/lake_sink.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "bson/builder.h"
#include "testing/lake_driver.h"

namespace inlet::testing {
namespace {

constexpr uint32_t kHour = 1'738'328'400;  // 2025-01-31T13:00:00Z
const std::string kFolder = "orders/2025-01-31-13/";
const std::string kNextFolder = "orders/2025-01-31-14/";

LakeEvent event(int64_t value, uint32_t seconds, uint32_t increment = 1,
                const std::string& collection = "orders") {
  return {Operation::kInsert, collection, value, {seconds, increment}, value, "shop"};
}

std::vector<std::string> names(const Manifest& manifest) {
  std::vector<std::string> out;
  for (const ManifestFile& file : manifest.files) out.push_back(file.name);
  return out;
}

class LakeSinkTest : public ::testing::Test {
 protected:
  void start() { ASSERT_OK(lake().start()); }
  static void ASSERT_OK(const Status& status) { ASSERT_TRUE(status.is_ok()) << status.to_string(); }
  LakeDriver& lake() {
    if (driver_ == nullptr) driver_ = std::make_unique<LakeDriver>(disk_, options_, hook_);
    return *driver_;
  }
  /// Changes of hour 13, published but not sealed.
  void publish_first_hour() {
    start();
    ASSERT_OK(lake().write({event(1, kHour), event(2, kHour + 3599)}));
    ASSERT_OK(lake().end_epoch());
  }

  ObjectDisk disk_;
  LakeOptions options_ = small_lake_options();  // The grace is 60 s.
  DiskStore::Hook hook_;
  std::unique_ptr<LakeDriver> driver_;
};

TEST_F(LakeSinkTest, FolderIsTheUtcHourOfTheClusterTimesHighBits) {  // R3
  ASSERT_EQ(::setenv("TZ", "Pacific/Auckland", 1), 0);
  ::tzset();
  start();
  // The low 32 bits, an ordinal, are larger than the seconds: they name no hour.
  ASSERT_OK(lake().write({event(1, kHour - 1, UINT32_MAX), event(2, kHour, 1)}));
  ASSERT_OK(lake().end_epoch());
  ASSERT_EQ(::unsetenv("TZ"), 0);
  ::tzset();

  EXPECT_EQ(names(manifest_of(disk_, "orders/2025-01-31-12/")).size(), 1U);
  EXPECT_EQ(manifest_of(disk_, "orders/2025-01-31-12/").files.front().last.time,
            (ClusterTime{kHour - 1, UINT32_MAX}));
  EXPECT_EQ(manifest_of(disk_, kFolder).files.front().first.time, (ClusterTime{kHour, 1}));
}

TEST_F(LakeSinkTest, OpenHourHoldsWholePartsThatItsManifestNames) {  // R4, R29
  start();
  ASSERT_OK(lake().write({event(1, kHour)}));
  ASSERT_OK(lake().end_epoch());
  ASSERT_OK(lake().write({event(2, kHour + 1)}));
  ASSERT_OK(lake().end_epoch());

  const Manifest manifest = manifest_of(disk_, kFolder);
  EXPECT_EQ(names(manifest), (std::vector<std::string>{"part-0000000001-00000.ndjson",
                                                       "part-0000000002-00000.ndjson"}));
  EXPECT_FALSE(manifest.sealed);
  EXPECT_EQ(manifest.ns, "shop.orders");
  EXPECT_EQ(manifest.generation, 2U);
  EXPECT_EQ(visible_paths(disk_).size(), 3U) << "two parts and the manifest, no _SUCCESS";
}

TEST_F(LakeSinkTest, PreparedEpochIsInvisibleUntilItsCommit) {  // R29
  start();
  ASSERT_OK(lake().write({event(1, kHour)}));
  ASSERT_OK(lake().prepare());
  EXPECT_TRUE(visible_paths(disk_).empty());

  ASSERT_OK(lake().commit());
  EXPECT_EQ(visible_paths(disk_).size(), 2U);
  ASSERT_OK(lake().commit());
  EXPECT_EQ(manifest_of(disk_, kFolder).files.size(), 1U) << "the same commit changes nothing";
}

TEST_F(LakeSinkTest, PassedHourIsSealedIntoOneFileInStreamOrder) {  // R4, R14
  start();
  ASSERT_OK(lake().write({event(1, kHour), event(2, kHour + 1)}));
  ASSERT_OK(lake().end_epoch());
  ASSERT_OK(lake().write({event(3, kHour + 1, 2), event(4, kHour + 3600)}));
  ASSERT_OK(lake().end_epoch());
  EXPECT_FALSE(manifest_of(disk_, kFolder).sealed) << "the grace has not passed";

  ASSERT_OK(lake().pass({kHour + 3659, 9}));
  ASSERT_OK(lake().end_epoch());
  EXPECT_FALSE(manifest_of(disk_, kFolder).sealed) << "a second is left";

  ASSERT_OK(lake().pass({kHour + 3660, 1}));
  ASSERT_OK(lake().end_epoch());
  const Manifest sealed = manifest_of(disk_, kFolder);
  EXPECT_TRUE(sealed.sealed);
  EXPECT_EQ(names(sealed), std::vector<std::string>{"events-20250131-13.ndjson"});
  EXPECT_EQ(sealed.files.front().records, 3U);
  EXPECT_EQ(sealed.files.front().first.time, (ClusterTime{kHour, 1}));
  EXPECT_EQ(sealed.files.front().last.time, (ClusterTime{kHour + 1, 2}));
  EXPECT_EQ(values_in(disk_, kFolder + "events-20250131-13.ndjson"),
            (std::vector<int64_t>{1, 2, 3}));
  EXPECT_TRUE(disk_.objects.contains(kFolder + "_SUCCESS"));
  EXPECT_TRUE(strays(disk_).empty());
  EXPECT_FALSE(manifest_of(disk_, kNextFolder).sealed);
  EXPECT_EQ(lake().sink().progress().hours_sealed, 1U);
}

TEST_F(LakeSinkTest, SlowestLaneDecidesWhatHasPassed) {  // R4
  start();
  ASSERT_OK(lake().write({event(1, kHour)}, "changes/0"));
  ASSERT_OK(lake().write({event(2, kHour + 1)}, "changes/1"));
  ASSERT_OK(lake().pass({kHour + 8000, 1}, "changes/0"));
  ASSERT_OK(lake().end_epoch());
  EXPECT_FALSE(manifest_of(disk_, kFolder).sealed);

  ASSERT_OK(lake().pass({kHour + 8000, 1}, "changes/1"));
  ASSERT_OK(lake().end_epoch());
  EXPECT_TRUE(manifest_of(disk_, kFolder).sealed);
}

TEST_F(LakeSinkTest, WatermarkThatFallsBackIsNotFollowed) {  // R11
  publish_first_hour();
  ASSERT_OK(lake().pass({kHour + 8000, 1}));
  ASSERT_OK(lake().pass({kHour, 1}));
  ASSERT_OK(lake().end_epoch());

  EXPECT_TRUE(manifest_of(disk_, kFolder).sealed);
}

TEST_F(LakeSinkTest, LateEventRenewsTheSealWithANewGeneration) {  // R9
  publish_first_hour();
  ASSERT_OK(lake().pass({kHour + 8000, 1}));
  ASSERT_OK(lake().end_epoch());
  const Manifest before = manifest_of(disk_, kFolder);
  ASSERT_TRUE(before.sealed);

  ASSERT_OK(lake().write({event(3, kHour + 10)}, ""));
  ASSERT_OK(lake().end_epoch());
  const Manifest after = manifest_of(disk_, kFolder);
  EXPECT_TRUE(after.sealed);
  EXPECT_GT(after.generation, before.generation);
  EXPECT_EQ(after.seals, 2);
  EXPECT_EQ(names(after), std::vector<std::string>{"events-20250131-13-2.ndjson"})
      << "a name of its own: readers may hold the manifest of the seal before";
  EXPECT_EQ(values_in(disk_, kFolder + "events-20250131-13-2.ndjson"),
            (std::vector<int64_t>{1, 2, 3}));
  EXPECT_FALSE(disk_.objects.contains(kFolder + "events-20250131-13.ndjson"));
  EXPECT_TRUE(disk_.objects.contains(kFolder + "_SUCCESS"));
}

TEST_F(LakeSinkTest, FolderThatIsOpenAgainHasNoSuccessMark) {  // R9
  std::atomic<int> puts_left = 100;
  hook_ = [&puts_left](const std::string& call) {
    return call == "put" && puts_left-- <= 0 ? Status(Code::kUnavailable, "503") : Status::ok();
  };
  publish_first_hour();
  ASSERT_OK(lake().pass({kHour + 8000, 1}));
  ASSERT_OK(lake().end_epoch());
  ASSERT_TRUE(disk_.objects.contains(kFolder + "_SUCCESS"));

  ASSERT_OK(lake().write({event(3, kHour + 10)}, ""));
  ASSERT_OK(lake().prepare());
  puts_left = 0;  // The late part finds its place; the manifest that names it is not written.
  EXPECT_EQ(lake().commit().code(), Code::kUnavailable);
  EXPECT_FALSE(disk_.objects.contains(kFolder + "_SUCCESS"))
      << "who waits for it must not see the hour half renewed";

  puts_left = 100;
  ASSERT_OK(lake().commit());
  EXPECT_TRUE(manifest_of(disk_, kFolder).sealed);
  EXPECT_EQ(read_lake(disk_)->size(), 3U);
}

TEST_F(LakeSinkTest, GenerationNeverFalls) {  // R9
  start();
  uint64_t last = 0;
  for (int64_t i = 0; i < 12; ++i) {
    ASSERT_OK(lake().write({event(i, kHour + static_cast<uint32_t>(i))}, ""));
    if (i == 5) ASSERT_OK(lake().pass({kHour + 8000, 1}));
    ASSERT_OK(lake().end_epoch());
    if (i % 4 == 3) start();
    const uint64_t generation = manifest_of(disk_, kFolder).generation;
    EXPECT_GT(generation, last) << i;
    last = generation;
  }
}

TEST_F(LakeSinkTest, HourWithoutChangesLeavesNothing) {  // R8
  publish_first_hour();
  ASSERT_OK(lake().write({event(3, kHour + 3 * 3600)}));
  ASSERT_OK(lake().end_epoch());

  for (const std::string& path : visible_paths(disk_)) {
    EXPECT_FALSE(path.starts_with(kNextFolder)) << path;
    EXPECT_FALSE(path.starts_with("orders/2025-01-31-15/")) << path;
  }
}

TEST_F(LakeSinkTest, HourWithoutChangesLeavesASealedEmptyManifestWhereAskedFor) {  // R8
  options_.empty_hours = true;
  publish_first_hour();
  ASSERT_OK(lake().pass({kHour + 3700, 1}));
  ASSERT_OK(lake().end_epoch());
  ASSERT_OK(lake().write({event(3, kHour + 3 * 3600 + 100)}));
  ASSERT_OK(lake().end_epoch());

  for (const std::string& folder : {kNextFolder, std::string("orders/2025-01-31-15/")}) {
    const Manifest manifest = manifest_of(disk_, folder);
    EXPECT_TRUE(manifest.sealed) << folder;
    EXPECT_TRUE(manifest.files.empty()) << folder;
    EXPECT_EQ(manifest.ns, "shop.orders") << folder;
    EXPECT_TRUE(disk_.objects.contains(folder + "_SUCCESS")) << folder;
  }
  EXPECT_EQ(manifest_of(disk_, kFolder).files.size(), 1U);

  ASSERT_OK(lake().write({event(4, kHour + 3600)}, ""));
  ASSERT_OK(lake().end_epoch());
  EXPECT_EQ(manifest_of(disk_, kNextFolder).files.size(), 1U) << "a late event is not lost";
}

TEST_F(LakeSinkTest, FilesKeepTheStreamsOrderWhateverThreadsEncodeThem) {  // R14
  options_.encoder_threads = 4;
  options_.stream_bytes = 1;
  start();
  constexpr int64_t kEvents = 5000;
  for (int64_t i = 0; i < kEvents; i += 50) {
    std::vector<LakeEvent> events;
    for (int64_t n = i; n < i + 50; ++n)
      events.push_back(
          event(n, kHour + static_cast<uint32_t>(n / 4), 1, "c" + std::to_string(n % 5)));
    ASSERT_OK(lake().write(events));
  }
  ASSERT_OK(lake().end_epoch());

  for (int64_t c = 0; c < 5; ++c) {
    const std::string folder = "c" + std::to_string(c) + "/2025-01-31-13/";
    const std::vector<std::string> files = names(manifest_of(disk_, folder));
    ASSERT_EQ(files.size(), 1U);
    const std::vector<int64_t> values = values_in(disk_, folder + files.front());
    ASSERT_EQ(values.size(), static_cast<size_t>(kEvents / 5));
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(values[i], static_cast<int64_t>(i) * 5 + c) << folder;
  }
}

TEST_F(LakeSinkTest, OperationsAreCountedPerFile) {
  start();
  LakeEvent deleted = event(1, kHour + 2);
  deleted.operation = Operation::kDelete;
  ASSERT_OK(lake().write({event(1, kHour), event(2, kHour + 1), deleted}));
  ASSERT_OK(lake().end_epoch());

  const ManifestFile file = manifest_of(disk_, kFolder).files.front();
  EXPECT_EQ(file.operations.at(static_cast<size_t>(Operation::kInsert)), 2U);
  EXPECT_EQ(file.operations.at(static_cast<size_t>(Operation::kDelete)), 1U);
  EXPECT_EQ(file.bytes, disk_.objects.at(kFolder + file.name).size());
}

/// Waits for what an encoder thread will make true.
template <class Condition>
bool becomes_true(const Condition& condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_F(LakeSinkTest, MemoryPastItsBudgetAsksForACheckpoint) {  // R5
  options_.memory_budget = 10'000;
  start();
  ASSERT_OK(lake().write({event(1, kHour)}));
  EXPECT_FALSE(lake().sink().wants_checkpoint());

  for (int64_t i = 2; i < 102; ++i) ASSERT_OK(lake().write({event(i, kHour)}));
  EXPECT_TRUE(becomes_true([&] { return lake().sink().wants_checkpoint(); }));

  ASSERT_OK(lake().end_epoch());
  EXPECT_FALSE(lake().sink().wants_checkpoint());
  EXPECT_EQ(lake().sink().progress().bytes_buffered, 0U);
}

TEST_F(LakeSinkTest, TooManyOpenFilesAskForACheckpoint) {  // R5
  options_.files_max = 3;
  start();
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(lake().sink().wants_checkpoint());
    ASSERT_OK(lake().write({event(1, kHour + i * 3600)}));
  }
  EXPECT_TRUE(lake().sink().wants_checkpoint());

  ASSERT_OK(lake().end_epoch());
  EXPECT_FALSE(lake().sink().wants_checkpoint());
}

/// An insert of 1.5 MB: more than is compressed as one piece.
Batch large_insert(const std::string& collection, int64_t id) {
  Batch batch;
  DocumentBuilder out;
  out.append_string("operationType", "insert").open_document("documentKey");
  out.append_int64("_id", id).close().open_document("fullDocument").append_int64("_id", id);
  out.append_string("text", std::string(1'500'000, 'x')).close();
  Record record;
  record.document = out.finish_into(batch.arena);
  record.ns = NamespaceTable::instance().intern("shop", collection);
  record.operation = Operation::kInsert;
  record.is_event = true;
  record.cluster_time = {kHour, 1};
  batch.document_bytes = record.document.size();
  batch.records.push_back(record);
  return batch;
}

TEST_F(LakeSinkTest, OnlySoManyFilesAreStreamedAtATime) {  // R5
  std::atomic<int> writers = 0;
  hook_ = [&writers](const std::string& call) {
    writers += call == "open_writer" ? 1 : 0;
    return Status::ok();
  };
  options_.stream_bytes = 1;
  options_.streams_max = 2;
  start();
  for (int64_t i = 0; i < 5; ++i) ASSERT_OK(lake().write(large_insert("c" + std::to_string(i), i)));
  ASSERT_OK(lake().end_epoch());
  EXPECT_EQ(writers, 2) << "the others waited in memory";

  for (int64_t i = 0; i < 5; ++i) ASSERT_OK(lake().write(large_insert("c" + std::to_string(i), i)));
  ASSERT_OK(lake().end_epoch());
  EXPECT_EQ(writers, 4) << "an epoch gives its streams back";
  EXPECT_EQ(read_lake(disk_)->size(), 10U);
}

TEST_F(LakeSinkTest, TwoProcessorsCannotShareAFolder) {  // R30
  publish_first_hour();
  LakeOptions options = options_;
  options.processor = "other";
  LakeDriver other(disk_, options);
  ASSERT_OK(other.start());
  ASSERT_OK(other.write({event(9, kHour)}));

  const Status refused = other.end_epoch();
  EXPECT_EQ(refused.code(), Code::kInvalidArgument);
  EXPECT_NE(refused.to_string().find("written_by=test"), std::string::npos) << refused.to_string();
  EXPECT_FALSE(refused.hint().empty());
  EXPECT_EQ(manifest_of(disk_, kFolder).files.size(), 1U);
}

TEST_F(LakeSinkTest, ProcessorThatLostItsStateIsRefusedInsteadOfLosingRecords) {  // R6
  publish_first_hour();
  ASSERT_OK(lake().write({event(3, kHour + 5)}));
  ASSERT_OK(lake().end_epoch());
  LakeDriver fresh(disk_, options_);  // The same name, and no checkpoint: it counts from epoch 1.
  ASSERT_OK(fresh.start());
  ASSERT_OK(fresh.write({event(4, kHour + 6)}));

  const Status refused = fresh.end_epoch();
  ASSERT_FALSE(refused.is_ok()) << "the epoch would be taken for one that is published already";
  EXPECT_EQ(refused.code(), Code::kInvalidArgument);
  EXPECT_FALSE(refused.hint().empty());
  EXPECT_EQ(read_lake(disk_)->size(), 3U);
}

TEST_F(LakeSinkTest, WriterThatMayNotWriteAnyMorePublishesNothing) {  // R30
  std::atomic<bool> may_write = true;
  options_.verify_may_write = [&may_write] {
    return may_write ? Status::ok() : Status(Code::kPermissionDenied, "the lease is gone");
  };
  start();
  ASSERT_OK(lake().write({event(1, kHour)}));
  ASSERT_OK(lake().prepare());
  may_write = false;

  EXPECT_EQ(lake().commit().code(), Code::kPermissionDenied);
  EXPECT_TRUE(visible_paths(disk_).empty());
}

TEST_F(LakeSinkTest, FolderOfSeveralCollectionsNamesNone) {
  options_.path = *PathTemplate::parse("all/{hour}/");
  start();
  ASSERT_OK(lake().write({event(1, kHour), event(2, kHour, 2, "users")}));
  ASSERT_OK(lake().end_epoch());
  EXPECT_EQ(manifest_of(disk_, "all/2025-01-31-13/").ns, "");

  ASSERT_OK(lake().write({event(3, kHour + 3600)}));
  ASSERT_OK(lake().end_epoch());
  EXPECT_EQ(manifest_of(disk_, "all/2025-01-31-14/").ns, "shop.orders");
  ASSERT_OK(lake().write({event(4, kHour + 3601, 1, "users")}));
  ASSERT_OK(lake().end_epoch());
  EXPECT_EQ(manifest_of(disk_, "all/2025-01-31-14/").ns, "");
  ASSERT_OK(lake().write({event(5, kHour + 3602)}));
  ASSERT_OK(lake().end_epoch());
  EXPECT_EQ(manifest_of(disk_, "all/2025-01-31-14/").ns, "");
}

TEST_F(LakeSinkTest, SealedPartThatWentBadAtRestIsCorruption) {  // R61
  publish_first_hour();
  disk_.objects.at(kFolder + "part-0000000001-00000.ndjson")[5] ^= 1;
  ASSERT_OK(lake().pass({kHour + 8000, 1}));

  EXPECT_EQ(lake().end_epoch().code(), Code::kCorruption);
  EXPECT_FALSE(manifest_of(disk_, kFolder).sealed);
}

TEST_F(LakeSinkTest, StagedFileThatVanishedIsCorruptionAndSaysWhatToDo) {
  start();
  ASSERT_OK(lake().write({event(1, kHour)}));
  ASSERT_OK(lake().prepare());
  disk_.objects.clear();

  const Status failure = lake().commit();
  EXPECT_EQ(failure.code(), Code::kCorruption);
  EXPECT_FALSE(failure.hint().empty());
}

}  // namespace
}  // namespace inlet::testing
