#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/checkpoint_store.h"
#include "testing/checkpoints.h"
#include "testing/pausable_clock.h"

namespace inlet::testing {

/// One kind of state store, with its deviations and the doors that the suite needs.
class StateUnderTest {
 public:
  enum class Lease {
    kLong,   ///< Outlives the test.
    kShort,  ///< A second and a half, where it expires.
  };
  virtual ~StateUnderTest() = default;
  /// What another process would open on the same state.
  virtual std::unique_ptr<CheckpointStore> open(const std::string& processor, Clock& clock,
                                                Lease lease) = 0;
  /// Epochs of the checkpoints that are kept, ascending.
  virtual std::vector<uint64_t> stored_epochs(const std::string& processor) = 0;
  /// Flips one bit in the middle of the newest checkpoint.
  virtual void damage_newest(const std::string& processor) = 0;
  /// False where a holder that is paused keeps its lease.
  virtual bool lease_expires() const { return true; }
};

struct StateKind {
  std::string name;
  std::function<std::unique_ptr<StateUnderTest>()> make;  ///< Nothing: its server is not at hand.
};

class CheckpointStoreTest : public ::testing::TestWithParam<StateKind> {
 protected:
  using Lease = StateUnderTest::Lease;

  void SetUp() override {
    state_ = GetParam().make();
    if (state_ == nullptr) GTEST_SKIP() << "no mongod: set INLET_MONGOD to the server's path";
  }

  std::unique_ptr<CheckpointStore> open(const std::string& processor = "orders",
                                        Lease lease = Lease::kLong) {
    return state_->open(processor, clock_, lease);
  }
  static uint64_t must_acquire(CheckpointStore& store) {
    const Result<uint64_t> fence = store.acquire();
    EXPECT_TRUE(fence.is_ok()) << fence.status().to_string();
    return fence.is_ok() ? *fence : 0;
  }
  /// Stands by until the lease is free.
  static uint64_t await_lease(CheckpointStore& store) {
    Result<uint64_t> fence = store.acquire();
    const bool done = await([&] {
      if (!fence.is_ok()) fence = store.acquire();
      return fence.is_ok() || fence.error().code() != Code::kUnavailable;
    });
    EXPECT_TRUE(done && fence.is_ok()) << fence.status().to_string();
    return fence.is_ok() ? *fence : 0;
  }

