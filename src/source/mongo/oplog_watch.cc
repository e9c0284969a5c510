#include "source/mongo/oplog_watch.h"

#include <algorithm>

#include "base/log.h"
#include "base/quantity.h"
#include "bson/builder.h"
#include "connection/mongo/mongo_cursor.h"
#include "connection/mongo/mongo_failure.h"

namespace inlet {
namespace {

/// A stream closer to the present than this is following: the copy beside it cannot outrun the
/// oplog.
constexpr uint32_t kLagSeconds = 60;

Result<ClusterTime> oplog_end(MongoClient& client, int32_t direction) {
  DocumentBuilder command;
  command.append_string("find", "oplog.rs");
  command.open_document("sort").append_int32("$natural", direction).close();
  command.open_document("projection").append_int32("ts", 1).close();
  command.append_int32("limit", 1).append_bool("singleBatch", true);
  INLET_ASSIGN_OR_RETURN(MongoCursor cursor, MongoCursor::open(client, "local", command.finish()));
  INLET_ASSIGN_OR_RETURN(const MongoPage page, cursor.next());
  for (const Element& element : page.documents) {
    const Value time = element.value.as_document()["ts"];
    if (time.type() == BsonType::kTimestamp) return ClusterTime::from_bson(time.as_timestamp());
  }
  return Status(Code::kNotFound, "no oplog to be seen");
}

}  // namespace

Result<OplogWindow> read_oplog_window(MongoClient& client) {
  OplogWindow window;
  INLET_ASSIGN_OR_RETURN(window.first, oplog_end(client, 1));
  INLET_ASSIGN_OR_RETURN(window.last, oplog_end(client, -1));
  return window;
}

std::chrono::seconds runway_of(ClusterTime position, const OplogWindow& window) {
  const int64_t runway = int64_t{position.seconds} - int64_t{window.first.seconds};
  return std::chrono::seconds(std::max<int64_t>(runway, 0));
}

void StreamHealth::observe(ClusterTime position, ClusterTime server_time, SteadyTime now) {
  server_time_ = server_time;
  const bool moved = position != position_ || moved_at_ == SteadyTime{};
  if (!moved) return;
  position_ = position;
  server_time_at_position_ = server_time;
  moved_at_ = now;
}

std::chrono::seconds StreamHealth::frozen_for(SteadyTime now) const {
  const bool behind = server_time_ > position_ && server_time_ > server_time_at_position_;
  if (!behind || moved_at_ == SteadyTime{} || now - moved_at_ < kFrozenAfter)
    return std::chrono::seconds(0);
  return std::chrono::duration_cast<std::chrono::seconds>(now - moved_at_);
}

std::optional<std::chrono::seconds> CopyForecast::observe(const SourceProgress& progress,
                                                          SteadyTime now) {
  uint64_t read = 0;
  uint64_t estimated = 0;
  for (const SourceProgress::Collection& collection : progress.collections) {
    read += collection.documents_read;
    estimated += std::max(collection.documents_estimated, collection.documents_read);
  }
  if (!seen_at_.has_value()) {
    seen_at_ = now;
    seen_documents_ = read;
    return std::nullopt;
  }
  const double elapsed = std::chrono::duration<double>(now - *seen_at_).count();
  if (elapsed <= 0 || read <= seen_documents_) return std::nullopt;
  const double rate = static_cast<double>(read - seen_documents_) / elapsed;
  return std::chrono::seconds(static_cast<int64_t>(static_cast<double>(estimated - read) / rate));
}

bool copy_outruns_oplog(const SourceProgress& progress, std::chrono::seconds copy_left,
                        std::chrono::seconds runway) {
  const bool lags = progress.server_time.seconds > progress.position.seconds + kLagSeconds;
  return lags && copy_left > runway;
}

void OplogWatch::run(std::stop_token stop) {
  // Before the stream's first news there is nothing to tell; then the operator need not wait.
  constexpr std::chrono::milliseconds kUntilFirst{250};
  while (!denied_) {
    look();
    const bool has_seen = context_.progress.copy().oplog_runway.has_value();
    const auto pause = has_seen ? context_.options.runway_interval
                                : std::min(kUntilFirst, context_.options.runway_interval);
    if (!context_.clock.sleep_for(pause, stop)) return;
  }
}

void OplogWatch::look() {
  Result<OplogWindow> window = [&] {
    MongoClient client = context_.connection.acquire();
    return read_oplog_window(client);
  }();
  if (!window.is_ok()) {
    // A refused login passes with the new password; a right that is missing does not.
    const Code code = window.status().code();
    denied_ = server_code_of(window.status()) == server_code::kUnauthorized ||
              code == Code::kNotFound || code == Code::kInvalidArgument;
    if (denied_) log::write_status(log::Level::kInfo, "oplog runway is not known", window.status());
    return;
  }
  const SourceProgress progress = context_.progress.copy();
  const SteadyTime now = context_.clock.steady_now();
  if (progress.position.is_zero()) return;
  health_.observe(progress.position, window->last, now);
  const std::chrono::seconds frozen = health_.frozen_for(now);
  const std::chrono::seconds runway = runway_of(progress.position, *window);
  context_.progress.update([&](SourceProgress& shown) {
    shown.oplog_runway = runway;
    shown.position_frozen = frozen;
    shown.server_time = std::max(shown.server_time, window->last);
  });
  if (frozen.count() > 0 && !frozen_told_) {
    log::warning("position of the change stream does not move while the oplog does",
                 {{"position", progress.position.to_string()},
                  {"server", window->last.to_string()},
                  {"seconds", frozen.count()}});
  }
  frozen_told_ = frozen.count() > 0;
  warn_of_copy(progress, runway);
}

void OplogWatch::warn_of_copy(const SourceProgress& progress, std::chrono::seconds runway) {
  if (copy_told_ || progress.phase != SourceProgress::Phase::kCopying) return;
  const auto left = copy_forecast_.observe(progress, context_.clock.steady_now());
  if (!left.has_value() || !copy_outruns_oplog(progress, *left, runway)) return;
  copy_told_ = true;
  log::warning(
      "the copy will last longer than the oplog, and the change stream lags: make the oplog larger",
      {{"copy_seconds", left->count()}, {"runway_seconds", runway.count()}});
}

}  // namespace inlet
