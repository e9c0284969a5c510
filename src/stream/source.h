#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/result.h"
#include "stream/batch.h"

namespace inlet {

using BatchQueue = BoundedQueue<QueueElement>;

/// Lane name to position, as the checkpoint holds them.
using Positions = std::map<std::string, Document>;

/// What a terminal, a log line or a metric wants to know of a source. A copy of numbers; cheap to
/// take.
struct SourceProgress {
  enum class Phase { kStarting, kCopying, kCatchingUp, kFollowing, kReconnecting, kDone };
  struct Collection {
    std::string ns;
    uint64_t documents_read = 0;
    uint64_t documents_estimated = 0;
    uint64_t bytes_read = 0;
    enum class State { kPending, kCopying, kCopied, kFailed } state = State::kPending;
    std::string failure;
  };
  Phase phase = Phase::kStarting;
  std::vector<Collection> collections;  ///< The initial sync's; empty without one.
  uint64_t events_read = 0;
  uint64_t bytes_read = 0;  ///< BSON bytes of documents and events.
  uint64_t reconnects = 0;
  uint64_t lookups = 0;
  uint64_t lookups_gone = 0;  ///< Looked-up documents that no longer existed.
  ClusterTime position;       ///< The change stream's; zero without one.
  ClusterTime server_time;    ///< The cluster's newest operation time known.
  std::optional<std::chrono::seconds>
      oplog_runway;  ///< Until `position` leaves the oplog, at its present length.
  /// How long `position` has stood still while the oplog moved; zero when all is well.
  std::chrono::seconds position_frozen{0};
  std::string last_error;  ///< Of the failure being retried; empty when healthy.
};

/// Reads one system and pushes batches, on threads of its own.
///
/// Life cycle: start, (request_stop), join. After `start` succeeds exactly one EndOfInput is
/// pushed, last. Errors:     what can be retried is retried inside; EndOfInput carries what cannot.
/// Threads:    `progress` from any; the others from the engine's.
class Source {
 public:
  virtual ~Source() = default;
  /// Opens the source at `restored` (empty at the first start) and starts its threads.
  virtual Status start(const Positions& restored, BatchQueue& out) = 0;
  /// Asks the readers to end after the batch in hand. Does not wait.
  virtual void request_stop() = 0;
  /// Waits until every reader has ended.
  virtual void join() = 0;
  virtual SourceProgress progress() const = 0;
};

}  // namespace inlet
