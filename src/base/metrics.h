#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inlet {

/// Every metric that Inlet exposes; `metric_table` says what each means.
enum class Metric {
  kBuildInfo,
  kProcessorState,
  kSourcePhase,
  kRetrying,
  kEpoch,
  kCheckpointAgeSeconds,
  kCheckpointStepSeconds,
  kRecordsIn,
  kRecordsOut,
  kRecordsDeadLettered,
  kQueueRecords,
  kQueueBytes,
  kEventsRead,
  kSourceBytesRead,
  kWatermarkLagSeconds,
  kOplogRunwaySeconds,
  kPositionFrozen,
  kSourceReconnects,
  kLookups,
  kLookupsGone,
  kCopyCollections,
  kCopyDocuments,
  kCopyDocumentsEstimated,
  kCopyBytes,
  kRecordsWritten,
  kBytesWritten,
  kFilesPublished,
  kFilesOpen,
  kHoursSealed,
  kBytesBuffered,
  kStoreRetries,
  kInvalidUtf8,
  kProcessResidentBytes,
  kProcessCpuSeconds,
  kProcessOpenFds,
  kProcessMaxFds,
  kProcessStartSeconds,
};

/// One metric: the only place that knows its name, its meaning and its labels.
struct MetricEntry {
  enum class Type { kCounter, kGauge, kHistogram };
  Metric metric;
  std::string_view name;
  Type type;
  std::string_view help;
  std::vector<std::string_view> labels;
  std::vector<double> buckets;  ///< Upper bounds; of a histogram only.
};

/// In the order of `Metric`, which is the order of the reference page.
std::span<const MetricEntry> metric_table();

/// The reference page of every metric, made from the table (docs/reference/metrics.md).
std::string metrics_reference();

/// The values of the metrics, as Prometheus reads them.
///
/// Label values come in the order of the table; too few or too many are a bug.
/// Threads: any.
class MetricsRegistry {
 public:
  using Labels = std::vector<std::string>;

  MetricsRegistry();
  ~MetricsRegistry();
  MetricsRegistry(const MetricsRegistry&) = delete;
  MetricsRegistry& operator=(const MetricsRegistry&) = delete;

  /// Sets a gauge, or a counter that is counted elsewhere. A counter that falls has begun anew, as
  /// Prometheus understands it.
  void set(Metric metric, double value, const Labels& labels = {});
  void set(Metric metric, uint64_t value, const Labels& labels = {}) {
    set(metric, static_cast<double>(value), labels);
  }
  void add(Metric metric, double delta = 1, const Labels& labels = {});
  /// Counts a value in a histogram.
  void observe(Metric metric, double value, const Labels& labels = {});
  /// Forgets every value of a metric, so that what no longer exists is no longer told.
  void clear(Metric metric);

  /// Everything that has a value, in Prometheus' text format 0.0.4.
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace inlet
