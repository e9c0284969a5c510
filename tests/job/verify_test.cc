// Aim: a lake as the sink writes it is clean, and each way to harm it is found, named and counted
// once.

#include "job/verify.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "testing/lake_driver.h"

namespace inlet::testing {
namespace {

using Kind = VerifyFinding::Kind;

constexpr uint32_t kHour = 1'738'328'400;
const std::string kSealed = "orders/2025-01-31-13/";
const std::string kOpen = "orders/2025-01-31-14/";
const std::string kSealedFile = kSealed + "events-20250131-13.ndjson";
const std::string kPart = kOpen + "part-0000000002-00000.ndjson";

class Verify : public ::testing::Test {
 protected:
  /// A sealed hour with two events and an open one with three.
  void SetUp() override {
    LakeDriver lake(disk_, small_lake_options());
    ASSERT_TRUE(lake.start().is_ok());
    ASSERT_TRUE(lake.write({event(1, kHour), event(2, kHour + 1)}).is_ok());
    ASSERT_TRUE(lake.end_epoch().is_ok());
    ASSERT_TRUE(lake.write({event(3, kHour + 3700), event(4, kHour + 3701), event(5, kHour + 3702)})
                    .is_ok());
    ASSERT_TRUE(lake.end_epoch().is_ok());
    ASSERT_TRUE(disk_.objects.contains(kSealedFile));
    ASSERT_TRUE(disk_.objects.contains(kPart));
  }
  static LakeEvent event(int64_t id, uint32_t seconds) {
    return {Operation::kInsert, "orders", id, {seconds, 1}, id, "shop"};
  }
  VerifyReport verify() {
    DiskStore store(disk_);
    const Result<VerifyReport> report = verify_lake(store, {});
    EXPECT_TRUE(report.is_ok()) << report.status().to_string();
    return report.is_ok() ? *report : VerifyReport();
  }
  /// The report has this one finding, there.
  void expect_only(Kind kind, const std::string& where) {
    const VerifyReport report = verify();
    EXPECT_EQ(report.counts, (std::map<Kind, uint64_t>{{kind, 1}})) << report.to_text();
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings.front().where, where);
    EXPECT_NE(report.to_text().find("NOT verified"), std::string::npos);
  }
  /// Changes a folder's manifest.
  void edit(const std::string& folder, const std::function<void(Manifest&)>& change) {
    Manifest manifest = manifest_of(disk_, folder);
    change(manifest);
    disk_.objects[folder + std::string(kManifestName)] = encode_manifest(manifest);
  }

