#include "job/health.h"

#include "base/log.h"
#include "base/quantity.h"

namespace inlet {
namespace {

Health not_well(std::string_view reason, std::string_view detail = {}) {
  std::string text(reason);
  if (!detail.empty()) text.append(": ").append(log::redact(detail));
  return {false, std::move(text)};
}

}  // namespace

Health judge_alive(const ProcessorProgress& progress) {
  if (progress.state == ProcessorProgress::State::kFailed) {
    return not_well("the processor has failed", progress.failure);
  }
  return {true, "alive"};
}

Health judge_ready(const ProcessorProgress& progress, WallTime now,
                   std::chrono::milliseconds checkpoint_age_max) {
  using State = ProcessorProgress::State;
  using Phase = SourceProgress::Phase;
  switch (progress.state) {
    case State::kCreated:
    case State::kStarting:
      return not_well("the processor is starting", progress.failure);
    case State::kDraining:
      return not_well("the processor is draining");
    case State::kStopped:
      return not_well("the processor has stopped");
    case State::kFailed:
      return judge_alive(progress);
    case State::kRunning:
      break;
  }
  const Phase phase = progress.source.phase;
  if (phase == Phase::kStarting) return not_well("the source is connecting");
  if (phase == Phase::kReconnecting || !progress.source.last_error.empty()) {
    return not_well("the source is reconnecting", progress.source.last_error);
  }
  if (!progress.sink.last_error.empty()) {
    return not_well("the sink is retrying", progress.sink.last_error);
  }
  if (!progress.failure.empty()) return not_well("the processor is retrying", progress.failure);
  if (!progress.last_checkpoint) return not_well("no checkpoint has been stored yet");
  const std::chrono::milliseconds age = now - *progress.last_checkpoint;
  if (age > checkpoint_age_max) {
    return not_well("the last checkpoint is too old",
                    format_duration(age) + ", more than " + format_duration(checkpoint_age_max));
  }
  return {true, "ready"};
}

}  // namespace inlet
