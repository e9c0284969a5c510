#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "stream/batch.h"

namespace inlet {

/// What `commit` needs to publish an epoch, now or after a crash. Stored in the checkpoint.
struct PreparedCommit {
  uint64_t epoch = 0;
  Document payload;  ///< The sink's own; empty when there is nothing to publish.
};

/// What a sink tells of itself to a terminal, a log line or a metric.
struct SinkProgress {
  uint64_t records_written = 0;  ///< Staged or published.
  uint64_t bytes_written = 0;    ///< After encoding and compression.
  uint64_t files_published = 0;
  uint64_t hours_sealed = 0;
  uint64_t files_open = 0;
  uint64_t bytes_buffered = 0;
  uint64_t retries = 0;
  uint64_t invalid_utf8 = 0;  ///< Sequences of bytes that were not UTF-8 and were replaced.
  std::string last_error;     ///< Of the failure being retried; empty when healthy.
};

/// Writes batches to one destination and makes them visible epoch by epoch.
///
/// Life cycle: open, (write*, prepare, commit)*, close. `prepare(n)` is followed by `commit(n)`,
/// which may run again
///             after a crash, on a new object, straight after `open`.
/// Threads:    one thread at a time; `progress` from any.
class Sink {
 public:
  virtual ~Sink() = default;

  /// Takes up the state that the last stored checkpoint holds (empty at the first start), and
  /// removes what epochs after `epoch` left behind. `fence` is this writer's number: higher than
  /// any before it.
  virtual Status open(const Document& restored_state, uint64_t epoch, uint64_t fence) = 0;

  /// Stages a batch. Readers see none of it before `commit`. The sink may keep the batch while it
  /// encodes.
  ///
  /// Errors: kBadDocument names the record by index; kUnavailable is retried inside until `stop`.
  virtual Status write(Batch batch) = 0;

  /// True when memory or file bounds make a checkpoint due before its time.
  virtual bool wants_checkpoint() const = 0;

  /// Makes everything since the last barrier durable, not visible. The result goes into the
  /// checkpoint.
  virtual Result<PreparedCommit> prepare(uint64_t epoch) = 0;

  /// The sink's state after `prepare`, for the same checkpoint.
  virtual Document snapshot() const = 0;

  /// Publishes a prepared epoch. Runs again after a crash, so it must be idempotent.
  virtual Status commit(const PreparedCommit& prepared) = 0;

  /// Ends after the last commit: no more epochs follow.
  virtual Status close() = 0;

  virtual SinkProgress progress() const = 0;
};

}  // namespace inlet
