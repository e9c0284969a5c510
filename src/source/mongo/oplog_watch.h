#pragma once

#include <optional>

#include "source/mongo/reader_context.h"

namespace inlet {

/// The oldest and newest entry of an oplog.
struct OplogWindow {
  ClusterTime first;
  ClusterTime last;
};
/// Errors: kPermissionDenied without `read` on `local`; kNotFound where there is none (a router).
Result<OplogWindow> read_oplog_window(MongoClient& client);

/// What to tell of a stream at `position`, given what was seen before. Pure, so that time can be
/// tested.
class StreamHealth {
 public:
  /// How long a position may stand still while the oplog moves before that is told.
  static constexpr std::chrono::seconds kFrozenAfter{60};

  void observe(ClusterTime position, ClusterTime server_time, SteadyTime now);
  /// Zero while the position moves, or has nothing to move to.
  std::chrono::seconds frozen_for(SteadyTime now) const;

 private:
  ClusterTime position_;
  ClusterTime server_time_at_position_;
  ClusterTime server_time_;
  SteadyTime moved_at_{};
};

/// How long a copy will still take, from the rate seen since the first look. Pure, so that time can
/// be tested.
class CopyForecast {
 public:
  /// None before two looks have seen progress between them.
  std::optional<std::chrono::seconds> observe(const SourceProgress& progress, SteadyTime now);

 private:
  std::optional<SteadyTime> seen_at_;
  uint64_t seen_documents_ = 0;
};

/// A copy that outlasts the oplog costs nothing while the stream beside it follows (ADR 0002); it
/// is told where that stream lags too, since then the stream's position will leave the oplog.
bool copy_outruns_oplog(const SourceProgress& progress, std::chrono::seconds copy_left,
                        std::chrono::seconds runway);

/// How long until `position` leaves an oplog that keeps its present length.
std::chrono::seconds runway_of(ClusterTime position, const OplogWindow& window);

/// Keeps an eye on the oplog beside the readers: its runway, a position that stands still, and a
/// copy whose estimated end lies beyond what the oplog holds for a stream that lags.
///
/// Threads: `run` is one, and returns when the source ends.
class OplogWatch {
 public:
  explicit OplogWatch(ReaderContext& context) : context_(context) {}
  void run(std::stop_token stop);

 private:
  void look();
  void warn_of_copy(const SourceProgress& progress, std::chrono::seconds runway);

  ReaderContext& context_;
  StreamHealth health_;
  CopyForecast copy_forecast_;
  bool denied_ = false;
  bool frozen_told_ = false;
  bool copy_told_ = false;
};

}  // namespace inlet
