#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/document.h"
#include "source/mongo/mongo_source_options.h"
#include "stream/cluster_time.h"
#include "stream/namespace.h"

namespace inlet {

/// A collection as it stood when the plan was made.
struct PlannedCollection {
  Namespace ns;
  std::string uuid;  ///< 16 bytes; empty for a view.
  enum class Kind { kCollection, kView, kTimeSeries } kind = Kind::kCollection;
  bool has_pre_images = false;  ///< Not stored.
};

/// What a run has set out to do; the position of the lane "plan", stored before anything is read.
struct SourcePlan {
  std::string run_id;
  ClusterTime start_time;  ///< Taken before the first read: the stream starts here, reads carry it.
  bool copy = false;       ///< A copy is under way; false once it is complete.
  int streams = 0;
  StreamSplit split = StreamSplit::kNone;
  std::vector<PlannedCollection> collections;

  Document encode() const;
  /// Errors: kCorruption, kUnimplemented for the plan of a newer version.
  static Result<SourcePlan> decode(DocumentView document);
};

/// Where one change stream stands; the position of the lanes "changes/<i>".
struct StreamPosition {
  Document token;    ///< Whole; empty before the first reply.
  ClusterTime time;  ///< Of the token; the operation time to start at where there is none.
  bool after_event =
      false;  ///< The token ends an invalidated stream: only `startAfter` can pass it.

  Document encode() const;
  static Result<StreamPosition> decode(DocumentView document);
};

/// One `_id` range of a copy; the position of the lanes "copy/<ns>/<k>". Bounds and `last` are
/// documents
/// `{_id: …}`; an empty one stands for no bound.
struct RangePosition {
  int index = 0;
  int count = 1;  ///< Ranges of this collection.
  Document min;   ///< Inclusive.
  Document max;   ///< Exclusive.
  Document last;  ///< Last `_id` handed over.
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t content_hash = 0;
  bool done = false;

  Document encode() const;
  static Result<RangePosition> decode(DocumentView document);
};

inline constexpr char kPlanLane[] = "plan";
std::string stream_lane(int index);
std::string range_lane(const Namespace& ns, int index);
/// The lane that remembers a collection as copied when its ranges are retired.
std::string collection_lane(const Namespace& ns);

}  // namespace inlet
