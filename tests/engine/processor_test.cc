// Aim: whatever call fails, and however, the engine publishes every record exactly once, in order;
// and it stops, retries or drains as the failure asks.

#include "engine/processor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <numeric>
#include <thread>

#include "bson/builder.h"
#include "testing/memory_pipeline.h"

namespace inlet {
namespace {

using testing::CountingSource;
using testing::Disk;
using testing::Fault;
using testing::MemoryCheckpointStore;
using testing::MemorySink;

constexpr int64_t kRecords = 100;

std::vector<int64_t> numbers(int64_t count) {
  std::vector<int64_t> out(static_cast<size_t>(count));
  std::iota(out.begin(), out.end(), 0);
  return out;
}

const Fault kNoFault = [](const std::string&) { return Status::ok(); };

ProcessorOptions options_for_test() {
  ProcessorOptions options;
  options.name = "numbers";
  options.wait_for_lease = true;
  options.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
  return options;
}

/// Waits for its server until it is told to stop.
class WaitingSource final : public Source {
 public:
  explicit WaitingSource(std::atomic<bool>& is_starting) : is_starting_(is_starting) {}
  Status start(const Positions& /*restored*/, BatchQueue& /*out*/) override {
    is_starting_ = true;
    while (!is_stopped_) std::this_thread::yield();
    return Status(Code::kCancelled, "source is being stopped");
  }
  void request_stop() override { is_stopped_ = true; }
  void join() override {}
  SourceProgress progress() const override { return {}; }

 private:
  std::atomic<bool>& is_starting_;
  std::atomic<bool> is_stopped_ = false;
};

/// Counts what it has seen by `n % 10`, and passes each record on; what it has counted at the end
/// is told to `counts`.
class CountingOperator final : public Operator {
 public:
  explicit CountingOperator(std::map<int64_t, int64_t>& counts) : told_(counts) {}
  std::string_view name() const override { return "$count"; }
  Status process(Batch& batch) override {
    for (const Record& record : batch.records) {
      const int64_t key = record.document["n"].as_int64() % 10;
      ++counts_[group_of(key)][key];
    }
    told_.clear();
    for (const auto& [group, counts] : counts_) told_.insert(counts.begin(), counts.end());
    return Status::ok();
  }
  OperatorState snapshot() const override {
    OperatorState out;
    for (const auto& [group, counts] : counts_) {
      DocumentBuilder state;
      for (const auto& [key, count] : counts) state.append_int64(std::to_string(key), count);
      out.groups[group] = std::string(state.finish().raw());
    }
    return out;
  }
  Status restore(const OperatorState& state) override {
    for (const auto& [group, bytes] : state.groups) {
      const Document counts(bytes);
      for (const Element& count : counts.view())
        counts_[group][std::stoll(std::string(count.name))] = count.value.as_int64();
    }
    return Status::ok();
  }

 private:
  static uint16_t group_of(int64_t key) {
    return key_group_of({reinterpret_cast<const char*>(&key), sizeof key});
  }
  std::map<uint16_t, std::map<int64_t, int64_t>> counts_;
  std::map<int64_t, int64_t>& told_;
};

struct PipelineOptions {
  Fault fault = kNoFault;
  bool ends = true;
  std::string fingerprint = "f";
  bool starts_over = false;
  std::map<int64_t, int64_t>* counts = nullptr;  ///< With an operator that counts by key.
  std::atomic<bool>* is_starting = nullptr;      ///< With a source that waits in its start.
};

class Pipeline {
 public:
  explicit Pipeline(Disk& disk, PipelineOptions options = {})
      : checkpoints_(disk, options.fault),
        processor_(options_for_test(), plan(disk, options), checkpoints_, clock_) {}
  Processor& processor() { return processor_; }

 private:
  static Plan plan(Disk& disk, const PipelineOptions& options) {
    Plan plan;
    plan.fingerprint = options.fingerprint;
    plan.epoch = {.interval = std::chrono::milliseconds(0), .records = 10, .bytes = 0};
    plan.finished_means_start_over = options.starts_over;
    plan.make_source = [options]() -> Result<std::unique_ptr<Source>> {
      if (options.is_starting != nullptr)
        return std::make_unique<WaitingSource>(*options.is_starting);
      return std::make_unique<CountingSource>(kRecords, 3, options.ends, options.fault);
    };
    plan.make_operators = [options]() -> Result<std::vector<std::unique_ptr<Operator>>> {
      std::vector<std::unique_ptr<Operator>> out;
      if (options.counts != nullptr)
        out.push_back(std::make_unique<CountingOperator>(*options.counts));
      return out;
    };
    plan.make_sink = [&disk, options]() -> Result<std::unique_ptr<Sink>> {
      return std::make_unique<MemorySink>(disk, options.fault);
    };
    return plan;
  }

