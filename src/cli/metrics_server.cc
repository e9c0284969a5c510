#include "cli/metrics_server.h"

#include "job/health.h"

namespace inlet {
namespace {

/// An idle stream writes a checkpoint with each of the server's idle notes, every ten seconds; a
/// snapshot's epochs last a minute. Past this age something is wrong.
constexpr std::chrono::minutes kCheckpointAgeMax{5};

HttpEndpoint::Answer answer_of(const Health& health) {
  return {health.is_ok, health.reason};
}

}  // namespace

Result<std::unique_ptr<MetricsServer>> MetricsServer::open(const std::string& listen,
                                                           const std::string& processor,
                                                           Clock& clock) {
  std::unique_ptr<MetricsServer> out(new MetricsServer(processor, clock));
  if (listen.empty()) return out;
  HttpEndpoint::Callbacks callbacks;
  callbacks.metrics = [server = out.get()] { return server->text(); };
  callbacks.alive = [server = out.get()] { return answer_of(judge_alive(server->progress())); };
  callbacks.ready = [server = out.get()] {
    return answer_of(judge_ready(server->progress(), server->clock_.wall_now(), kCheckpointAgeMax));
  };
  Result<std::unique_ptr<HttpEndpoint>> endpoint = HttpEndpoint::open(listen, std::move(callbacks));
  if (!endpoint.is_ok()) return std::move(endpoint).error().with("flag", "--metrics-listen");
  out->endpoint_ = std::move(endpoint).value();
  return out;
}

void MetricsServer::follow(std::function<ProcessorProgress()> progress) {
  std::scoped_lock lock(mutex_);
  if (source_) last_ = source_();
  source_ = std::move(progress);
}

ProcessorProgress MetricsServer::progress() {
  std::scoped_lock lock(mutex_);
  if (source_) last_ = source_();
  return last_;
}

std::string MetricsServer::text() {
  publisher_.publish(progress(), clock_.wall_now());
  publish_process(registry_);
  return registry_.text();
}

}  // namespace inlet
