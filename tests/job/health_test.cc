// Aim: an orchestrator restarts what has failed for good, and nothing else.
#include "job/health.h"

#include <gtest/gtest.h>

namespace inlet {
namespace {

using State = ProcessorProgress::State;
using Phase = SourceProgress::Phase;
using namespace std::chrono_literals;

const WallTime kNow{1'738'328'400s};

ProcessorProgress following() {
  ProcessorProgress progress;
  progress.state = State::kRunning;
  progress.source.phase = Phase::kFollowing;
  progress.last_checkpoint = kNow - 8s;
  return progress;
}

Health ready(const ProcessorProgress& progress) {
  return judge_ready(progress, kNow, 60s);
}

TEST(Health, ProcessorThatFollowsWithAFreshCheckpointIsReady) {
  EXPECT_TRUE(ready(following()).is_ok);
  EXPECT_TRUE(judge_alive(following()).is_ok);
}

TEST(Health, OnlyAFailedProcessorIsNotAlive) {
  ProcessorProgress progress = following();
  for (const State state :
       {State::kCreated, State::kStarting, State::kRunning, State::kDraining, State::kStopped}) {
    progress.state = state;
    EXPECT_TRUE(judge_alive(progress).is_ok);
  }

  progress.state = State::kFailed;
  progress.failure = "resume_point_lost: the position has left the oplog";

  EXPECT_FALSE(judge_alive(progress).is_ok);
  EXPECT_EQ(judge_alive(progress).reason,
            "the processor has failed: resume_point_lost: the position has left the oplog");
}

TEST(Health, WhatIsNotRunningIsNotReady) {
  ProcessorProgress progress = following();
  for (const State state :
       {State::kCreated, State::kStarting, State::kDraining, State::kStopped, State::kFailed}) {
    progress.state = state;
    EXPECT_FALSE(ready(progress).is_ok);
  }
}

TEST(Health, WhatIsBeingRetriedIsAliveButNotReady) {
  ProcessorProgress source = following();
  source.source.phase = Phase::kReconnecting;
  source.source.last_error = "unavailable: no primary";
  ProcessorProgress sink = following();
  sink.sink.last_error = "unavailable: HTTP 503";
  ProcessorProgress engine = following();
  engine.failure = "unavailable: the checkpoint was not stored";

  EXPECT_EQ(ready(source).reason, "the source is reconnecting: unavailable: no primary");
  EXPECT_EQ(ready(sink).reason, "the sink is retrying: unavailable: HTTP 503");
  EXPECT_EQ(ready(engine).reason,
            "the processor is retrying: unavailable: the checkpoint was not stored");
  for (const ProcessorProgress* progress : {&source, &sink, &engine}) {
    EXPECT_FALSE(ready(*progress).is_ok);
    EXPECT_TRUE(judge_alive(*progress).is_ok);
  }
}

TEST(Health, CheckpointMustExistAndBeYoung) {
  ProcessorProgress progress = following();
  progress.last_checkpoint = kNow - 61s;
  EXPECT_EQ(ready(progress).reason, "the last checkpoint is too old: 1m1s, more than 1m");

  progress.last_checkpoint.reset();
  EXPECT_EQ(ready(progress).reason, "no checkpoint has been stored yet");
}

}  // namespace
}  // namespace inlet
