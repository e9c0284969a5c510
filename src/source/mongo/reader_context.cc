#include "source/mongo/reader_context.h"

#include "base/log.h"
#include "connection/mongo/mongo_failure.h"

namespace inlet {
namespace {

uint64_t seed_of(const ReaderContext& context, uint64_t salt) {
  const uint64_t seed = context.options.random_seed;
  if (seed != 0) return seed + salt;
  return static_cast<uint64_t>(context.clock.steady_now().time_since_epoch().count()) + salt;
}

/// An error that nobody has placed, and that does not pass: most likely the definition is at fault.
Status given_up(const Status& failure, int attempts) {
  Status out(Code::kInvalidArgument, failure.text());
  for (const Status::Field& field : failure.fields())
    out = std::move(out).with(field.name, field.value);
  out = std::move(out).with("attempts", attempts);
  return std::move(out).with_hint("look up the server's code; if it passes by itself, start again");
}

}  // namespace

bool push_batch(ReaderContext& context, Batch batch) {
  const BatchQueue::Weight weight{.records = batch.records.size(), .bytes = batch.document_bytes};
  context.lanes.note(batch.positions);
  return context.out.push(QueueElement(std::move(batch)), weight, context.stop);
}

RetryPolicy::RetryPolicy(ReaderContext& context, std::string what, uint64_t salt)
    : context_(context),
      what_(std::move(what)),
      backoff_(context.options.backoff, seed_of(context, salt)) {}

Status RetryPolicy::after_failure(const Status& failure) {
  if (context_.stop.stop_requested()) return Status(Code::kCancelled, "source is being stopped");
  const bool passing = failure.code() == Code::kUnavailable || failure.code() == Code::kTimeout;
  const bool login_refused = failure.code() == Code::kPermissionDenied &&
                             server_code_of(failure) != server_code::kUnauthorized;
  // A rotated password: the file behind it is read again, once between two successes.
  const bool try_new_secrets = login_refused && !secrets_reread_;
  if (!passing && !try_new_secrets) return failure;
  if (is_unknown_server_error(failure) &&
      backoff_.attempts() >= context_.options.unknown_error_attempts_max) {
    return given_up(failure, backoff_.attempts());
  }
  const auto delay = backoff_.next();
  log::write_status(log::Level::kWarning,
                    what_ + " failed, trying again in " + std::to_string(delay.count()) + " ms",
                    failure);
  failing_ = true;
  context_.progress.update([&](SourceProgress& progress) {
    ++progress.reconnects;
    progress.last_error = failure.to_string();
  });
  if (!context_.clock.sleep_for(delay, context_.stop))
    return Status(Code::kCancelled, "source is being stopped");
  if (Status reread = context_.connection.reload_secrets(); !reread.is_ok()) {
    log::write_status(log::Level::kWarning, "secrets cannot be read again", reread);
  } else {
    secrets_reread_ = true;
  }
  return Status::ok();
}

void RetryPolicy::succeeded() {
  if (!failing_ && backoff_.attempts() == 0) return;
  failing_ = false;
  secrets_reread_ = false;
  backoff_.reset();
  context_.progress.update([](SourceProgress& progress) { progress.last_error.clear(); });
}

}  // namespace inlet