  FakeClock clock_;
  MemoryCheckpointStore checkpoints_;
  Processor processor_;
};

/// Fails the n-th call, counted from 1, with `status`; each call after it too when `stays`.
struct FailAt {
  int call;
  Status status;
  bool stays = false;
  std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>(0);
  Status operator()(const std::string& step) const {
    if (step == "source.read")
      return Status::ok();  // Runs on another thread: its place in the count would vary.
    const int number = ++*calls;
    return number == call || (stays && number > call) ? Status(status).with("step", step)
                                                      : Status::ok();
  }
};

TEST(Processor, PublishesEveryRecordOnceInOrder) {
  Disk disk;
  Pipeline pipeline(disk);

  ASSERT_TRUE(pipeline.processor().run().is_ok());

  EXPECT_EQ(disk.published, numbers(kRecords));
  EXPECT_GT(disk.published_epochs.size(), 5U);
  EXPECT_EQ(pipeline.processor().progress().state, ProcessorProgress::State::kStopped);
  EXPECT_EQ(pipeline.processor().progress().records_in, static_cast<uint64_t>(kRecords));
}

TEST(Processor, OneUnavailableCallAnywhereIsRiddenOut) {
  for (int call = 1;; ++call) {
    Disk disk;
    FailAt fault{call, Status(Code::kUnavailable, "away")};
    Pipeline pipeline(disk, {.fault = fault});

    const Status status = pipeline.processor().run();

    ASSERT_TRUE(status.is_ok()) << "call " << call << ": " << status.to_string();
    ASSERT_EQ(disk.published, numbers(kRecords)) << "call " << call;
    if (*fault.calls < call) break;  // Every call has failed once.
  }
}

TEST(Processor, RunThatNeverGetsGoingEndsWithWhatStandsInItsWay) {
  Disk disk;
  int tries = 0;
  const Fault fault = [&tries](const std::string& step) {
    if (step != "source.start") return Status::ok();
    ++tries;
    return Status(Code::kUnavailable, "no such host");
  };
  Pipeline pipeline(disk, {.fault = fault});

  const Status status = pipeline.processor().run();

  EXPECT_EQ(status.text(), "no such host");
  EXPECT_GT(tries, 1);  // A start that fails once may still succeed.
}

TEST(Processor, RunThatHasGotGoingRidesOutAnyOutage) {
  Disk disk;
  int failures = 0;
  const Fault fault = [&](const std::string& step) {
    // Only the steps of the engine's own thread: `source.read` runs on another.
    if (step != "source.start" && step != "sink.write") return Status::ok();
    // Of two milliseconds at most each, this lasts several times the bound of a start.
    const bool is_away = !disk.published.empty() && failures < 100'000;
    failures += is_away ? 1 : 0;
    return is_away ? Status(Code::kUnavailable, "away") : Status::ok();
  };
  Pipeline pipeline(disk, {.fault = fault});

  const Status status = pipeline.processor().run();

  EXPECT_TRUE(status.is_ok()) << status.to_string();
  EXPECT_EQ(failures, 100'000);
  EXPECT_EQ(disk.published, numbers(kRecords));
}

TEST(Processor, CrashAtAnyCallLosesNothingAndRepeatsNothing) {
  for (int call = 1;; ++call) {
    Disk disk;
    FailAt fault{call, Status(Code::kInternal, "crashed"), true};
    const bool crashed = !Pipeline(disk, {.fault = fault}).processor().run().is_ok();

    const Status resumed = Pipeline(disk).processor().run();

    ASSERT_TRUE(resumed.is_ok()) << "call " << call << ": " << resumed.to_string();
    ASSERT_EQ(disk.published, numbers(kRecords)) << "call " << call;
    if (!crashed) break;
  }
}

TEST(Processor, StateByKeyIsExactAfterACrashAtAnyCall) {
  std::map<int64_t, int64_t> expected;
  for (int64_t n = 0; n < kRecords; ++n) ++expected[n % 10];
  for (int call = 1;; ++call) {
    Disk disk;
    std::map<int64_t, int64_t> counts;
    FailAt fault{call, Status(Code::kInternal, "crashed"), true};
    const bool crashed =
        !Pipeline(disk, {.fault = fault, .counts = &counts}).processor().run().is_ok();
    if (!crashed) break;

    // A crash behind the last checkpoint leaves nothing to read, and so nothing to count.
    if (disk.published.size() == static_cast<size_t>(kRecords)) continue;
    const Status resumed = Pipeline(disk, {.counts = &counts}).processor().run();

    ASSERT_TRUE(resumed.is_ok()) << "call " << call << ": " << resumed.to_string();
    ASSERT_EQ(counts, expected) << "call " << call;
  }
}

TEST(Processor, StopDrainsWhatWasReadAndTheNextStartGoesOn) {
  Disk disk;
  {
    Pipeline pipeline(disk, {.ends = false});
    std::thread task([&] { EXPECT_TRUE(pipeline.processor().run().is_ok()); });
    while (pipeline.processor().progress().records_in < 30) std::this_thread::yield();
    pipeline.processor().request_stop();
    task.join();
  }
  const size_t after_stop = disk.published.size();
  EXPECT_GE(after_stop, 30U);

  ASSERT_TRUE(Pipeline(disk).processor().run().is_ok());

  EXPECT_EQ(disk.published, numbers(kRecords));
}

TEST(Processor, StopWhileTheSourceIsAwayIsNoFailure) {
  Disk disk;
  Processor* processor = nullptr;
  const Fault fault = [&processor](const std::string& step) {
    if (step != "source.start") return Status::ok();
    processor->request_stop();
    return Status(Code::kUnavailable, "away");
  };
  Pipeline pipeline(disk, {.fault = fault});
  processor = &pipeline.processor();

  EXPECT_TRUE(processor->run().is_ok());
  EXPECT_TRUE(disk.published.empty());
}

TEST(Processor, StopHidesNoFailureThatOnlyAPersonCanMend) {
  Disk disk;
  Processor* processor = nullptr;
  const Fault fault = [&processor](const std::string& step) {
    if (step != "source.start") return Status::ok();
    processor->request_stop();
    return Status(Code::kPermissionDenied, "wrong password");
  };
  Pipeline pipeline(disk, {.fault = fault});
  processor = &pipeline.processor();

  EXPECT_EQ(processor->run().code(), Code::kPermissionDenied);
}

TEST(Processor, SourceHearsOfAStopWhileItStarts) {
  Disk disk;
  std::atomic<bool> is_starting = false;
  Pipeline pipeline(disk, {.is_starting = &is_starting});
  std::thread task([&] { EXPECT_TRUE(pipeline.processor().run().is_ok()); });
  while (!is_starting) std::this_thread::yield();

  pipeline.processor().request_stop();

  task.join();  // Would never come back.
}

TEST(Processor, StopOfAStandbyIsNoFailure) {
  Disk disk;
  std::atomic<int> looks = 0;
  const Fault fault = [&looks](const std::string& step) {
    if (step != "checkpoints.acquire") return Status::ok();
    ++looks;
    return Status(Code::kUnavailable, std::string(kAlreadyRunning));
  };
  Pipeline pipeline(disk, {.fault = fault});
  std::thread task([&] { EXPECT_TRUE(pipeline.processor().run().is_ok()); });
  while (looks == 0) std::this_thread::yield();

  pipeline.processor().request_stop();

  task.join();
}

TEST(Processor, SourceFailureThatNobodyCanRetryStopsButPublishesWhatCameBefore) {
  Disk disk;
  int reads = 0;
  const Fault fault = [&reads](const std::string& step) {
    if (step == "source.read" && ++reads == 5) return Status(Code::kResumePointLost, "gone");
    return Status::ok();
  };
  Pipeline pipeline(disk, {.fault = fault});

  const Status status = pipeline.processor().run();

  EXPECT_EQ(status.code(), Code::kResumePointLost);
  EXPECT_EQ(disk.published, numbers(12));
  EXPECT_EQ(pipeline.processor().progress().state, ProcessorProgress::State::kFailed);
}

TEST(Processor, CheckpointOfAnotherPipelineIsRefused) {
  Disk disk;
  ASSERT_TRUE(Pipeline(disk).processor().run().is_ok());
  Pipeline changed(disk, {.fingerprint = "another"});

  const Status status = changed.processor().run();

  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_FALSE(status.hint().empty());
}

TEST(Processor, FinishedRunStartsOverWhereThatIsTheMeaning) {
  Disk disk;
  Pipeline first(disk, {.starts_over = true});
  ASSERT_TRUE(first.processor().run().is_ok());

  Pipeline second(disk, {.starts_over = true});
  ASSERT_TRUE(second.processor().run().is_ok());

  EXPECT_EQ(disk.published.size(), 2 * static_cast<size_t>(kRecords));
}

}  // namespace
}  // namespace inlet
