#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"
#include "bson/arena.h"
#include "bson/document.h"
#include "stream/cluster_time.h"
#include "stream/namespace.h"
#include "stream/operation.h"

namespace inlet {

/// A document with where it came from.
///
/// Shape: from a change stream `document` is the server's event (`_id` = resume token,
/// `operationType`,
///        `clusterTime`, `ns`, `documentKey`, `fullDocument`, …). The initial sync beside a change
///        stream makes events of the same form with operationType "read", clusterTime = the start
///        point, and no `_id`. A snapshot alone gives the bare document. Stages may reshape it; the
///        other members stay, but `is_event`: a reshaped event is one as long as it has a string
///        `operationType`, and none once `$replaceRoot` has put another document in its place.
struct Record {
  DocumentView document;
  const Namespace* ns =
      nullptr;  ///< Interned; db only, or empty, for events wider than a collection.
  Operation operation = Operation::kRead;
  bool is_event = false;     ///< `document` has the form of a change event.
  ClusterTime cluster_time;  ///< Of the event; of the start point for kRead.
};

/// News that travels in order with the records: it stands behind the last record of its batch.
struct Notice {
  enum class Kind {
    kCollectionCopied,  ///< Every document of `ns` has been handed over: `records`, `content_hash`.
    kCollectionFailed,  ///< The copy of `ns` was given up: `reason`. What was handed over is not a
                        ///< copy.
    kHistoryLost,       ///< Changes between `gap_from` and `gap_to` are lost; a new copy follows.
  };
  Kind kind = Kind::kCollectionCopied;
  const Namespace* ns = nullptr;
  uint64_t records = 0;
  uint64_t content_hash =
      0;  ///< Sum modulo 2^64 of hash64 over each document's BSON, whatever the order.
  std::string reason;
  ClusterTime gap_from;
  ClusterTime gap_to;
};

/// Where a lane stands: opaque to all but the source that wrote it; stored in the checkpoint.
struct LanePosition {
  std::string lane;  ///< Stable over restarts: "plan", "changes/0", "copy/shop.orders/3".
  Document position;
  bool retired = false;  ///< The lane will never be needed again: drop it from the checkpoint.
};

/// Records that move together, with the memory that holds their documents: a document lies in the
/// arena, or where its source handed it over, and then the batch holds on to that.
///
/// About kBatchRecords records or kBatchBytes, whichever is first. Moved down the pipeline, so
/// exactly one operator can touch it.
struct Batch {
  static constexpr size_t kBatchRecords = 1000;
  static constexpr size_t kBatchBytes = 4 * 1024 * 1024;

  Arena arena;
  /// Memory of others that documents lie in, such as a whole reply of a client library.
  std::vector<std::shared_ptr<const void>> pinned;
  std::vector<Record> records;
  std::vector<Notice> notices;
  std::vector<LanePosition> positions;  ///< True once every record above is behind the sink.
  /// No record with an earlier event time will come from this lane. Zero: nothing new is known.
  ClusterTime watermark;
  std::string watermark_lane;
  size_t document_bytes = 0;  ///< Sum of the documents' BSON sizes.
};

/// Ends epoch `epoch`: everything before it in the queue belongs to it, everything behind to the
/// next.
struct Barrier {
  uint64_t epoch = 0;
  bool ends_input = false;  ///< The source came to its natural end: this epoch finishes the work.
};

/// The source has nothing more to give and all of it has been pushed.
struct EndOfInput {
  Status status;  ///< Why it ended: OK at the natural end, kCancelled when it was asked to stop.
};

/// What travels in the queue from the source's readers to the task, in order.
using QueueElement = std::variant<Batch, Barrier, EndOfInput>;

}  // namespace inlet
