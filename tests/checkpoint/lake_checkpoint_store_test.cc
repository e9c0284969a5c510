// Aim: candidates that race for a lease without a lock of the store's: one wins. And what a
// replaced holder writes late never counts.

#include "checkpoint/lake_checkpoint_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "testing/checkpoints.h"
#include "testing/object_disk.h"
#include "testing/pausable_clock.h"

namespace inlet::testing {
namespace {

using std::chrono::milliseconds;

class LakeStateTest : public ::testing::Test {
 protected:
  std::unique_ptr<LakeCheckpointStore> open(Clock& clock, DiskStore::Hook hook = nullptr,
                                            milliseconds life = milliseconds(600'000),
                                            milliseconds settle = milliseconds(200)) {
    return std::make_unique<LakeCheckpointStore>(
        std::make_shared<DiskStore>(disk_, std::move(hook)), "orders", clock,
        LakeCheckpointStore::Options{life, settle});
  }

  ObjectDisk disk_;
  SystemClock clock_;
};

TEST_F(LakeStateTest, OfManyCandidatesAtOnceOneWins) {
  for (int round = 0; round < 3; ++round) {
    constexpr int kCandidates = 6;
    std::atomic<int> winners{0};
    std::vector<std::unique_ptr<LakeCheckpointStore>> stores;
    for (int i = 0; i < kCandidates; ++i) stores.push_back(open(clock_));
    {
      std::vector<std::jthread> threads;
      for (const auto& store : stores) {
        threads.emplace_back([&winners, &store] {
          const Status status = store->acquire().status();
          if (status.is_ok()) ++winners;
          EXPECT_TRUE(status.is_ok() || status.code() == Code::kUnavailable) << status.to_string();
        });
      }
    }
    EXPECT_EQ(winners, 1);
    for (const auto& store : stores) must(store->release());
  }
}

TEST_F(LakeStateTest, CandidateThatWasTooSlowToBeSafeWithdraws) {
  // A stands still between its look and its lease; meanwhile B takes the lease and works.
  std::unique_ptr<LakeCheckpointStore> b;
  bool interrupted = false;
  const auto a = open(clock_, [&](const std::string& call) -> Status {
    if (call != "put" || interrupted) return Status::ok();
    interrupted = true;
    b = open(clock_);
    return b->acquire().status();
  });
  const Status refused = a->acquire().status();
  EXPECT_EQ(refused.text(), kAlreadyRunning) << refused.to_string();
  must(b->verify_held());
  must(b->store(sample_checkpoint(1)));
  EXPECT_EQ(must_load(*b), describe(sample_checkpoint(1)));
}

TEST_F(LakeStateTest, CheckpointOfAReplacedHolderThatArrivesLateNeverCounts) {
  // The old holder stands still inside its put: nothing of its own can refuse that write.
  PausableClock paused_clock;
  std::unique_ptr<LakeCheckpointStore> next;
  bool armed = false;
  const auto old = open(
      paused_clock,
      [&](const std::string& call) -> Status {
        if (call != "put" || !armed) return Status::ok();
        armed = false;
        paused_clock.pause();
        next = open(clock_);
        Status status;
        EXPECT_TRUE(await([&] { return (status = next->acquire().status()).is_ok(); }));
        EXPECT_EQ(must_load(*next), "nothing");
        return Status::ok();
      },
      milliseconds(1000));
  must(old->acquire().status());
  EXPECT_EQ(must_load(*old), "nothing");
  armed = true;
  EXPECT_EQ(old->store(sample_checkpoint(1)).text(), "lease lost");

  // Not withdrawn, as by a process that was killed right behind its put.
  {
    std::scoped_lock lock(disk_.mutex);
    disk_.objects["_inlet/orders/checkpoint-00000000000000000001-00000000000000000001"] =
        encode_checkpoint(sample_checkpoint(1));
  }
  EXPECT_EQ(must_load(*next), "nothing");
  must(next->release());
  const auto last = open(clock_);
  must(last->acquire().status());
  EXPECT_EQ(must_load(*last), "nothing") << "a higher fence outranks a higher epoch";
  must(last->store(sample_checkpoint(1)));
  EXPECT_EQ(must_load(*last), describe(sample_checkpoint(1)));
  std::scoped_lock lock(disk_.mutex);
  EXPECT_FALSE(
      disk_.objects.contains("_inlet/orders/checkpoint-00000000000000000001-00000000000000000001"));
}

TEST_F(LakeStateTest, StoreThatFailsAnywhereLeavesTheOldCheckpointOrTheNew) {
  for (int failing_call = 0; failing_call < 12; ++failing_call) {
    SCOPED_TRACE(failing_call);
    disk_.objects.clear();
    std::atomic<int> left{-1};
    const auto store = open(
        clock_,
        [&](const std::string& call) {
          if (left < 0 || left-- > 0) return Status::ok();
          return Status(Code::kUnavailable, "the store is away").with("call", call);
        },
        milliseconds(600'000), milliseconds(20));
    must(store->acquire().status());
    must_load(*store);
    must(store->store(sample_checkpoint(1)));
    left = failing_call;
    const Status status = store->store(sample_checkpoint(2));
    EXPECT_TRUE(status.is_ok() || status.code() == Code::kUnavailable) << status.to_string();
    left = -1;
    const std::string loaded = must_load(*store);
    EXPECT_TRUE(loaded == describe(sample_checkpoint(2)) ||
                (!status.is_ok() && loaded == describe(sample_checkpoint(1))));
    must(store->store(sample_checkpoint(2)));
    EXPECT_EQ(must_load(*store), describe(sample_checkpoint(2)));
  }
}

TEST_F(LakeStateTest, AcquireThatFailsAnywhereKeepsNobodyOutForLong) {
  for (int failing_call = 0; failing_call < 8; ++failing_call) {
    SCOPED_TRACE(failing_call);
    disk_.objects.clear();
    std::atomic<int> left{failing_call};
    const auto store = open(
        clock_,
        [&](const std::string& call) {
          if (left < 0 || left-- > 0) return Status::ok();
          return Status(Code::kUnavailable, "the store is away").with("call", call);
        },
        milliseconds(600'000), milliseconds(20));
    const Status first = store->acquire().status();
    EXPECT_TRUE(first.is_ok() || first.code() == Code::kUnavailable) << first.to_string();
    left = -1;
    must(store->acquire().status());  // Its own lease does not stand in its way.
    must(store->verify_held());
  }
}

TEST_F(LakeStateTest, DamagedLeaseIsNamedAndNotOverruled) {
  disk_.objects["_inlet/orders/lease-00000000000000000004-abc"] = "{\"host\": ";
  const auto store = open(clock_);
  const Status status = store->acquire().status();
  EXPECT_EQ(status.code(), Code::kCorruption) << status.to_string();
  EXPECT_NE(status.to_string().find("lease-00000000000000000004-abc"), std::string::npos);
}

TEST_F(LakeStateTest, EverythingItWritesIsInvisibleToReaders) {
  const auto store = open(clock_);
  must(store->acquire().status());
  must_load(*store);
  must(store->store(sample_checkpoint(1)));
  std::scoped_lock lock(disk_.mutex);
  EXPECT_EQ(disk_.objects.size(), 2);
  for (const auto& [path, bytes] : disk_.objects) EXPECT_TRUE(path.starts_with("_")) << path;
}

}  // namespace
}  // namespace inlet::testing