  SystemClock clock_;
  std::unique_ptr<StateUnderTest> state_;
};

TEST_P(CheckpointStoreTest, SecondProcessIsRefusedAndToldWhoHoldsTheLease) {
  const auto first = open();
  const auto second = open();
  const uint64_t fence = must_acquire(*first);

  const Status refused = second->acquire().status();
  EXPECT_EQ(refused.code(), Code::kUnavailable);
  EXPECT_EQ(refused.text(), kAlreadyRunning);
  const std::string text = refused.to_string();
  EXPECT_NE(text.find(" pid " + std::to_string(::getpid()) + " since 20"), std::string::npos)
      << text;
  EXPECT_NE(text.find("--wait-for-lease"), std::string::npos) << text;
  EXPECT_EQ(second->verify_held().code(), Code::kCancelled);
  EXPECT_EQ(second->store(sample_checkpoint(1)).code(), Code::kCancelled);
  must(first->verify_held());

  must(first->release());
  EXPECT_EQ(first->verify_held().code(), Code::kCancelled);
  EXPECT_EQ(first->store(sample_checkpoint(1)).code(), Code::kCancelled);
  EXPECT_GT(must_acquire(*second), fence);
  must(second->verify_held());
  EXPECT_EQ(must_load(*second), "nothing");
}

TEST_P(CheckpointStoreTest, EachAcquisitionHasAHigherFence) {
  uint64_t last = 0;
  for (int round = 0; round < 3; ++round) {
    const auto store = open();
    for (int again = 0; again < 2; ++again) {
      const uint64_t fence = must_acquire(*store);
      EXPECT_GT(fence, last);
      last = fence;
      must(store->release());
    }
  }
}

TEST_P(CheckpointStoreTest, DeadHolderIsReplaced) {
  auto dead = open("orders", Lease::kShort);
  const uint64_t fence = must_acquire(*dead);
  must(dead->store(sample_checkpoint(1)));
  dead.reset();  // As its process would: nothing is released.

  const auto next = open();
  EXPECT_GT(await_lease(*next), fence);
  EXPECT_EQ(must_load(*next), describe(sample_checkpoint(1)));
}

TEST_P(CheckpointStoreTest, WhatIsStoredIsLoadedFieldByFieldWhateverItsSize) {
  uint64_t epoch = 0;
  for (const size_t filling : {size_t{0}, size_t{5} << 20, size_t{1}}) {
    const Checkpoint stored = sample_checkpoint(++epoch, filling);
    {
      const auto writer = open();
      must_acquire(*writer);
      must_load(*writer);
      must(writer->store(stored));
      EXPECT_EQ(must_load(*writer), describe(stored)) << "the writer itself";
      must(writer->release());
    }
    const auto reader = open();
    must_acquire(*reader);
    EXPECT_EQ(must_load(*reader), describe(stored)) << "another process";
    must(reader->release());
  }
}

TEST_P(CheckpointStoreTest, LastTwoAreKeptAlsoOverATakeover) {
  const auto first = open();
  must_acquire(*first);
  for (uint64_t epoch = 1; epoch <= 5; ++epoch) must(first->store(sample_checkpoint(epoch)));
  EXPECT_EQ(state_->stored_epochs("orders"), (std::vector<uint64_t>{4, 5}));
  must(first->release());

  const auto second = open();
  must_acquire(*second);
  EXPECT_EQ(must_load(*second), describe(sample_checkpoint(5)));
  must(second->store(sample_checkpoint(6)));
  EXPECT_EQ(state_->stored_epochs("orders"), (std::vector<uint64_t>{5, 6}));
}

TEST_P(CheckpointStoreTest, EpochThatIsStoredAgainCountsAsTheLaterOne) {
  // An answer that was lost on its way makes the engine store again, perhaps with other content.
  const auto store = open();
  must_acquire(*store);
  must(store->store(sample_checkpoint(1)));
  must(store->store(sample_checkpoint(2)));
  Checkpoint other = sample_checkpoint(2);
  other.fingerprint = "fedcba9876543210";
  must(store->store(other));
  EXPECT_EQ(must_load(*store), describe(other));
  EXPECT_EQ(state_->stored_epochs("orders"), (std::vector<uint64_t>{1, 2}));
}

TEST_P(CheckpointStoreTest, DamagedCheckpointIsCorruptionAndNeverSkipped) {
  const auto writer = open();
  must_acquire(*writer);
  must(writer->store(sample_checkpoint(1)));
  must(writer->store(sample_checkpoint(2)));
  must(writer->release());
  state_->damage_newest("orders");

  const auto reader = open();
  must_acquire(*reader);
  const Status status = reader->load().status();
  EXPECT_EQ(status.code(), Code::kCorruption) << status.to_string();
  EXPECT_FALSE(status.hint().empty());
}

TEST_P(CheckpointStoreTest, HolderThatWasPausedAndReplacedCannotStore) {
  if (!state_->lease_expires()) GTEST_SKIP() << "a paused holder keeps a lock of this machine";
  PausableClock paused_clock;
  const auto paused = state_->open("orders", paused_clock, Lease::kShort);
  must_acquire(*paused);
  must_load(*paused);
  must(paused->store(sample_checkpoint(1)));
  paused_clock.pause();

  const auto next = open();
  await_lease(*next);
  EXPECT_EQ(must_load(*next), describe(sample_checkpoint(1)));

  // It wakes up in the middle of a store, not knowing yet that time has passed; epoch 3 would be
  // the newest.
  const Status refused = paused->store(sample_checkpoint(3));
  EXPECT_EQ(refused.code(), Code::kCancelled) << refused.to_string();
  EXPECT_EQ(refused.text(), "lease lost");
  EXPECT_NE(refused.to_string().find(" pid "), std::string::npos) << refused.to_string();
  EXPECT_EQ(paused->verify_held().text(), "lease lost");
  EXPECT_EQ(paused->load().status().code(), Code::kCancelled);
  paused_clock.resume();
  EXPECT_EQ(paused->verify_held().text(), "lease lost");
  must(paused->release());

  must(next->verify_held());
  must(next->store(sample_checkpoint(2)));
  EXPECT_EQ(must_load(*next), describe(sample_checkpoint(2)));
  must(next->release());
  const auto last = open();
  must_acquire(*last);
  EXPECT_EQ(must_load(*last), describe(sample_checkpoint(2)));
}

TEST_P(CheckpointStoreTest, HolderThatWakesUpIsNotSureOfItsLease) {
  if (!state_->lease_expires()) GTEST_SKIP() << "a paused holder keeps a lock of this machine";
  PausableClock paused_clock;
  const auto paused = state_->open("orders", paused_clock, Lease::kShort);
  must_acquire(*paused);
  must(paused->verify_held());
  paused_clock.pause();
  const auto next = open();
  await_lease(*next);
  paused_clock.resume();
  // Before it has asked the store: not known. Then: lost. At no moment: held.
  EXPECT_TRUE(await([&] {
    const Status status = paused->verify_held();
    EXPECT_FALSE(status.is_ok());
    return status.code() == Code::kCancelled;
  }));
  EXPECT_EQ(paused->verify_held().text(), "lease lost");
}

TEST_P(CheckpointStoreTest, LeaseIsRenewedForAsLongAsItIsHeld) {
  if (!state_->lease_expires()) GTEST_SKIP() << "a lock of this machine has no end";
  const auto holder = open("orders", Lease::kShort);
  must_acquire(*holder);
  const auto other = open();
  // Three times the life of a lease; a busy machine may make the holder unsure, but never lose it.
  const SteadyTime end = clock_.steady_now() + std::chrono::milliseconds(4500);
  while (clock_.steady_now() < end) {
    EXPECT_EQ(other->acquire().status().text(), kAlreadyRunning);
    EXPECT_NE(holder->verify_held().code(), Code::kCancelled);
  }
  EXPECT_TRUE(await([&] { return holder->verify_held().is_ok(); }));
}

TEST_P(CheckpointStoreTest, TwoProcessorsDoNotSeeEachOther) {
  const auto orders = open("orders");
  const auto customers = open("orders-archive");
  must_acquire(*orders);
  must_acquire(*customers);
  for (uint64_t epoch = 1; epoch <= 3; ++epoch) {
    must(orders->store(sample_checkpoint(epoch)));
    must(customers->store(sample_checkpoint(epoch + 10)));
  }
  EXPECT_EQ(must_load(*orders), describe(sample_checkpoint(3)));
  EXPECT_EQ(must_load(*customers), describe(sample_checkpoint(13)));
  EXPECT_EQ(state_->stored_epochs("orders"), (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(state_->stored_epochs("orders-archive"), (std::vector<uint64_t>{12, 13}));
}

}  // namespace inlet::testing
