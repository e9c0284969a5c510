// The engine over the lake sink, on a store whose n-th call fails, for every n: what passes is
// ridden out within one run; what stays ends the run, and the next one finishes the work. Either
// way every event is in the lake once.

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>

#include "bson/builder.h"
#include "engine/processor.h"
#include "job/verify.h"
#include "testing/lake_run.h"
#include "testing/memory_pipeline.h"

namespace inlet::testing {
namespace {

/// Gives a script's batches, from the position that it was given back.
class ScriptSource final : public Source {
 public:
  explicit ScriptSource(const LakeScript& script) : script_(script) {}
  ~ScriptSource() override {
    request_stop();
    join();
  }
  Status start(const Positions& restored, BatchQueue& out) override {
    const auto position = restored.find("script");
    const int64_t at = position == restored.end() ? 0 : position->second["at"].as_int64();
    thread_ = std::thread([this, at, &out] { read(static_cast<size_t>(at), out); });
    return Status::ok();
  }
  void request_stop() override { stop_.request_stop(); }
  void join() override {
    if (thread_.joinable()) thread_.join();
  }
  SourceProgress progress() const override { return {}; }

 private:
  void read(size_t at, BatchQueue& out) {
    const auto begin = script_.events.begin();
    while (at < script_.events.size()) {
      const size_t end = std::min(at + script_.batch_records, script_.events.size());
      Batch batch =
          make_batch({begin + static_cast<ptrdiff_t>(at), begin + static_cast<ptrdiff_t>(end)}, at);
      batch.watermark = script_.events[end - 1].time;
      batch.watermark_lane = script_.lane;
      DocumentBuilder position;
      batch.positions.push_back(
          {.lane = "script",
           .position = position.append_int64("at", static_cast<int64_t>(end)).finish_owned()});
      const BatchQueue::Weight weight{batch.records.size(), batch.document_bytes};
      if (!out.push(std::move(batch), weight, stop_.get_token())) break;
      at = end;
    }
    const bool stopped = at < script_.events.size();
    out.push(EndOfInput{stopped ? Status(Code::kCancelled, "stopped") : Status::ok()}, {},
             std::stop_token());
  }

  const LakeScript& script_;
  std::stop_source stop_;
  std::thread thread_;
};

struct World {
  ObjectDisk lake;
  Disk state;
};

Status run_processor(World& world, const LakeScript& script, const DiskStore::Hook& hook) {
  const auto store = std::make_shared<DiskStore>(world.lake, hook);
  const Fault state_fault = [&hook](const std::string& step) {
    return hook ? hook(step) : Status::ok();
  };
  MemoryCheckpointStore checkpoints(world.state, state_fault);
  Plan plan;
  plan.fingerprint = "script";
  plan.epoch = {.interval = std::chrono::milliseconds(0), .records = 6, .bytes = 0};
  plan.make_source = [&script]() -> Result<std::unique_ptr<Source>> {
    return std::make_unique<ScriptSource>(script);
  };
  plan.make_operators = []() -> Result<std::vector<std::unique_ptr<Operator>>> {
    return std::vector<std::unique_ptr<Operator>>();
  };
  plan.make_sink = [&store]() -> Result<std::unique_ptr<Sink>> {
    return std::make_unique<LakeSink>(small_lake_options(), store);
  };
  ProcessorOptions options;
  options.name = "test";
  options.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
  FakeClock clock;
  Processor processor(options, std::move(plan), checkpoints, clock);
  return processor.run();
}

void expect_whole(World& world, const LakeScript& script, const std::string& when) {
  const Result<std::vector<LakeLine>> lines = read_lake(world.lake);
  ASSERT_TRUE(lines.is_ok()) << when << ": " << lines.status().to_string();
  std::multiset<std::string> tokens;
  for (const LakeLine& line : *lines) {
    tokens.insert(std::string(line.record["_token"].as_document()["_data"].as_string()));
  }
  EXPECT_EQ(tokens.size(), script.events.size()) << when;
  EXPECT_EQ(std::set<std::string>(tokens.begin(), tokens.end()).size(), script.events.size())
      << when;
  EXPECT_TRUE(strays(world.lake).empty()) << when << ": " << strays(world.lake).front();
  DiskStore store(world.lake);
  const Result<VerifyReport> report = verify_lake(store, {});
  ASSERT_TRUE(report.is_ok()) << when << ": " << report.status().to_string();
  EXPECT_TRUE(report->is_clean()) << when << ": " << report->to_text();
}

/// Answers the calls `first` … `last`, counted from 1, with `answer`; lets the others pass.
class FailCalls {
 public:
  FailCalls(int first, int last, Status answer)
      : first_(first), last_(last), answer_(std::move(answer)) {}
  Status operator()(const std::string& call) const {
    const int now = ++*count_;
    if (now < first_ || now > last_) return Status::ok();
    return Status(answer_).with("call", call);
  }
  int calls() const { return *count_; }

 private:
  const int first_;
  const int last_;
  const Status answer_;
  std::shared_ptr<std::atomic<int>> count_ = std::make_shared<std::atomic<int>>(0);
};

int calls_without_faults(const LakeScript& script) {
  World world;
  const FailCalls count(0, 0, Status::ok());
  EXPECT_TRUE(run_processor(world, script, count).is_ok());
  return count.calls();
}

void ride_out(const Status& answer, int length) {
  const LakeScript script = random_script(7, 30, 2, 1200);
  const int calls = calls_without_faults(script);
  ASSERT_GT(calls, 40);
  for (int at = 1; at <= calls; ++at) {
    World world;
    const std::string when = answer.to_string() + " at call " + std::to_string(at);
    const Status status = run_processor(world, script, FailCalls(at, at + length - 1, answer));
    ASSERT_TRUE(status.is_ok()) << when << ": " << status.to_string();
    expect_whole(world, script, when);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(LakeProcessorFault, OneCallThatIsUnavailableIsRiddenOut) {
  ride_out(Status(Code::kUnavailable, "503"), 1);
}

TEST(LakeProcessorFault, OneCallThatTimesOutIsRiddenOut) {
  ride_out(Status(Code::kTimeout, "no answer"), 1);
}

TEST(LakeProcessorFault, AStoreThatIsAwayForTwentyCallsIsRiddenOut) {
  ride_out(Status(Code::kUnavailable, "connection refused"), 20);
}

TEST(LakeProcessorFault, WhatStaysEndsTheRunAndTheNextOneFinishesTheWork) {
  const LakeScript script = random_script(8, 30, 2, 1200);
  const int calls = calls_without_faults(script);
  int ended = 0;
  for (const Code code : {Code::kPermissionDenied, Code::kResourceExhausted, Code::kInternal}) {
    for (int at = 1; at <= calls; ++at) {
      World world;
      const Status answer(code, "refused");
      const std::string when = answer.to_string() + " at call " + std::to_string(at);
      const Status first = run_processor(world, script, FailCalls(at, 1 << 30, answer));
      if (!first.is_ok()) {
        EXPECT_EQ(first.code(), code) << when << ": " << first.to_string();
        ++ended;
      }
      const Status second = run_processor(world, script, nullptr);
      ASSERT_TRUE(second.is_ok()) << when << ": " << second.to_string();
      expect_whole(world, script, when);
      if (::testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(ended, 3 * calls * 9 / 10);
}

}  // namespace
}  // namespace inlet::testing
