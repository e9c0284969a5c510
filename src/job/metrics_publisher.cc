#include "job/metrics_publisher.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/process_usage.h"

namespace inlet {
namespace {

using Collection = SourceProgress::Collection;

// In the order of their enumerations.
constexpr std::array<std::string_view, 6> kStates{"created",  "starting", "running",
                                                  "draining", "stopped",  "failed"};
constexpr std::array<std::string_view, 6> kPhases{"starting",  "copying",      "catching_up",
                                                  "following", "reconnecting", "done"};
constexpr std::array<std::string_view, 4> kCopyStates{"pending", "copying", "copied", "failed"};

/// How long a position may stand still while the server's time moves on: six of its idle notes,
/// which it writes every ten seconds.
constexpr uint32_t kFrozenAfterSeconds = 60;

}  // namespace

void MetricsPublisher::publish(const ProcessorProgress& progress, WallTime now) {
  std::scoped_lock lock(mutex_);
  publish_processor(progress, now);
  publish_source(progress.source);
  publish_copy(progress.source);
  publish_sink(progress.sink);
}

void MetricsPublisher::publish_processor(const ProcessorProgress& progress, WallTime now) {
  for (size_t i = 0; i < kStates.size(); ++i) {
    const bool is_now = static_cast<size_t>(progress.state) == i;
    metrics_.set(Metric::kProcessorState, uint64_t{is_now}, {processor_, std::string(kStates[i])});
  }
  const bool is_failed = progress.state == ProcessorProgress::State::kFailed;
  const bool retries = !progress.failure.empty() && !is_failed;
  metrics_.set(Metric::kRetrying, uint64_t{retries}, {processor_, "processor"});
  metrics_.set(Metric::kEpoch, progress.epoch, {processor_});
  if (progress.last_checkpoint) {
    const std::chrono::duration<double> age = now - *progress.last_checkpoint;
    metrics_.set(Metric::kCheckpointAgeSeconds, std::max(0.0, age.count()), {processor_});
  }
  metrics_.set(Metric::kRecordsIn, progress.records_in, {processor_});
  metrics_.set(Metric::kRecordsOut, progress.records_out, {processor_});
  metrics_.set(Metric::kRecordsDeadLettered, progress.records_dead_lettered, {processor_});
  metrics_.set(Metric::kQueueRecords, progress.queue_records, {processor_});
  metrics_.set(Metric::kQueueBytes, progress.queue_bytes, {processor_});
}

void MetricsPublisher::publish_source(const SourceProgress& source) {
  for (size_t i = 0; i < kPhases.size(); ++i) {
    const bool is_now = static_cast<size_t>(source.phase) == i;
    metrics_.set(Metric::kSourcePhase, uint64_t{is_now}, {processor_, std::string(kPhases[i])});
  }
  metrics_.set(Metric::kRetrying, uint64_t{!source.last_error.empty()}, {processor_, "source"});
  metrics_.set(Metric::kSourceBytesRead, source.bytes_read, {processor_});
  metrics_.set(Metric::kSourceReconnects, source.reconnects, {processor_});
  if (!source.position.is_zero()) {
    metrics_.set(Metric::kEventsRead, source.events_read, {processor_});
    metrics_.set(Metric::kLookups, source.lookups, {processor_});
    metrics_.set(Metric::kLookupsGone, source.lookups_gone, {processor_});
    metrics_.set(Metric::kPositionFrozen, uint64_t{is_frozen(source)}, {processor_});
    if (!source.server_time.is_zero()) {
      const int64_t lag = int64_t{source.server_time.seconds} - int64_t{source.position.seconds};
      metrics_.set(Metric::kWatermarkLagSeconds, static_cast<double>(std::max<int64_t>(0, lag)),
                   {processor_});
    }
  }
  if (source.oplog_runway) {
    metrics_.set(Metric::kOplogRunwaySeconds, static_cast<double>(source.oplog_runway->count()),
                 {processor_});
  }
}

bool MetricsPublisher::is_frozen(const SourceProgress& source) {
  if (source.position != last_position_ || last_moved_at_.is_zero()) {
    last_position_ = source.position;
    last_moved_at_ = source.server_time;
    return false;
  }
  return source.server_time.seconds > last_moved_at_.seconds + kFrozenAfterSeconds;
}

void MetricsPublisher::publish_copy(const SourceProgress& source) {
  if (source.collections.empty()) return;
  std::array<uint64_t, kCopyStates.size()> by_state{};
  for (const Collection& collection : source.collections) {
    ++by_state[static_cast<size_t>(collection.state)];
    const MetricsRegistry::Labels labels{processor_, collection.ns};
    metrics_.set(Metric::kCopyDocuments, collection.documents_read, labels);
    metrics_.set(Metric::kCopyDocumentsEstimated, collection.documents_estimated, labels);
    metrics_.set(Metric::kCopyBytes, collection.bytes_read, labels);
  }
  for (size_t i = 0; i < kCopyStates.size(); ++i) {
    metrics_.set(Metric::kCopyCollections, by_state[i], {processor_, std::string(kCopyStates[i])});
  }
}

void MetricsPublisher::publish_sink(const SinkProgress& sink) {
  metrics_.set(Metric::kRetrying, uint64_t{!sink.last_error.empty()}, {processor_, "sink"});
  metrics_.set(Metric::kRecordsWritten, sink.records_written, {processor_});
  metrics_.set(Metric::kBytesWritten, sink.bytes_written, {processor_});
  metrics_.set(Metric::kFilesPublished, sink.files_published, {processor_});
  metrics_.set(Metric::kFilesOpen, sink.files_open, {processor_});
  metrics_.set(Metric::kHoursSealed, sink.hours_sealed, {processor_});
  metrics_.set(Metric::kBytesBuffered, sink.bytes_buffered, {processor_});
  metrics_.set(Metric::kStoreRetries, sink.retries, {processor_});
  metrics_.set(Metric::kInvalidUtf8, sink.invalid_utf8, {processor_});
}

void publish_process(MetricsRegistry& metrics) {
  const ProcessUsage usage = ProcessUsage::now();
  metrics.set(Metric::kBuildInfo, uint64_t{1}, {INLET_VERSION});
  metrics.set(Metric::kProcessResidentBytes, usage.resident_bytes);
  metrics.set(Metric::kProcessCpuSeconds, usage.cpu_seconds);
  metrics.set(Metric::kProcessOpenFds, usage.open_fds);
  metrics.set(Metric::kProcessMaxFds, usage.max_fds);
  metrics.set(Metric::kProcessStartSeconds, usage.started_at_seconds);
}

}  // namespace inlet
