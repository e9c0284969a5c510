// Crashes the lake sink at every store call in turn, before and after its effect, starts a new sink
// from the last checkpoint, and looks whether the lake holds every event once, names every file,
// and left nothing behind.

#include <gtest/gtest.h>

#include <atomic>

#include "base/random.h"
#include "job/verify.h"
#include "testing/lake_run.h"

namespace inlet::testing {
namespace {

std::multiset<std::string> tokens_of(const LakeScript& script) {
  const Batch batch = make_batch(script.events, 0);
  std::multiset<std::string> out;
  for (const Record& record : batch.records) {
    out.insert(std::string(record.document["_id"].as_document()["_data"].as_string()));
  }
  return out;
}

std::multiset<std::string> tokens_in(const std::vector<LakeLine>& lines) {
  std::multiset<std::string> out;
  for (const LakeLine& line : lines) {
    out.insert(std::string(line.record["_token"].as_document()["_data"].as_string()));
  }
  return out;
}

void expect_whole(LakeWorld& world, const LakeScript& script) {
  const Result<std::vector<LakeLine>> lines = read_lake(world.disk);
  ASSERT_TRUE(lines.is_ok()) << lines.status().to_string();
  EXPECT_EQ(tokens_in(*lines), tokens_of(script));
  EXPECT_TRUE(strays(world.disk).empty()) << strays(world.disk).front();
  DiskStore store(world.disk);
  const Result<VerifyReport> report = verify_lake(store, {});
  ASSERT_TRUE(report.is_ok()) << report.status().to_string();
  EXPECT_TRUE(report->is_clean()) << report->to_text();
  EXPECT_EQ(report->records, script.events.size());
}

/// Fails the `at`-th call that the hook sees, and every one after it: a process that has died calls
/// nothing more.
class CrashAt {
 public:
  explicit CrashAt(int at) : at_(at) {}
  Status operator()(const std::string& call) {
    const int now = ++(*count_);
    if (now < at_) return Status::ok();
    return Status(Code::kUnavailable, "crashed").with("call", call).with("number", now);
  }

 private:
  const int at_;
  std::shared_ptr<std::atomic<int>> count_ = std::make_shared<std::atomic<int>>(0);
};

void crash_everywhere(const LakeOptions& options, const LakeScript& script) {
  int crash_at = 1;
  for (;; ++crash_at) {
    LakeWorld world;
    const Status crashed = run_lake(world, options, script, CrashAt(crash_at));
    const Status resumed = run_lake(world, options, script);
    ASSERT_TRUE(resumed.is_ok()) << "crash_at=" << crash_at << " " << crashed.to_string() << "; "
                                 << resumed.to_string();
    expect_whole(world, script);
    if (::testing::Test::HasFailure()) {
      FAIL() << "crash_at=" << crash_at << " " << crashed.to_string();
    }
    if (crashed.is_ok()) break;  // Every call site has now failed once.
  }
  EXPECT_GT(crash_at, 20) << "the script reaches too few calls to prove anything";
}

TEST(LakeSinkCrash, AtAnyStoreCallLosesNothingAndRepeatsNothing) {
  crash_everywhere(small_lake_options(), random_script(1, 40, 2, 900));
}

TEST(LakeSinkCrash, OfStreamedCompressedFilesLosesNothing) {
  LakeOptions options = small_lake_options();
  options.compression.compression = Compression::kZstd;
  options.stream_bytes = 1;
  crash_everywhere(options, random_script(2, 25, 1, 1800));
}

TEST(LakeSinkCrash, WithLateEventsForSealedHoursLosesNothing) {
  LakeScript script = random_script(3, 40, 1, 1200);
  // Events of hours that were sealed long ago, as a stream resumed from an old position gives them.
  for (size_t i = 30; i < 40; ++i) script.events[i].time = script.events[i - 30].time;
  crash_everywhere(small_lake_options(), script);
}

TEST(LakeSinkCrash, TwiceInARowLosesNothing) {
  const LakeScript script = random_script(4, 30, 2, 1500);
  for (int first = 1; first < 60; first += 3) {
    for (int second = 1; second < 40; second += 4) {
      LakeWorld world;
      if (run_lake(world, small_lake_options(), script, CrashAt(first)).is_ok()) return;
      (void)run_lake(world, small_lake_options(), script, CrashAt(second)).is_ok();
      const Status resumed = run_lake(world, small_lake_options(), script);
      ASSERT_TRUE(resumed.is_ok()) << first << ", " << second << " " << resumed.to_string();
      expect_whole(world, script);
      if (::testing::Test::HasFailure()) FAIL() << "crashes at " << first << ", " << second;
    }
  }
}

TEST(LakeSinkCrash, RandomScriptsSurviveRandomCrashes) {
  for (uint64_t seed = 100; seed < 140; ++seed) {
    const LakeScript script = random_script(seed, 60, 3, 400);
    Random random(seed);
    LakeOptions options = small_lake_options();
    options.encoder_threads = 2;
    options.publish_threads = 4;
    LakeWorld world;
    for (int i = 0; i < 6; ++i) {
      const int at = 1 + static_cast<int>(random.below(80));
      if (run_lake(world, options, script, CrashAt(at)).is_ok()) break;
    }
    const Status resumed = run_lake(world, options, script);
    ASSERT_TRUE(resumed.is_ok()) << "seed=" << seed << " " << resumed.to_string();
    expect_whole(world, script);
    if (::testing::Test::HasFailure()) FAIL() << "seed=" << seed;
  }
}

}  // namespace
}  // namespace inlet::testing
