#pragma once

#include <atomic>

#include "base/result.h"
#include "connection/mongo/mongo_cursor.h"
#include "source/mongo/deployment.h"
#include "source/mongo/read_event.h"
#include "source/mongo/reader_context.h"
#include "source/mongo/source_plan.h"

namespace inlet {

/// What the readers of one collection's ranges share.
struct CollectionCopy {
  PlannedCollection collection;
  const Namespace* ns = nullptr;
  CollectionSize size;
  size_t board_index = 0;  ///< In SourceProgress::collections.
  std::atomic<bool> dropped_told{false};
  std::atomic<bool> given_up{false};  ///< One range failed: the others need not go on.
};

/// Reads one `_id` range, in the order of `_id`, and pushes it in batches, each with the range's
/// position.
///
/// Rides out elections, restarts and killed cursors: it opens a new cursor behind the last `_id`.
/// Views and time-series collections have no such order: they are read in one go, and fail when
/// that breaks. Threads: one.
class RangeReader {
 public:
  RangeReader(ReaderContext& context, const SourcePlan& plan, CollectionCopy& copy,
              RangePosition position);

  /// Returns OK when the range is done and its last batch has been pushed.
  /// Errors: kCancelled when stopped; kNotFound when the collection was dropped and no stream tells
  /// of it.
  Status run();
  const RangePosition& position() const { return position_; }

 private:
  Status read(MongoClient& client);
  /// The collection's name right now; empty when it is gone.
  Result<std::string> present_name(MongoClient& client);
  Document find_command(const std::string& name) const;
  Status take_page(const MongoPage& page);
  size_t fill_batch(const MongoPage& page, DocumentView::Iterator& at, Batch& batch);
  Status push(Batch batch, size_t source_bytes);
  Status read_max_key(MongoClient& client, const std::string& name);
  Status finish_dropped();
  bool is_ordered() const { return copy_.collection.kind == PlannedCollection::Kind::kCollection; }
  int32_t page_documents() const;

  ReaderContext& context_;
  const SourcePlan& plan_;
  CollectionCopy& copy_;
  RangePosition position_;
  ReadEventTemplate event_;
  std::string name_;
  RetryPolicy retry_;
};

}  // namespace inlet
