// Aim: a copy is in the lake complete or not at all, and is never called complete unless its files
// hold what was read.

#include <gtest/gtest.h>

#include "sink/lake/lake_sink.h"
#include "testing/lake_driver.h"

namespace inlet::testing {
namespace {

using IfExists = LakeOptions::IfExists;

constexpr uint32_t kHour = 1'738'328'400;  // 2025-01-31T13:00:00Z
const std::string kFolder = "orders/2025-01-31-13/";

LakeEvent document(int64_t id, int64_t value, const std::string& collection = "orders") {
  return {Operation::kRead, collection, id, {kHour, 1}, value, "shop"};
}

Notice failed_notice(const std::string& collection) {
  Notice notice;
  notice.kind = Notice::Kind::kCollectionFailed;
  notice.ns = NamespaceTable::instance().intern("shop", collection);
  notice.reason = "dropped";
  return notice;
}

LakeOptions snapshot_options() {
  LakeOptions options = small_lake_options();
  options.snapshot = true;
  options.run_started = WallTime(std::chrono::milliseconds(int64_t{kHour} * 1000 + 3'599'999));
  return options;
}

/// Writes the documents as one batch with these notices behind them.
Status write(LakeDriver& lake, const std::vector<LakeEvent>& documents,
             std::vector<Notice> notices = {}, bool as_events = false) {
  Batch batch = make_batch(documents, 0, as_events);
  batch.notices = std::move(notices);
  return lake.write(std::move(batch));
}

/// A whole run that copies these documents.
Status copy(ObjectDisk& disk, const LakeOptions& options, const std::vector<LakeEvent>& documents) {
  LakeDriver lake(disk, options);
  INLET_RETURN_IF_ERROR(lake.start());
  INLET_RETURN_IF_ERROR(write(lake, documents, {copied_notice(documents, false)}));
  return lake.end_epoch();
}

size_t staged(const ObjectDisk& disk) {
  size_t count = 0;
  for (const auto& [path, bytes] : disk.objects) count += path.starts_with("_staging/") ? 1U : 0U;
  return count;
}

TEST(LakeCopy, IsOneFileInTheHourOfTheRunInUtc) {  // R21, R25
  ObjectDisk disk;
  ASSERT_EQ(::setenv("TZ", "Asia/Kolkata", 1), 0);
  ::tzset();
  const Status copied = copy(disk, snapshot_options(), {document(1, 10), document(2, 20)});
  ASSERT_EQ(::unsetenv("TZ"), 0);
  ::tzset();
  ASSERT_TRUE(copied.is_ok()) << copied.to_string();

  EXPECT_EQ(visible_paths(disk),
            (std::vector<std::string>{kFolder + "_SUCCESS", kFolder + "_manifest.json",
                                      kFolder + "orders.ndjson"}));
  EXPECT_EQ(values_in(disk, kFolder + "orders.ndjson"), (std::vector<int64_t>{10, 20}));
  const Manifest manifest = manifest_of(disk, kFolder);
  ASSERT_TRUE(manifest.snapshot.has_value());
  EXPECT_EQ(manifest.snapshot->records, 2U);
  EXPECT_TRUE(manifest.sealed);
}

TEST(LakeCopy, IsInvisibleUntilAllOfItIsThere) {  // R29
  ObjectDisk disk;
  LakeDriver lake(disk, snapshot_options());
  const std::vector<LakeEvent> documents{document(1, 1), document(2, 2), document(3, 3)};
  ASSERT_TRUE(lake.start().is_ok());
  for (const LakeEvent& each : documents) {
    ASSERT_TRUE(write(lake, {each}).is_ok());
    ASSERT_TRUE(lake.end_epoch().is_ok());
    EXPECT_TRUE(visible_paths(disk).empty());
    ASSERT_TRUE(lake.start().is_ok()) << "a restart keeps the parts of the copy";
  }
  EXPECT_EQ(staged(disk), 3U);

  ASSERT_TRUE(write(lake, {}, {copied_notice(documents, false)}).is_ok());
  const Status published = lake.end_epoch();
  ASSERT_TRUE(published.is_ok()) << published.to_string();
  EXPECT_EQ(values_in(disk, kFolder + "orders.ndjson"), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(staged(disk), 0U);
}

TEST(LakeCopy, ResumedRunKeepsTheHourInWhichItBegan) {  // R25, R32
  ObjectDisk disk;
  LakeOptions options = snapshot_options();
  const std::vector<LakeEvent> documents{document(1, 1)};
  LakeDriver lake(disk, options);
  ASSERT_TRUE(lake.start().is_ok());
  ASSERT_TRUE(write(lake, documents).is_ok());
  Result<PreparedCommit> prepared = lake.sink().prepare(1);
  ASSERT_TRUE(prepared.is_ok());
  const Document state = lake.sink().snapshot();

  options.run_started += std::chrono::hours(5);
  LakeSink later(options, std::make_shared<DiskStore>(disk));
  ASSERT_TRUE(later.open(state, 1, 2).is_ok());
  ASSERT_TRUE(later.commit(*prepared).is_ok());
  Batch end;
  end.notices = {copied_notice(documents, false)};
  ASSERT_TRUE(later.write(std::move(end)).is_ok());
  prepared = later.prepare(2);
  ASSERT_TRUE(prepared.is_ok()) << prepared.status().to_string();
  ASSERT_TRUE(later.commit(*prepared).is_ok());
  EXPECT_TRUE(disk.objects.contains(kFolder + "orders.ndjson"));
}

TEST(LakeCopy, OfAnEmptyCollectionIsAManifestWithZeroRecords) {  // R33
  ObjectDisk disk;
  LakeDriver lake(disk, snapshot_options());
  Notice copied;
  copied.ns = NamespaceTable::instance().intern("shop", "orders");
  ASSERT_TRUE(lake.start().is_ok());
  ASSERT_TRUE(write(lake, {}, {copied}).is_ok());
  ASSERT_TRUE(lake.end_epoch().is_ok());

  const Manifest manifest = manifest_of(disk, kFolder);
  ASSERT_TRUE(manifest.snapshot.has_value());
  EXPECT_EQ(manifest.snapshot->records, 0U);
  EXPECT_TRUE(manifest.files.empty());
  EXPECT_TRUE(disk.objects.contains(kFolder + "_SUCCESS"));
}

TEST(LakeCopy, CompleteOneOfTheSameHourIsSkipped) {  // R28
  ObjectDisk disk;
  ASSERT_TRUE(copy(disk, snapshot_options(), {document(1, 1)}).is_ok());
  const auto before = disk.objects;

  ASSERT_TRUE(copy(disk, snapshot_options(), {document(1, 2), document(2, 2)}).is_ok());
  EXPECT_EQ(disk.objects, before);
}

TEST(LakeCopy, FileOfThatNameIsNotACompleteCopy) {  // R28
  ObjectDisk disk;
  disk.objects[kFolder + "orders.ndjson"] = "left behind by another tool";

  ASSERT_TRUE(copy(disk, snapshot_options(), {document(1, 5)}).is_ok());
  EXPECT_EQ(values_in(disk, kFolder + "orders.ndjson"), std::vector<int64_t>{5});
}

TEST(LakeCopy, CompleteOneIsReplacedOnRequestByAFileOfAnotherName) {  // R28
  ObjectDisk disk;
  LakeOptions options = snapshot_options();
  ASSERT_TRUE(copy(disk, options, {document(1, 1)}).is_ok());
  const uint64_t generation = manifest_of(disk, kFolder).generation;
  options.if_exists = IfExists::kReplace;

  ASSERT_TRUE(copy(disk, options, {document(1, 2)}).is_ok());
  const Manifest manifest = manifest_of(disk, kFolder);
  ASSERT_EQ(manifest.files.size(), 1U);
  EXPECT_EQ(manifest.files.front().name, "orders-2.ndjson");
  EXPECT_GT(manifest.generation, generation);
  EXPECT_EQ(values_in(disk, kFolder + "orders-2.ndjson"), std::vector<int64_t>{2});
  EXPECT_FALSE(disk.objects.contains(kFolder + "orders.ndjson"));
}

TEST(LakeCopy, CompleteOneFailsTheRunOnRequest) {  // R28
  ObjectDisk disk;
  LakeOptions options = snapshot_options();
  ASSERT_TRUE(copy(disk, options, {document(1, 1)}).is_ok());
  options.if_exists = IfExists::kFail;

  const Status failure = copy(disk, options, {document(1, 2)});
  EXPECT_EQ(failure.code(), Code::kInvalidArgument);
  EXPECT_NE(failure.to_string().find("folder=" + kFolder), std::string::npos);
  EXPECT_EQ(values_in(disk, kFolder + "orders.ndjson"), std::vector<int64_t>{1});
}

TEST(LakeCopy, OtherCountThanWasReadIsCorruption) {  // R34
  for (const uint64_t read : {1U, 3U}) {
    ObjectDisk disk;
    LakeDriver lake(disk, snapshot_options());
    const std::vector<LakeEvent> documents{document(1, 1), document(2, 2)};
    Notice notice = copied_notice(documents, false);
    notice.records = read;
    ASSERT_TRUE(lake.start().is_ok());
    ASSERT_TRUE(write(lake, documents, {notice}).is_ok());

    const Status failure = lake.prepare();
    EXPECT_EQ(failure.code(), Code::kCorruption);
    EXPECT_NE(failure.to_string().find("written=2"), std::string::npos) << failure.to_string();
    EXPECT_TRUE(visible_paths(disk).empty());
  }
}

TEST(LakeCopy, OtherContentThanWasReadIsCorruption) {  // R34
  ObjectDisk disk;
  LakeDriver lake(disk, snapshot_options());
  ASSERT_TRUE(lake.start().is_ok());
  ASSERT_TRUE(write(lake, {document(1, 1)}, {copied_notice({document(1, 2)}, false)}).is_ok());

  EXPECT_EQ(lake.prepare().code(), Code::kCorruption);
}

TEST(LakeCopy, ThatStagesReshapedIsHeldToItsCountAlone) {  // R34
  ObjectDisk disk;
  LakeOptions options = snapshot_options();
  options.check_content = false;
  LakeDriver lake(disk, options);
  ASSERT_TRUE(lake.start().is_ok());
  ASSERT_TRUE(write(lake, {document(1, 1)}, {copied_notice({document(1, 2)}, false)}).is_ok());

  EXPECT_TRUE(lake.end_epoch().is_ok());
}

TEST(LakeCopy, ThatFailedLeavesNothingAndTheOthersStand) {  // R27, R29
  ObjectDisk disk;
  LakeDriver lake(disk, snapshot_options());
  ASSERT_TRUE(lake.start().is_ok());
  ASSERT_TRUE(write(lake, {document(1, 1), document(1, 1, "users")}).is_ok());
  ASSERT_TRUE(lake.end_epoch().is_ok());
  EXPECT_EQ(staged(disk), 2U);

  ASSERT_TRUE(write(lake, {document(2, 2)},
                    {failed_notice("orders"), copied_notice({document(1, 1, "users")}, false)})
                  .is_ok());
  ASSERT_TRUE(lake.end_epoch().is_ok());
  EXPECT_EQ(staged(disk), 0U);
  EXPECT_EQ(visible_paths(disk), (std::vector<std::string>{"users/2025-01-31-13/_SUCCESS",
                                                           "users/2025-01-31-13/_manifest.json",
                                                           "users/2025-01-31-13/users.ndjson"}));
}

TEST(LakeCopy, BesideAStreamStandsInPartsOfItsOwnThatAreReadFirst) {  // R40, R41
  ObjectDisk disk;
  LakeDriver lake(disk, small_lake_options());
  LakeEvent change = document(1, 11);
  change.operation = Operation::kUpdate;
  change.time.increment = 9;
  const std::vector<LakeEvent> documents{document(1, 1), document(2, 2)};
  ASSERT_TRUE(lake.start().is_ok());
  ASSERT_TRUE(write(lake, {change}, {}, true).is_ok());
  ASSERT_TRUE(write(lake, documents, {copied_notice(documents, true)}, true).is_ok());
  ASSERT_TRUE(lake.end_epoch().is_ok());

  const Manifest manifest = manifest_of(disk, kFolder);
  ASSERT_EQ(manifest.files.size(), 2U);
  EXPECT_TRUE(manifest.files.at(0).name.starts_with("copy-"));
  EXPECT_TRUE(manifest.files.at(1).name.starts_with("part-"));
  EXPECT_EQ(manifest.files.at(0).operations.at(static_cast<size_t>(Operation::kRead)), 2U);
}

TEST(LakeCopy, HourIsNotSealedWhileItsCollectionIsBeingCopied) {  // R41
  ObjectDisk disk;
  LakeDriver lake(disk, small_lake_options());
  const std::vector<LakeEvent> documents{document(1, 1), document(2, 2)};
  ASSERT_TRUE(lake.start().is_ok());
  ASSERT_TRUE(write(lake, {documents.front()}, {}, true).is_ok());
  ASSERT_TRUE(lake.pass({kHour + 8000, 1}).is_ok());
  ASSERT_TRUE(lake.end_epoch().is_ok());
  EXPECT_FALSE(manifest_of(disk, kFolder).sealed);

  ASSERT_TRUE(write(lake, {documents.back()}, {copied_notice(documents, true)}, true).is_ok());
  ASSERT_TRUE(lake.end_epoch().is_ok());
  const Manifest sealed = manifest_of(disk, kFolder);
  EXPECT_TRUE(sealed.sealed);
  ASSERT_EQ(sealed.files.size(), 1U);
  EXPECT_EQ(sealed.files.front().records, 2U);
}

TEST(LakeCopy, MadeAnewAfterALostPositionIsCountedFromItsBeginning) {  // R12, R34
  ObjectDisk disk;
  LakeDriver lake(disk, small_lake_options());
  Notice lost;
  lost.kind = Notice::Kind::kHistoryLost;
  lost.gap_from = {kHour - 100, 1};
  lost.gap_to = {kHour, 5};
  const std::vector<LakeEvent> documents{document(1, 1), document(2, 2), document(3, 3)};
  ASSERT_TRUE(lake.start().is_ok());
  // The first copy was under way in an epoch before, and in this one, when the position was lost.
  ASSERT_TRUE(write(lake, {documents.at(0)}, {}, true).is_ok());
  ASSERT_TRUE(lake.end_epoch().is_ok());
  ASSERT_TRUE(write(lake, {documents.at(1)}, {lost}, true).is_ok());
  ASSERT_TRUE(write(lake, documents, {copied_notice(documents, true)}, true).is_ok());

  const Status published = lake.end_epoch();
  ASSERT_TRUE(published.is_ok()) << published.to_string();
  const Manifest manifest = manifest_of(disk, kFolder);
  ASSERT_EQ(manifest.gaps.size(), 1U);
  EXPECT_EQ(manifest.gaps.front(), (ManifestGap{lost.gap_from, lost.gap_to}));
}

TEST(LakeCopy, CannotShareAFolderWithChanges) {  // R30
  ObjectDisk disk;
  LakeDriver changes(disk, small_lake_options());
  ASSERT_TRUE(changes.start().is_ok());
  LakeEvent change = document(1, 1);
  change.operation = Operation::kInsert;
  ASSERT_TRUE(changes.write({change}).is_ok());
  ASSERT_TRUE(changes.end_epoch().is_ok());

  const Status refused = copy(disk, snapshot_options(), {document(1, 1)});
  EXPECT_EQ(refused.code(), Code::kInvalidArgument);
  EXPECT_NE(refused.to_string().find("holds=changes"), std::string::npos) << refused.to_string();
}

}  // namespace
}  // namespace inlet::testing
