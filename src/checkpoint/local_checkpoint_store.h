#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "checkpoint/checkpoint_store.h"
#include "store/local_object_store.h"

namespace inlet {

/// Checkpoints in a folder of this machine: `<folder>/<processor>/checkpoint-<epoch>`, the last two
/// kept.
///
/// The lease is a lock on the file `lock`, which the kernel frees when its holder dies, however it
/// dies. A paused holder keeps it, so nobody can take over from it: on one machine that is what is
/// wanted.
class LocalCheckpointStore final : public CheckpointStore {
 public:
  LocalCheckpointStore(const std::filesystem::path& folder, const std::string& processor,
                       Clock& clock);
  ~LocalCheckpointStore() override;

  std::string description() const override;
  Result<uint64_t> acquire() override;
  Result<std::optional<Checkpoint>> load() override;
  Status store(const Checkpoint& checkpoint) override;
  Status verify_held() override;
  Status release() override;

 private:
  Result<uint64_t> next_fence();

  const std::filesystem::path folder_;  // The processor's own.
  Clock& clock_;
  LocalObjectStore files_;
  std::mutex mutex_;
  int lock_fd_ = -1;         // Guarded by mutex_; -1: not held.
  uint64_t fence_ = 0;       // Guarded by mutex_.
  uint64_t last_epoch_ = 0;  // Guarded by mutex_.
};

}  // namespace inlet
