// Aim: what an operator is told of the oplog is told in time, and never without need.

#include "source/mongo/oplog_watch.h"

#include <gtest/gtest.h>

namespace inlet {
namespace {

using std::chrono::seconds;

constexpr OplogWindow kWindow{.first = {1000, 1}, .last = {5000, 1}};

SteadyTime at(int64_t second) {
  return SteadyTime(std::chrono::hours(1) + seconds(second));
}

TEST(OplogRunway, IsTheDistanceToTheOldestEntryAndNeverNegative) {  // R12
  EXPECT_EQ(runway_of({5000, 1}, kWindow), seconds(4000));
  EXPECT_EQ(runway_of({1030, 7}, kWindow), seconds(30));
  EXPECT_EQ(runway_of({900, 1}, kWindow), seconds(0));
}

TEST(StreamHealth, PositionThatStandsStillWhileTheOplogMovesIsTold) {  // R11
  StreamHealth health;
  health.observe({10, 1}, {10, 1}, at(0));
  health.observe({10, 1}, {20, 1}, at(10));

  EXPECT_EQ(health.frozen_for(at(59)), seconds(0));
  EXPECT_EQ(health.frozen_for(at(60)), seconds(60));
  EXPECT_EQ(health.frozen_for(at(75)), seconds(75));

  health.observe({20, 1}, {21, 1}, at(76));
  EXPECT_EQ(health.frozen_for(at(100)), seconds(0));
}

TEST(StreamHealth, IdleServerIsNoAlarm) {  // R11
  StreamHealth health;
  for (int second = 0; second < 600; second += 10) {
    health.observe({10, 1}, {10, 1}, at(second));
    EXPECT_EQ(health.frozen_for(at(second)), seconds(0));
  }
}

TEST(StreamHealth, StreamThatLagsButMovesIsNoAlarm) {  // R11
  StreamHealth health;
  for (uint32_t second = 0; second < 600; second += 10) {
    health.observe({10 + second / 10, 1}, {1000 + second, 1}, at(second));
    EXPECT_EQ(health.frozen_for(at(second)), seconds(0));
  }
}

SourceProgress copying(uint64_t read, uint64_t estimated) {
  SourceProgress progress;
  progress.phase = SourceProgress::Phase::kCopying;
  progress.collections.emplace_back();
  progress.collections.back().documents_read = read;
  progress.collections.back().documents_estimated = estimated;
  return progress;
}

TEST(CopyForecast, TellsWhatIsLeftAtTheRateSinceTheFirstLook) {  // R43
  CopyForecast forecast;

  EXPECT_EQ(forecast.observe(copying(100, 10'000), at(0)), std::nullopt);
  EXPECT_EQ(forecast.observe(copying(100, 10'000), at(5)), std::nullopt);  // Nothing read since.
  EXPECT_EQ(forecast.observe(copying(1100, 10'000), at(10)), seconds(89));
  EXPECT_EQ(forecast.observe(copying(12'000, 10'000), at(20)), seconds(0));
}

TEST(CopyForecast, CopyLongerThanTheOplogIsToldOnlyWhereTheStreamLags) {  // R43
  SourceProgress progress = copying(0, 1);
  progress.position = {4000, 1};

  progress.server_time = {4030, 1};
  EXPECT_FALSE(copy_outruns_oplog(progress, seconds(7200), seconds(3000)));
  progress.server_time = {4100, 1};
  EXPECT_TRUE(copy_outruns_oplog(progress, seconds(7200), seconds(3000)));
  EXPECT_FALSE(copy_outruns_oplog(progress, seconds(2999), seconds(3000)));
}

}  // namespace
}  // namespace inlet
