// Aim: each number of a processor arrives under its metric, and what is not known stays absent.
#include "job/metrics_publisher.h"

#include <gtest/gtest.h>

namespace inlet {
namespace {

using namespace std::chrono_literals;

const WallTime kNow{1'738'328'400s};

std::string published(const ProcessorProgress& progress) {
  MetricsRegistry metrics;
  MetricsPublisher("orders", metrics).publish(progress, kNow);
  return metrics.text();
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

bool has_metric(const std::string& text, const std::string& name) {
  return text.find("# TYPE " + name + " ") != std::string::npos;
}

TEST(MetricsPublisher, EachNumberStandsUnderItsMetric) {
  ProcessorProgress progress;
  progress.state = ProcessorProgress::State::kRunning;
  progress.epoch = 12;
  progress.records_in = 1001;
  progress.records_out = 1002;
  progress.records_dead_lettered = 1003;
  progress.queue_records = 1004;
  progress.queue_bytes = 1005;
  progress.last_checkpoint = kNow - 2500ms;
  progress.source.phase = SourceProgress::Phase::kFollowing;
  progress.source.events_read = 1006;
  progress.source.bytes_read = 1007;
  progress.source.reconnects = 1008;
  progress.source.lookups = 1009;
  progress.source.lookups_gone = 1010;
  progress.source.position = {1'738'328'000, 1};
  progress.source.server_time = {1'738'328'042, 1};
  progress.source.oplog_runway = 3600s;
  progress.sink = {.records_written = 1011,
                   .bytes_written = 1012,
                   .files_published = 1013,
                   .hours_sealed = 1014,
                   .files_open = 1015,
                   .bytes_buffered = 1016,
                   .retries = 1017,
                   .invalid_utf8 = 1018,
                   .last_error = {}};

  const std::string text = published(progress);

  const std::pair<const char*, const char*> expected[] = {
      {"inlet_epoch", "12"},
      {"inlet_records_in_total", "1001"},
      {"inlet_records_out_total", "1002"},
      {"inlet_records_dead_lettered_total", "1003"},
      {"inlet_queue_records", "1004"},
      {"inlet_queue_bytes", "1005"},
      {"inlet_checkpoint_age_seconds", "2.5"},
      {"inlet_events_read_total", "1006"},
      {"inlet_source_bytes_read_total", "1007"},
      {"inlet_source_reconnects_total", "1008"},
      {"inlet_lookups_total", "1009"},
      {"inlet_lookups_gone_total", "1010"},
      {"inlet_watermark_lag_seconds", "42"},
      {"inlet_oplog_runway_seconds", "3600"},
      {"inlet_position_frozen", "0"},
      {"inlet_records_written_total", "1011"},
      {"inlet_bytes_written_total", "1012"},
      {"inlet_files_published_total", "1013"},
      {"inlet_hours_sealed_total", "1014"},
      {"inlet_files_open", "1015"},
      {"inlet_bytes_buffered", "1016"},
      {"inlet_store_retries_total", "1017"},
      {"inlet_invalid_utf8_total", "1018"},
  };
  for (const auto& [name, value] : expected) {
    const std::string line = std::string(name) + "{processor=\"orders\"} " + value;
    EXPECT_TRUE(has_line(text, line)) << line << "\nin\n" << text;
  }
  EXPECT_TRUE(has_line(text, R"(inlet_processor_state{processor="orders",state="running"} 1)"));
  EXPECT_TRUE(has_line(text, R"(inlet_processor_state{processor="orders",state="failed"} 0)"));
  EXPECT_TRUE(has_line(text, R"(inlet_source_phase{processor="orders",phase="following"} 1)"));
  EXPECT_TRUE(has_line(text, R"(inlet_source_phase{processor="orders",phase="done"} 0)"));
}

TEST(MetricsPublisher, WhatARunDoesNotHaveIsAbsent) {
  const std::string text = published(ProcessorProgress{});

  for (const char* name :
       {"inlet_checkpoint_age_seconds", "inlet_watermark_lag_seconds", "inlet_oplog_runway_seconds",
        "inlet_events_read_total", "inlet_position_frozen", "inlet_copy_documents"}) {
    EXPECT_FALSE(has_metric(text, name)) << name;
  }
}

TEST(MetricsPublisher, CopyIsToldPerCollectionAndByState) {
  using State = SourceProgress::Collection::State;
  ProcessorProgress progress;
  progress.source.collections = {{"shop.orders", 50, 100, 5000, State::kCopying, ""},
                                 {"shop.items", 7, 7, 70, State::kCopied, ""},
                                 {"shop.users", 0, 9, 0, State::kPending, ""}};

  const std::string text = published(progress);

  EXPECT_TRUE(has_line(text, R"(inlet_copy_documents{processor="orders",ns="shop.orders"} 50)"));
  EXPECT_TRUE(
      has_line(text, R"(inlet_copy_documents_estimated{processor="orders",ns="shop.orders"} 100)"));
  EXPECT_TRUE(has_line(text, R"(inlet_copy_bytes{processor="orders",ns="shop.orders"} 5000)"));
  EXPECT_TRUE(has_line(text, R"(inlet_copy_collections{processor="orders",state="copied"} 1)"));
  EXPECT_TRUE(has_line(text, R"(inlet_copy_collections{processor="orders",state="failed"} 0)"));
}

TEST(MetricsPublisher, RetriesAreToldByPart) {
  ProcessorProgress progress;
  progress.state = ProcessorProgress::State::kRunning;
  progress.sink.last_error = "unavailable: HTTP 503";

  const std::string text = published(progress);

  EXPECT_TRUE(has_line(text, R"(inlet_retrying{processor="orders",part="sink"} 1)"));
  EXPECT_TRUE(has_line(text, R"(inlet_retrying{processor="orders",part="source"} 0)"));
  EXPECT_TRUE(has_line(text, R"(inlet_retrying{processor="orders",part="processor"} 0)"));
}

TEST(MetricsPublisher, PositionThatStandsStillWhileTheServerMovesIsFrozenUntilItMoves) {
  MetricsRegistry metrics;
  MetricsPublisher publisher("orders", metrics);
  ProcessorProgress progress;
  const auto frozen_at = [&](uint32_t position, uint32_t server) {
    progress.source.position = {position, 1};
    progress.source.server_time = {server, 1};
    publisher.publish(progress, kNow);
    return has_line(metrics.text(), "inlet_position_frozen{processor=\"orders\"} 1");
  };

  EXPECT_FALSE(frozen_at(1000, 1000));
  EXPECT_FALSE(frozen_at(1000, 1060));
  EXPECT_TRUE(frozen_at(1000, 1061));
  EXPECT_FALSE(frozen_at(1001, 1100));
  EXPECT_FALSE(frozen_at(1001, 1160));
  EXPECT_TRUE(frozen_at(1001, 1200));
}

TEST(MetricsPublisher, ProcessTellsVersionAndMemory) {
  MetricsRegistry metrics;
  publish_process(metrics);

  EXPECT_TRUE(has_line(metrics.text(), "inlet_build_info{version=\"" INLET_VERSION "\"} 1"));
  EXPECT_TRUE(has_metric(metrics.text(), "process_resident_memory_bytes"));
}

}  // namespace
}  // namespace inlet
