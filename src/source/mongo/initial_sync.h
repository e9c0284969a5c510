#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "source/mongo/range_planner.h"
#include "source/mongo/range_reader.h"
#include "source/mongo/reader_context.h"

namespace inlet {

/// Copies the collections of a plan: several ranges at a time, whichever collection they belong to.
///
/// A collection that fails is told by a notice and does not stop the others. What a restart needs
/// is in the lanes "copy/<ns>/<k>" until the collection is copied, then in "copied/<ns>". Threads:
/// `run` uses threads of its own and returns when they have ended.
class InitialSync {
 public:
  InitialSync(ReaderContext& context, const SourcePlan& plan);

  /// Takes up what the lanes tell. Errors: kCorruption.
  Status restore(const Positions& positions);

  /// Errors: kCancelled when stopped; else the first collection's failure, with the number of
  /// failed ones.
  Status run();

  /// Lanes that say nothing any more once the whole copy is complete.
  std::vector<LanePosition> retired_lanes() const;

 private:
  struct Collection {
    CollectionCopy copy;
    std::vector<RangePosition> ranges;  ///< Planned or restored; grows once.
    bool planned = false;
    bool copied = false;
    size_t next_range = 0;
    size_t ranges_open = 0;
    Status failure;
  };
  struct Task {
    Collection* collection = nullptr;
    int range = -1;  ///< -1: the collection is to be planned.
  };

  void work();
  std::optional<Task> next_task();
  Status plan_collection(Collection& collection);
  Status read_range(Collection& collection, int range);
  void finish_task(Collection& collection, Status status);
  Status finish_collection(Collection& collection);
  void fail_collection(Collection& collection, const Status& failure);

  ReaderContext& context_;
  const SourcePlan& plan_;
  std::deque<Collection> collections_;  // Constant after `restore`; the members below are guarded.
  std::mutex mutex_;
  size_t planning_ = 0;     // Guarded by mutex_: collections being planned right now.
  Status first_failure_;    // Guarded by mutex_.
  int failed_count_ = 0;    // Guarded by mutex_.
  bool cancelled_ = false;  // Guarded by mutex_.
};

}  // namespace inlet
