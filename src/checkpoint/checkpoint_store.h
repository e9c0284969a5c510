#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "checkpoint/checkpoint.h"

namespace inlet {

/// The text of the status that `acquire` gives while another live process holds the lease.
inline constexpr std::string_view kAlreadyRunning = "already running";

/// Keeps the checkpoints of one processor and the right to write them.
///
/// Life cycle: acquire, load, store*, release. Only the holder of the lease may write, here and to
/// the sink; each acquisition gets a fence number higher than all before it.
/// Errors: kUnavailable when the place is away (retry); kPermissionDenied with the hint; kCancelled
/// "lease lost" when another writer has taken over: write nothing more, stop.
/// Threads: any.
class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;
  /// For messages, without secrets.
  virtual std::string description() const = 0;
  /// Takes the lease. Returns the fence number, or kUnavailable "already running" naming the holder
  /// (host, pid, since). A holder that is dead is recognised.
  virtual Result<uint64_t> acquire() = 0;
  /// The newest whole checkpoint; nothing at the first start. A damaged one is kCorruption, never
  /// skipped.
  virtual Result<std::optional<Checkpoint>> load() = 0;
  /// Stores atomically and durably; refuses (kCancelled) when the lease is not ours any more.
  virtual Status store(const Checkpoint& checkpoint) = 0;
  /// OK while the lease is surely ours: call it before a write that a stale writer must not make.
  /// Cheap.
  virtual Status verify_held() = 0;
  virtual Status release() = 0;
};

}  // namespace inlet
