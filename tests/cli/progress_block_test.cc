// Aim: the live block tells what an operator wants to know, and never spoils the terminal.
#include "cli/progress_block.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace inlet {
namespace {

using namespace std::chrono_literals;
using State = SourceProgress::Collection::State;

const WallTime kNow{1'738'328'400s};
constexpr TerminalSize kWide{.columns = 120, .rows = 40};

ProcessorProgress copying() {
  ProcessorProgress progress;
  progress.state = ProcessorProgress::State::kRunning;
  progress.source.phase = SourceProgress::Phase::kCopying;
  progress.source.collections = {{"shop.orders", 50'000, 100'000, 0, State::kCopying, ""},
                                 {"shop.items", 2'000, 2'000, 0, State::kCopied, ""}};
  progress.source.bytes_read = 26'000'000;
  return progress;
}

/// Two samples, a second apart.
RateMeter rates_of(uint64_t records, uint64_t bytes) {
  RateMeter rates;
  rates.sample(SteadyTime(10s), 0, 0);
  rates.sample(SteadyTime(11s), records, bytes);
  return rates;
}

std::string text_of(const std::vector<BlockLine>& lines) {
  std::string out;
  for (const BlockLine& line : lines) out += (line.is_warning ? "!" : "") + line.text + "\n";
  return out;
}

std::string block(const ProcessorProgress& progress, TerminalSize size = kWide) {
  return text_of(progress_block(progress, rates_of(10'000, 5'000'000), kNow, size));
}

bool has_field(const std::vector<log::Field>& fields, std::string_view name,
               std::string_view value) {
  return std::any_of(fields.begin(), fields.end(), [&](const log::Field& field) {
    return field.name == name && field.value == value;
  });
}

TEST(ProgressBlock, CopyShowsCollectionsRatesAndTheTimeLeft) {
  ProcessorProgress progress = copying();
  progress.sink.bytes_written = 3 << 20;
  progress.sink.files_open = 1;
  progress.last_checkpoint = kNow - 4s;

  EXPECT_EQ(block(progress),
            "copying  52,000 records  24.8 MiB  10,000/s  5.0 MB/s  copy done in 5s\n"
            "  shop.orders   ██████████░░░░░░░░░░  50,000 / ~100,000\n"
            "  shop.items    ████████████████████  2,000 copied\n"
            "  lake  3.00 MiB written  0 files  1 open  checkpoint 4s ago\n");
}

TEST(ProgressBlock, StreamShowsLagAndOplogRunway) {
  ProcessorProgress progress;
  progress.state = ProcessorProgress::State::kRunning;
  progress.source.phase = SourceProgress::Phase::kFollowing;
  progress.source.events_read = 1'234;
  progress.source.position = {1'000, 1};
  progress.source.server_time = {1'003, 1};
  progress.source.oplog_runway = 26h;
  progress.sink.hours_sealed = 2;

  EXPECT_EQ(block(progress),
            "following  1,234 records  0 B  10,000/s  5.0 MB/s\n"
            "  changes  1,234  lag 3s  oplog runway 26h\n"
            "  lake  0 B written  0 files  0 open  2 hours sealed\n");
}

TEST(ProgressBlock, RetryIsAWarningWithItsReason) {
  ProcessorProgress progress = copying();
  progress.source.phase = SourceProgress::Phase::kReconnecting;
  progress.source.last_error = "unavailable: no primary";

  const auto lines = progress_block(progress, RateMeter(), kNow, kWide);

  EXPECT_TRUE(lines.front().text.starts_with("reconnecting"));
  EXPECT_EQ(lines.back(), (BlockLine{"  retrying: unavailable: no primary", true}));
}

TEST(ProgressBlock, FailedCollectionIsAWarningWithItsReason) {
  ProcessorProgress progress = copying();
  progress.source.collections[0].state = State::kFailed;
  progress.source.collections[0].failure = "permission_denied: not authorized";

  const auto lines = progress_block(progress, RateMeter(), kNow, kWide);

  EXPECT_TRUE(lines[1].is_warning);
  EXPECT_NE(lines[1].text.find("FAILED: permission_denied"), std::string::npos);
}

TEST(ProgressBlock, SecretInAFailureIsNotShown) {
  log::add_secret("hunter2hunter2");
  ProcessorProgress progress = copying();
  progress.failure = "unavailable: mongodb://me:hunter2hunter2@host";

  EXPECT_EQ(block(progress).find("hunter2"), std::string::npos);
}

TEST(ProgressBlock, OfManyCollectionsTheActiveOnesAreShownAndTheOthersCounted) {
  ProcessorProgress progress = copying();
  progress.source.collections.clear();
  for (int i = 0; i < 26; ++i) {
    const State state = i < 20 ? State::kCopied : i < 23 ? State::kCopying : State::kPending;
    progress.source.collections.push_back({"shop.c" + std::to_string(i), 1, 2, 0, state, ""});
  }

  const std::string text = block(progress);

  EXPECT_NE(text.find("shop.c20 "), std::string::npos) << text;
  EXPECT_NE(text.find("shop.c25 "), std::string::npos) << text;
  EXPECT_NE(text.find("  … and 14 more\n"), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 15);
}

TEST(ProgressBlock, NeverWiderNorHigherThanTheTerminal) {
  ProcessorProgress progress = copying();
  progress.failure = std::string(500, 'x');
  for (int i = 0; i < 30; ++i) {
    progress.source.collections.push_back(
        {"datenbank.größe_der_sammlung_und_noch_mehr_" + std::to_string(i), 5, 9, 0,
         State::kCopying, ""});
  }
  for (size_t columns = 1; columns < 100; columns += 7) {
    for (size_t rows = 1; rows < 30; ++rows) {
      const auto lines = progress_block(progress, RateMeter(), kNow, {columns, rows});
      EXPECT_LE(lines.size(), std::max<size_t>(1, rows - 1));
      for (const BlockLine& line : lines) {
        EXPECT_EQ(fit_columns(line.text, columns), line.text);
      }
    }
  }
}

TEST(FitColumns, CountsCharactersAndTwoForWideOnes) {
  EXPECT_EQ(fit_columns("größe", 4), "größ");
  EXPECT_EQ(fit_columns("日本語", 5), "日本");
  EXPECT_EQ(fit_columns("█░", 1), "█");
  EXPECT_EQ(fit_columns("", 5), "");
}

TEST(FitColumns, ControlCharactersAndBrokenBytesCannotReachTheTerminal) {
  EXPECT_EQ(fit_columns("a\x1b[2Jb\nc", 20), "a?[2Jb?c");
  EXPECT_EQ(fit_columns("a\xff\xc3", 20), "a??");
  EXPECT_EQ(fit_columns("\xc2\x9b", 20), "?");  // U+009B begins an escape on some terminals.
}

TEST(RateMeter, MeasuresOverTheLastSeconds) {
  RateMeter rates;
  for (int second = 0; second <= 20; ++second) {
    // 100 a second for ten seconds, then 1,000.
    const int records = second <= 10 ? second * 100 : 1'000 + (second - 10) * 1'000;
    rates.sample(SteadyTime(std::chrono::seconds(second)), static_cast<uint64_t>(records), 0);
  }

  EXPECT_DOUBLE_EQ(rates.records_per_second(), 1'000);
  EXPECT_DOUBLE_EQ(rates.bytes_per_second(), 0);
}

TEST(RateMeter, SparseSamplesStillGiveARate) {
  RateMeter rates;
  rates.sample(SteadyTime(0s), 0, 0);
  rates.sample(SteadyTime(30s), 3'000, 60);

  EXPECT_DOUBLE_EQ(rates.records_per_second(), 100);
  EXPECT_DOUBLE_EQ(rates.bytes_per_second(), 2);
}

TEST(RateMeter, NewPhaseBeginsAtItsFirstSample) {
  RateMeter rates;
  SourceProgress source = copying().source;
  rates.sample(SteadyTime(10s), source);
  source.collections.front().documents_read += 40'000;
  rates.sample(SteadyTime(11s), source);
  EXPECT_EQ(rates.records_per_second(), 40'000);

  source.phase = SourceProgress::Phase::kFollowing;
  source.events_read += 30;
  rates.sample(SteadyTime(12s), source);

  EXPECT_EQ(rates.records_per_second(), 30);
}

TEST(RateMeter, CountersThatFallBeginAnew) {
  RateMeter rates;
  rates.sample(SteadyTime(0s), 1'000, 0);
  rates.sample(SteadyTime(1s), 0, 0);

  EXPECT_DOUBLE_EQ(rates.records_per_second(), 0);

  rates.sample(SteadyTime(2s), 50, 0);
  EXPECT_DOUBLE_EQ(rates.records_per_second(), 50);
}

TEST(ProgressFields, HoldTheSameFactsAsNumbers) {
  ProcessorProgress progress = copying();
  progress.source.position = {1'000, 1};
  progress.source.server_time = {1'003, 1};
  progress.sink.last_error = "unavailable: HTTP 503";

  const auto fields = progress_fields(progress, rates_of(10'000, 5'000'000));

  EXPECT_TRUE(has_field(fields, "phase", "copying"));
  EXPECT_TRUE(has_field(fields, "copied", "52000"));
  EXPECT_TRUE(has_field(fields, "estimated", "102000"));
  EXPECT_TRUE(has_field(fields, "records_per_second", "10000"));
  EXPECT_TRUE(has_field(fields, "lag_seconds", "3"));
  EXPECT_TRUE(has_field(fields, "copy_seconds_left", "5"));
  EXPECT_TRUE(has_field(fields, "sink_retrying", "unavailable: HTTP 503"));
}

TEST(ProgressFields, WhatIsNotKnownIsLeftOut) {
  for (const log::Field& field : progress_fields(ProcessorProgress{}, RateMeter())) {
    EXPECT_NE(field.name, "lag_seconds");
    EXPECT_NE(field.name, "oplog_runway_seconds");
    EXPECT_NE(field.name, "copied");
    EXPECT_NE(field.name, "events");
  }
}

TEST(SummaryFields, TellWhatARunDid) {
  ProcessorProgress progress = copying();
  progress.source.collections[0].state = State::kFailed;
  progress.sink.files_published = 2;

  const auto fields = summary_fields(progress, 2s);

  EXPECT_TRUE(has_field(fields, "collections", "1"));
  EXPECT_TRUE(has_field(fields, "collections_failed", "1"));
  EXPECT_TRUE(has_field(fields, "documents", "52000"));
  EXPECT_TRUE(has_field(fields, "bytes_read", "26000000"));
  EXPECT_TRUE(has_field(fields, "files", "2"));
  EXPECT_TRUE(has_field(fields, "duration", "2s"));
  EXPECT_TRUE(has_field(fields, "records_per_second", "26000"));
}

}  // namespace
}  // namespace inlet
