// Aim: what was read becomes visible at the first bound that is met, whether records, bytes or
// time, and at the end in any case.

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "engine/processor.h"
#include "testing/memory_pipeline.h"

namespace inlet {
namespace {

using testing::CountingSource;
using testing::Disk;
using testing::MemoryCheckpointStore;
using testing::MemorySink;

constexpr size_t kBatchRecords = 3;
constexpr int64_t kRecords = 30;

class Epochs : public ::testing::Test {
 protected:
  Processor make(EpochBounds bounds, bool ends) {
    Plan plan;
    plan.epoch = bounds;
    plan.make_source = [this, ends]() -> Result<std::unique_ptr<Source>> {
      return std::make_unique<CountingSource>(kRecords, kBatchRecords, ends, no_fault_);
    };
    plan.make_operators = []() -> Result<std::vector<std::unique_ptr<Operator>>> {
      return std::vector<std::unique_ptr<Operator>>();
    };
    plan.make_sink = [this]() -> Result<std::unique_ptr<Sink>> {
      return std::make_unique<MemorySink>(disk_, no_fault_);
    };
    ProcessorOptions options;
    options.name = "numbers";
    return {options, std::move(plan), checkpoints_, clock_};
  }
  size_t published() {
    std::scoped_lock lock(disk_.mutex);
    return disk_.published.size();
  }
  template <class Condition>
  static bool becomes_true(const Condition& condition) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::yield();
    }
    return true;
  }

  const testing::Fault no_fault_ = [](const std::string&) { return Status::ok(); };
  Disk disk_;
  MemoryCheckpointStore checkpoints_{disk_, no_fault_};
  FakeClock clock_;
};

TEST_F(Epochs, EndAtTheBoundOfRecords) {  // R5
  Processor processor = make({.interval = {}, .records = 10, .bytes = 0}, true);
  ASSERT_TRUE(processor.run().is_ok());

  EXPECT_EQ(published(), static_cast<size_t>(kRecords));
  // At 12, at 24, and at the end: a batch is never cut.
  EXPECT_EQ(disk_.published_epochs, (std::vector<uint64_t>{1, 2, 3}));
}

TEST_F(Epochs, EndAtTheBoundOfBytes) {  // R5
  Processor processor = make({.interval = {}, .records = 0, .bytes = 1}, true);
  ASSERT_TRUE(processor.run().is_ok());

  EXPECT_EQ(published(), static_cast<size_t>(kRecords));
  EXPECT_GE(disk_.published_epochs.size(), static_cast<size_t>(kRecords) / kBatchRecords);
}

TEST_F(Epochs, EndWhenTheirTimeIsOver) {  // R5
  Processor processor =
      make({.interval = std::chrono::seconds(10), .records = 0, .bytes = 0}, false);
  Status status;
  std::thread runner([&] { status = processor.run(); });
  const auto all_read = [&] { return processor.progress().records_in == kRecords; };
  EXPECT_TRUE(becomes_true(all_read));
  EXPECT_EQ(published(), 0U);

  clock_.advance(std::chrono::seconds(10));
  EXPECT_TRUE(becomes_true([&] { return published() == static_cast<size_t>(kRecords); }));
  EXPECT_TRUE(becomes_true([&] { return processor.progress().epoch == 1; }));
  processor.request_stop();
  runner.join();
  EXPECT_TRUE(status.is_ok()) << status.to_string();
  EXPECT_EQ(disk_.published_epochs, std::vector<uint64_t>{1}) << "an idle source ends no epoch";
}

TEST_F(Epochs, EndAtAStopWhateverTheirBounds) {  // R5
  Processor processor = make({.interval = std::chrono::hours(10), .records = 0, .bytes = 0}, false);
  Status status;
  std::thread runner([&] { status = processor.run(); });
  EXPECT_TRUE(becomes_true([&] { return processor.progress().records_in == kRecords; }));
  EXPECT_EQ(published(), 0U);

  processor.request_stop();
  runner.join();
  EXPECT_TRUE(status.is_ok()) << status.to_string();
  EXPECT_EQ(published(), static_cast<size_t>(kRecords));
}

}  // namespace
}  // namespace inlet