  ObjectDisk disk_;
};

TEST_F(Verify, LakeAsItWasWrittenIsCleanAndCounted) {  // R61
  const VerifyReport report = verify();

  EXPECT_TRUE(report.is_clean()) << report.to_text();
  EXPECT_EQ(report.folders, 2U);
  EXPECT_EQ(report.sealed, 1U);
  EXPECT_EQ(report.files, 2U);
  EXPECT_EQ(report.records, 5U);
  EXPECT_EQ(report.operations.at(static_cast<size_t>(Operation::kInsert)), 5U);
  EXPECT_EQ(report.bytes, disk_.objects.at(kSealedFile).size() + disk_.objects.at(kPart).size());
}

TEST_F(Verify, EmptyLakeIsClean) {
  disk_.objects.clear();

  EXPECT_TRUE(verify().is_clean());
}

TEST_F(Verify, ChangedByteIsFound) {  // R61
  std::string& bytes = disk_.objects.at(kPart);
  bytes[bytes.find("a document of")] = 'A';  // Still the JSON of as many records.

  expect_only(Kind::kDamagedFile, kPart);
}

TEST_F(Verify, AnyChangedByteOfAFileIsFound) {  // R61
  const std::string whole = disk_.objects.at(kPart);
  for (size_t at = 0; at < whole.size(); ++at) {
    disk_.objects.at(kPart)[at] ^= 4;
    ASSERT_GE(verify().counts[Kind::kDamagedFile], 1U) << at;
    disk_.objects.at(kPart) = whole;
  }
}

TEST_F(Verify, FileCutShortIsFound) {  // R29, R61
  disk_.objects.at(kSealedFile).resize(100);

  EXPECT_GE(verify().counts[Kind::kDamagedFile], 1U);
}

TEST_F(Verify, MissingFileIsFound) {  // R61
  disk_.objects.erase(kPart);

  expect_only(Kind::kMissingFile, kPart);
}

TEST_F(Verify, FileThatStandsInNoManifestIsFoundAndOursAreNot) {
  disk_.objects[kOpen + "foreign.ndjson"] = "{}\n";
  disk_.objects[kOpen + "_notes.txt"] = "hidden";
  disk_.objects["_staging/test/1-part"] = "half";
  disk_.objects[kOpen + ".hidden/x"] = "hidden";

  expect_only(Kind::kStray, kOpen + "foreign.ndjson");
}

TEST_F(Verify, DamagedManifestIsFoundAndItsFilesBecomeStrays) {
  disk_.objects[kOpen + std::string(kManifestName)] = "{";

  const VerifyReport report = verify();
  EXPECT_EQ(report.counts,
            (std::map<Kind, uint64_t>{{Kind::kDamagedManifest, 1}, {Kind::kStray, 1}}));
}

TEST_F(Verify, SealThatDoesNotAgreeWithItsMarkIsFound) {  // R4
  disk_.objects.erase(kSealed + std::string(kSuccessName));
  expect_only(Kind::kSealBroken, kSealed);

  disk_.objects[kSealed + std::string(kSuccessName)] = "";
  disk_.objects[kOpen + std::string(kSuccessName)] = "";
  expect_only(Kind::kSealBroken, kOpen);
}

TEST_F(Verify, EventThatIsThereTwiceIsFoundAndNamed) {  // R6
  edit(kOpen, [&](Manifest& manifest) {
    ManifestFile again = manifest.files.front();
    again.name = "part-0000000003-00000.ndjson";
    manifest.put(again);
  });
  disk_.objects[kOpen + "part-0000000003-00000.ndjson"] = disk_.objects.at(kPart);

  const VerifyReport report = verify();
  EXPECT_EQ(report.counts, (std::map<Kind, uint64_t>{{Kind::kDoubledToken, 3}}))
      << report.to_text();
}

TEST_F(Verify, OperationsThatAreNotTheManifestsAreFound) {
  edit(kOpen, [](Manifest& manifest) {
    auto& operations = manifest.files.front().operations;
    std::swap(operations.at(static_cast<size_t>(Operation::kInsert)),
              operations.at(static_cast<size_t>(Operation::kUpdate)));
  });

  expect_only(Kind::kDamagedFile, kPart);
}

TEST_F(Verify, GapIsToldButIsNoFinding) {  // R12
  edit(kOpen, [](Manifest& manifest) { manifest.gaps = {{{1, 1}, {2, 2}}}; });

  const VerifyReport report = verify();
  EXPECT_TRUE(report.is_clean());
  EXPECT_EQ(report.gaps, 1U);
  EXPECT_NE(report.to_text().find("gaps are marked"), std::string::npos);
}

TEST_F(Verify, StoreThatFailsIsAnErrorAndNoFinding) {
  DiskStore store(disk_, [](const std::string& call) {
    return call == "open_reader" ? Status(Code::kUnavailable, "503") : Status::ok();
  });

  EXPECT_EQ(verify_lake(store, {}).status().code(), Code::kUnavailable);
}

TEST_F(Verify, FindingsOfOneKindAreBoundedAndCounted) {
  for (size_t i = 0; i < VerifyReport::kFindingsKept + 50; ++i)
    disk_.objects[kOpen + "stray" + std::to_string(i)] = "";

  const VerifyReport report = verify();
  EXPECT_EQ(report.findings.size(), VerifyReport::kFindingsKept);
  EXPECT_EQ(report.counts.at(Kind::kStray), VerifyReport::kFindingsKept + 50);
}

TEST_F(Verify, ReportIsJsonWhateverNamesItHolds) {
  disk_.objects[kOpen + "stray\"\xFF"] = "";

  const nlohmann::json report = nlohmann::json::parse(verify().to_json(), nullptr, false);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report["clean"], false);
  EXPECT_EQ(report["counts"]["stray file"], 1);
}

}  // namespace
}  // namespace inlet::testing
