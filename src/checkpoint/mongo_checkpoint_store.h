#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "bson/builder.h"
#include "checkpoint/checkpoint_store.h"
#include "checkpoint/lease.h"
#include "checkpoint/mongo_state_url.h"
#include "connection/mongo/mongo_client.h"

namespace inlet {

/// Checkpoints and lease in a MongoDB collection, so that a second machine can take over.
///
/// One document per processor holds the lease and lists the last two checkpoints; their bytes lie
/// in documents of at most 8 MiB beside it. Every change of the first is one conditional update,
/// durable on a majority, and its times are the server's own, so neither clocks of clients nor a
/// holder that was paused and wakes up can do harm here. A dead holder is recognised by the expiry
/// of its lease. What the lease can and cannot guard in the lake: docs/internals/checkpoint.md.
///
/// Needs MongoDB 4.4 and the role readWrite on the database. Destroying it does not release.
class MongoCheckpointStore final : public CheckpointStore {
 public:
  /// `url` as --state has it: `take_mongo_state` tells its parts. No network is touched.
  static Result<std::unique_ptr<MongoCheckpointStore>> open(
      const std::string& url, const std::string& processor, Clock& clock,
      const SecretReader& reader = SecretReader::system());

  std::string description() const override;
  Result<uint64_t> acquire() override;
  Result<std::optional<Checkpoint>> load() override;
  Status store(const Checkpoint& checkpoint) override;
  Status verify_held() override { return lease_.verify(); }
  Status release() override;

 private:
  MongoCheckpointStore(MongoStateUrl place, std::string processor,
                       std::unique_ptr<MongoConnection> connection, Clock& clock);

  /// Sends a command to the state's database. Reads secrets again once when the login is refused.
  /// Errors: failed writes and write concerns too.
  Result<MongoReply> run(DocumentView command);
  Status explained(Status failure) const;
  /// The processor's document after a change of it; empty when the condition did not hold.
  Result<Document> find_and_modify(DocumentBuilder& command);
  void append_own_lease(DocumentBuilder& out, uint64_t fence) const;
  void append_expiry(DocumentBuilder& out) const;

  Result<uint64_t> granted(DocumentView state, HeldLease::Moment requested);
  /// Renews the lease that `fence` belongs to. kCancelled when another one has it.
  Result<Document> renew(uint64_t fence);
  Result<uint64_t> held_fence();
  /// Tells why a conditional update met nothing, and that the lease is lost.
  Status lose();

  Status insert_chunks(uint64_t fence, uint64_t serial, std::string_view bytes);
  Result<std::string> read_chunks(DocumentView entry);
  /// Removes the bytes of checkpoints that are listed no more, and what failed stores have left.
  Status sweep(DocumentView state, uint64_t fence, uint64_t serial);

  const MongoStateUrl place_;
  const std::string processor_;
  const LeaseHolder holder_;
  const std::unique_ptr<MongoConnection> connection_;

  std::mutex mutex_;
  uint64_t fence_ = 0;   // Guarded by mutex_. 0: not held.
  uint64_t serial_ = 0;  // Guarded by mutex_. Of the last attempt to store under this fence.

  HeldLease lease_;  // Last: its thread uses the others.
};

}  // namespace inlet
