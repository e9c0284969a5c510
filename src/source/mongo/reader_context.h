#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"
#include "connection/mongo/mongo_client.h"
#include "source/mongo/mongo_source_options.h"
#include "source/mongo/rate_limiter.h"
#include "stream/source.h"

namespace inlet {

/// The numbers that readers leave for whoever watches.
///
/// Threads: any.
class ProgressBoard {
 public:
  /// Changes the numbers under the lock. Called once a batch, not once a document.
  template <class Change>
  void update(Change change) {
    std::scoped_lock lock(mutex_);
    change(progress_);
  }
  SourceProgress copy() const {
    std::scoped_lock lock(mutex_);
    return progress_;
  }

 private:
  mutable std::mutex mutex_;
  SourceProgress progress_;  // Guarded by mutex_.
};

/// The lanes that the checkpoint may hold by now: a new start must retire every one.
///
/// Threads: any.
class LaneRegister {
 public:
  void note(const std::vector<LanePosition>& positions) {
    std::scoped_lock lock(mutex_);
    for (const LanePosition& lane : positions) {
      if (lane.retired) {
        lanes_.erase(lane.lane);
      } else {
        lanes_.insert(lane.lane);
      }
    }
  }
  std::set<std::string> lanes() const {
    std::scoped_lock lock(mutex_);
    return lanes_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> lanes_;  // Guarded by mutex_.
};

/// What every reader of one MongoSource shares.
struct ReaderContext {
  const MongoSourceOptions& options;
  MongoConnection& connection;
  Clock& clock;
  BatchQueue& out;
  std::stop_token stop;
  ProgressBoard& progress;
  RateLimiter& copy_limiter;
  LaneRegister& lanes;
};

/// Hands a batch to the queue. False when the source is being stopped, or nobody takes batches any
/// more: then the batch was dropped and its positions with it.
bool push_batch(ReaderContext& context, Batch batch);

/// Decides after each failure whether to try again, and waits in between.
///
/// Threads: one.
class RetryPolicy {
 public:
  RetryPolicy(ReaderContext& context, std::string what, uint64_t salt);

  /// Waits and returns OK when the work is to be tried again; else returns the failure to end with
  /// (kCancelled when stopped). Reads changed secrets before it lets a refused login try once more.
  Status after_failure(const Status& failure);
  /// Progress was made: patience is whole again.
  void succeeded();

 private:
  ReaderContext& context_;
  std::string what_;
  Backoff backoff_;
  bool failing_ = false;
  bool secrets_reread_ = false;
};

}  // namespace inlet
