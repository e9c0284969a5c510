#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "engine/progress.h"
#include "job/metrics_publisher.h"
#include "server/http_endpoint.h"

namespace inlet {

/// Joins a processor's progress to the HTTP endpoint of `--metrics-listen`.
///
/// Threads: any. `follow` may be called again when a schedule starts the next run.
class MetricsServer {
 public:
  /// Serves on `listen`; nowhere when it is empty.
  /// Errors: of HttpEndpoint::open.
  static Result<std::unique_ptr<MetricsServer>> open(const std::string& listen,
                                                     const std::string& processor, Clock& clock);

  /// From now on `progress` is asked. Nothing is asked any more after `follow(nullptr)` returns;
  /// the numbers last seen are told until the next run.
  void follow(std::function<ProcessorProgress()> progress);

  MetricsRegistry& registry() { return registry_; }
  /// Where it serves; empty when nowhere.
  std::string url() const { return endpoint_ == nullptr ? "" : endpoint_->url(); }

 private:
  MetricsServer(const std::string& processor, Clock& clock)
      : clock_(clock), publisher_(processor, registry_) {}
  ProcessorProgress progress();
  std::string text();

  Clock& clock_;
  MetricsRegistry registry_;
  MetricsPublisher publisher_;
  std::mutex mutex_;
  std::function<ProcessorProgress()> source_;  // Guarded by mutex_.
  ProcessorProgress last_;                     // Guarded by mutex_.
  std::unique_ptr<HttpEndpoint> endpoint_;     // Last, so that it stops first.
};

}  // namespace inlet
