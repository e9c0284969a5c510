#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "sink/lake/lake_sink.h"
#include "testing/object_disk.h"

/// Drives a LakeSink as the engine does, over a disk and a checkpoint that survive a crash.
namespace inlet::testing {

/// One change, or one document of a copy, that a test wants in the lake.
struct LakeEvent {
  Operation operation = Operation::kInsert;
  std::string collection = "orders";
  int64_t id = 0;
  ClusterTime time;
  int64_t value = 0;
  std::string db = "shop";
};

/// Builds the batch of some events. `token` numbers make tokens unique: event i has the token
/// `first_token + i`.
Batch make_batch(const std::vector<LakeEvent>& events, size_t first_token, bool as_events = true);

/// The events in the order and the portions in which a source would give them.
struct LakeScript {
  std::vector<LakeEvent> events;
  size_t batch_records = 3;
  size_t batches_per_epoch = 2;
  std::string lane = "changes";
  /// Pass the time of each batch's last event as the watermark.
  bool watermarks = true;
  /// Collections whose copy is complete behind the event of that number.
  std::multimap<size_t, Notice> notices;
};

/// What survives: the lake and the newest checkpoint.
struct LakeWorld {
  ObjectDisk disk;
  std::string checkpoint;  ///< Encoded; empty before the first.
  uint64_t fence = 0;
};

/// Runs the script from the last checkpoint to its end. A failure of any call is a crash: the sink
/// is destroyed, and the status returned.
Status run_lake(LakeWorld& world, const LakeOptions& options, const LakeScript& script,
                const DiskStore::Hook& hook = nullptr);

/// Options for small tests: one encoder, one publisher, so that calls have one order.
LakeOptions small_lake_options();

/// Every line of every file that a manifest names, by path; parsed from the bytes on the disk.
struct LakeLine {
  std::string path;
  Document record;
};
Result<std::vector<LakeLine>> read_lake(ObjectDisk& disk);

/// Visible files that no manifest names.
std::vector<std::string> strays(ObjectDisk& disk);

/// Seeded inserts, updates and deletes over several collections and hours.
LakeScript random_script(uint64_t seed, size_t events, int collections, uint32_t seconds_per_event);

}  // namespace inlet::testing
