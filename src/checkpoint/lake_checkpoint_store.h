#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "checkpoint/checkpoint_store.h"
#include "checkpoint/lease.h"
#include "store/object_store.h"

namespace inlet {

/// Checkpoints and lease as objects of a lake, for machines that keep nothing:
/// `_inlet/<processor>/lease-<fence>-<nonce>` and `checkpoint-<fence>-<epoch>`.
///
/// Our object stores have no conditional write, so the lease is an agreement, not a lock. What it
/// gives: of two processes that start by accident on one state, one is refused; a holder that ends
/// by itself frees it at once; a dead one is recognised half a life after its lease ran out, by the
/// wall clocks of the machines, which must agree to within half a life (30 s of the usual minute).
/// A holder that was replaced finds out at its next renewal, at its next store, or by its own clock
/// four fifths of a life after its last renewal. What it does not give: protection against a
/// process that stands still between that look and its write. Such a write cannot harm the state,
/// since a higher fence outranks a higher epoch; it can publish an old manifest in the lake. Where
/// processes take over from each other as a matter of course, use mongodb://.
///
/// Taking the lease: list; if the highest one is alive, refuse. Write one with a higher fence,
/// wait, list again: whoever is highest then has it, the others withdraw. Two candidates cannot
/// both see themselves highest, as each withdraws too when its list and write took longer than half
/// the wait.
///
/// Loading claims: the newest checkpoint is written again under our fence, so that one which an
/// older holder writes late never counts.
class LakeCheckpointStore final : public CheckpointStore {
 public:
  struct Options {
    std::chrono::milliseconds lease_life{60'000};
    /// Between writing a lease and looking whether it is the highest.
    std::chrono::milliseconds settle{2'000};
  };
  LakeCheckpointStore(std::shared_ptr<ObjectStore> store, const std::string& processor,
                      Clock& clock, Options options);
  /// The usual wait for a lease of that life.
  static Options options_for(std::chrono::milliseconds lease_life) {
    return {lease_life, lease_life / 30};
  }

  std::string description() const override { return store_->description() + "/" + folder_; }
  Result<uint64_t> acquire() override;
  Result<std::optional<Checkpoint>> load() override;
  Status store(const Checkpoint& checkpoint) override;
  Status verify_held() override { return lease_.verify(); }
  Status release() override;

 private:
  struct LeaseName {
    uint64_t fence = 0;
    std::string nonce;
    bool operator==(const LeaseName&) const = default;
    bool operator<(const LeaseName& other) const {
      return std::tie(fence, nonce) < std::tie(other.fence, other.nonce);
    }
  };
  struct CheckpointName {
    uint64_t fence = 0;
    uint64_t epoch = 0;
    bool operator<(const CheckpointName& other) const {
      return std::tie(fence, epoch) < std::tie(other.fence, other.epoch);
    }
  };
  struct Listing {
    std::vector<LeaseName> leases;            ///< Ascending.
    std::vector<CheckpointName> checkpoints;  ///< Ascending in rank.
  };
  Result<Listing> list();
  std::string path_of(const LeaseName& lease) const;
  std::string path_of(const CheckpointName& checkpoint) const;

  /// kUnavailable "already running" when `lease` is alive; OK when it may be succeeded.
  Status check_free(const LeaseName& lease);
  Result<std::string> holder_of(const LeaseName& lease);
  Status put_lease(const LeaseName& lease, bool released);
  /// One attempt; nothing when it took too long to be safe.
  Result<std::optional<LeaseName>> try_acquire();
  Status renew(const LeaseName& own);
  /// kCancelled when a lease in the listing outranks `own`.
  Status check_highest(const Listing& listing, const LeaseName& own);
  Result<LeaseName> held();
  void sweep(const Listing& listing, const CheckpointName& newest);

  const std::shared_ptr<ObjectStore> store_;
  const std::string folder_;
  const Options options_;
  const LeaseHolder holder_;
  Clock& clock_;

  std::mutex mutex_;
  std::optional<LeaseName> own_;  // Guarded by mutex_. Nothing: not held.
  int64_t since_ms_ = 0;          // Guarded by mutex_.

  HeldLease lease_;  // Last: its thread uses the others.
};

}  // namespace inlet
