#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "engine/progress.h"

namespace inlet {

/// Puts a processor's numbers into a registry, each time that they are asked for.
///
/// Threads: any.
class MetricsPublisher {
 public:
  MetricsPublisher(std::string processor, MetricsRegistry& metrics)
      : processor_(std::move(processor)), metrics_(metrics) {}

  void publish(const ProcessorProgress& progress, WallTime now);

 private:
  void publish_processor(const ProcessorProgress& progress, WallTime now);
  void publish_source(const SourceProgress& source);
  void publish_copy(const SourceProgress& source);
  void publish_sink(const SinkProgress& sink);
  bool is_frozen(const SourceProgress& source);

  const std::string processor_;
  MetricsRegistry& metrics_;
  std::mutex mutex_;
  ClusterTime last_position_;  // Guarded by mutex_.
  ClusterTime last_moved_at_;  // Guarded by mutex_. The server's time when it moved.
};

/// Puts what the process takes from its machine into a registry, and the version.
void publish_process(MetricsRegistry& metrics);

}  // namespace inlet
