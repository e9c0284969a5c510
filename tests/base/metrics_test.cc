// Aim: the table is sound by Prometheus' rules, and the text is what Prometheus reads.
#include "base/metrics.h"

#include <gtest/gtest.h>

#include <set>

#include "base/process_usage.h"

namespace inlet {
namespace {

using Type = MetricEntry::Type;

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(MetricTable, StandsInTheOrderOfTheEnumeration) {
  for (size_t i = 0; i < metric_table().size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(metric_table()[i].metric), i) << metric_table()[i].name;
  }
  EXPECT_EQ(metric_table().back().metric, Metric::kProcessStartSeconds);
}

TEST(MetricTable, NamesFollowTheConventions) {
  std::set<std::string_view> names;
  for (const MetricEntry& entry : metric_table()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_TRUE(entry.name.starts_with("inlet_") || entry.name.starts_with("process_"))
        << entry.name;
    EXPECT_EQ(entry.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos)
        << entry.name;
    EXPECT_EQ(entry.name.ends_with("_total"), entry.type == Type::kCounter) << entry.name;
    EXPECT_TRUE(entry.help.ends_with(".") || entry.help.ends_with(":")) << entry.name;
    EXPECT_EQ(entry.buckets.empty(), entry.type != Type::kHistogram) << entry.name;
  }
}

TEST(MetricsRegistry, CountersAndGaugesStandWithTypeHelpAndLabels) {
  MetricsRegistry metrics;

  metrics.set(Metric::kRecordsIn, uint64_t{1'234'567'890}, {"orders"});
  metrics.set(Metric::kWatermarkLagSeconds, 2.5, {"orders"});
  metrics.set(Metric::kCopyDocuments, uint64_t{7}, {"orders", "shop.orders"});

  const std::string text = metrics.text();
  EXPECT_TRUE(has_line(text, "# TYPE inlet_records_in_total counter")) << text;
  EXPECT_TRUE(has_line(text, "inlet_records_in_total{processor=\"orders\"} 1234567890")) << text;
  EXPECT_TRUE(has_line(text, "# TYPE inlet_watermark_lag_seconds gauge")) << text;
  EXPECT_TRUE(has_line(text, "inlet_watermark_lag_seconds{processor=\"orders\"} 2.5")) << text;
  EXPECT_TRUE(has_line(text, "inlet_copy_documents{processor=\"orders\",ns=\"shop.orders\"} 7"))
      << text;
}

TEST(MetricsRegistry, WhatHasNoValueIsAbsent) {
  MetricsRegistry metrics;

  EXPECT_EQ(metrics.text(), "");

  metrics.set(Metric::kEpoch, uint64_t{3}, {"orders"});
  metrics.clear(Metric::kEpoch);
  EXPECT_EQ(metrics.text(), "");
}

TEST(MetricsRegistry, AddCountsFromZero) {
  MetricsRegistry metrics;

  metrics.add(Metric::kStoreRetries, 1, {"orders"});
  metrics.add(Metric::kStoreRetries, 2, {"orders"});

  EXPECT_TRUE(has_line(metrics.text(), "inlet_store_retries_total{processor=\"orders\"} 3"));
}

TEST(MetricsRegistry, HistogramCountsUpToEachBound) {
  MetricsRegistry metrics;

  for (const double seconds : {0.003, 0.3, 400.0}) {
    metrics.observe(Metric::kCheckpointStepSeconds, seconds, {"orders", "prepare"});
  }

  const std::string text = metrics.text();
  const std::string bucket =
      "inlet_checkpoint_step_seconds_bucket{processor=\"orders\",step=\"prepare\",le=";
  EXPECT_TRUE(has_line(text, bucket + "\"0.001\"} 0")) << text;
  EXPECT_TRUE(has_line(text, bucket + "\"0.5\"} 2")) << text;
  EXPECT_TRUE(has_line(text, bucket + "\"+Inf\"} 3")) << text;
  EXPECT_TRUE(has_line(
      text, "inlet_checkpoint_step_seconds_count{processor=\"orders\",step=\"prepare\"} 3"));
}

TEST(MetricsRegistry, LabelsAreEscaped) {
  MetricsRegistry metrics;

  metrics.set(Metric::kEpoch, uint64_t{1}, {"a \"b\"\\c\nd"});

  EXPECT_TRUE(has_line(metrics.text(), R"(inlet_epoch{processor="a \"b\"\\c\nd"} 1)"))
      << metrics.text();
}

TEST(MetricsReference, NamesEveryMetric) {
  const std::string page = metrics_reference();

  for (const MetricEntry& entry : metric_table()) {
    EXPECT_NE(page.find("| `" + std::string(entry.name) + "` |"), std::string::npos) << entry.name;
  }
}

TEST(ProcessUsage, TellsOfThisProcess) {
  const ProcessUsage usage = ProcessUsage::now();

  EXPECT_GT(usage.resident_bytes, 1U << 20);
  EXPECT_GE(usage.open_fds, 3U);
  EXPECT_GE(usage.max_fds, usage.open_fds);
  const double now = static_cast<double>(::time(nullptr));
  EXPECT_GT(usage.started_at_seconds, now - 3600);
  EXPECT_LE(usage.started_at_seconds, now + 2);
}

}  // namespace
}  // namespace inlet
