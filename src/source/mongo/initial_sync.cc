#include "source/mongo/initial_sync.h"

#include <algorithm>
#include <thread>

#include "base/log.h"
#include "bson/builder.h"

namespace inlet {
namespace {

using State = SourceProgress::Collection::State;

Document copied_position(uint64_t records, uint64_t bytes, uint64_t hash) {
  DocumentBuilder out;
  out.append_int32("v", 1).append_int64("records", static_cast<int64_t>(records));
  out.append_int64("bytes", static_cast<int64_t>(bytes))
      .append_int64("hash", static_cast<int64_t>(hash));
  return out.finish_owned();
}

struct Totals {
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t content_hash = 0;
};

Totals totals_of(const std::vector<RangePosition>& ranges) {
  Totals totals;
  for (const RangePosition& range : ranges) {
    totals.records += range.records;
    totals.bytes += range.bytes;
    totals.content_hash += range.content_hash;
  }
  return totals;
}

}  // namespace

InitialSync::InitialSync(ReaderContext& context, const SourcePlan& plan)
    : context_(context), plan_(plan) {
  for (const PlannedCollection& planned : plan.collections) {
    Collection& collection = collections_.emplace_back();
    collection.copy.collection = planned;
    collection.copy.ns = NamespaceTable::instance().intern(planned.ns.db, planned.ns.collection);
    collection.copy.board_index = collections_.size() - 1;
  }
  context_.progress.update([&](SourceProgress& progress) {
    progress.collections.clear();
    for (const Collection& collection : collections_) {
      progress.collections.emplace_back().ns = collection.copy.ns->full();
    }
  });
}

Status InitialSync::restore(const Positions& positions) {
  for (Collection& collection : collections_) {
    const Namespace& ns = *collection.copy.ns;
    if (const auto copied = positions.find(collection_lane(ns)); copied != positions.end()) {
      collection.planned = true;
      collection.copied = true;
      const uint64_t records =
          static_cast<uint64_t>(copied->second["records"].as_integer_if().value_or(0));
      context_.progress.update([&](SourceProgress& progress) {
        SourceProgress::Collection& shown = progress.collections[collection.copy.board_index];
        shown.documents_read = shown.documents_estimated = records;
        shown.state = State::kCopied;
      });
      continue;
    }
    const auto first = positions.find(range_lane(ns, 0));
    if (first == positions.end()) continue;
    INLET_ASSIGN_OR_RETURN(const RangePosition first_range, RangePosition::decode(first->second));
    for (int k = 0; k < first_range.count; ++k) {
      const auto lane = positions.find(range_lane(ns, k));
      if (lane == positions.end())
        return Status(Code::kCorruption, "checkpoint lacks a range").with("ns", ns.full());
      INLET_ASSIGN_OR_RETURN(RangePosition range, RangePosition::decode(lane->second));
      collection.ranges.push_back(std::move(range));
    }
    collection.planned = true;
    collection.ranges_open = collection.ranges.size();
    context_.progress.update([&](SourceProgress& progress) {
      const Totals totals = totals_of(collection.ranges);
      progress.collections[collection.copy.board_index].documents_read = totals.records;
      progress.collections[collection.copy.board_index].bytes_read = totals.bytes;
    });
  }
  return Status::ok();
}

Status InitialSync::run() {
  std::vector<std::thread> workers;
  const int count = std::max(1, context_.options.copy_parallelism);
  workers.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) workers.emplace_back([this] { work(); });
  for (std::thread& worker : workers) worker.join();
  std::scoped_lock lock(mutex_);
  if (cancelled_ || context_.stop.stop_requested())
    return Status(Code::kCancelled, "source is being stopped");
  if (failed_count_ == 0) return Status::ok();
  return Status(first_failure_).with("collections_failed", std::to_string(failed_count_));
}

void InitialSync::work() {
  for (;;) {
    const std::optional<Task> task = next_task();
    if (!task.has_value()) {
      std::unique_lock lock(mutex_);
      if (cancelled_ || planning_ == 0 || context_.stop.stop_requested()) return;
      lock.unlock();
      // Another worker is cutting a collection into ranges; some may be for this one.
      if (!context_.clock.sleep_for(std::chrono::milliseconds(5), context_.stop)) return;
      continue;
    }
    Collection& collection = *task->collection;
    if (task->range >= 0) {
      finish_task(collection, read_range(collection, task->range));
      continue;
    }
    Status planned = plan_collection(collection);
    std::unique_lock lock(mutex_);
    --planning_;
    lock.unlock();
    if (!planned.is_ok()) fail_collection(collection, planned);
  }
}

std::optional<InitialSync::Task> InitialSync::next_task() {
  std::scoped_lock lock(mutex_);
  if (cancelled_ || context_.stop.stop_requested()) return std::nullopt;
  for (Collection& collection : collections_) {
    if (collection.copied || !collection.failure.is_ok()) continue;
    if (collection.next_range < collection.ranges.size()) {
      return Task{&collection, static_cast<int>(collection.next_range++)};
    }
    if (!collection.planned) {
      collection.planned = true;
      ++planning_;
      return Task{&collection, -1};
    }
  }
  return std::nullopt;
}

Status InitialSync::plan_collection(Collection& collection) {
  const Namespace& ns = *collection.copy.ns;
  RetryPolicy retry(context_, "copy of " + ns.full(), collection.copy.board_index);
  std::vector<RangePosition> ranges = cut_ranges({}, 1);
  const bool is_plain = collection.copy.collection.kind == PlannedCollection::Kind::kCollection;
  while (is_plain) {
    MongoClient client = context_.connection.acquire();
    Result<CollectionSize> size = size_of_collection(client, ns);
    Status status = size.status();
    if (size.is_ok()) {
      collection.copy.size = *size;
      if (!context_.options.query.is_empty()) break;
      Result<std::vector<RangePosition>> cut =
          plan_ranges(client, ns, *size, context_.options.range_bytes);
      status = cut.status();
      if (cut.is_ok()) ranges = *std::move(cut);
    }
    if (status.is_ok()) break;
    if (status.code() == Code::kUnavailable || status.code() == Code::kTimeout) {
      INLET_RETURN_IF_ERROR(retry.after_failure(status));
      continue;
    }
    // Without the right to see statistics the collection can still be read, as one range.
    log::write_status(log::Level::kDebug, "collection is copied as one range", status);
    break;
  }
  Batch batch;
  for (const RangePosition& range : ranges) {
    batch.positions.push_back({.lane = range_lane(ns, range.index), .position = range.encode()});
  }
  if (!push_batch(context_, std::move(batch)))
    return Status(Code::kCancelled, "source is being stopped");
  context_.progress.update([&](SourceProgress& progress) {
    SourceProgress::Collection& shown = progress.collections[collection.copy.board_index];
    shown.documents_estimated = collection.copy.size.documents;
    shown.state = State::kCopying;
  });
  std::scoped_lock lock(mutex_);
  collection.ranges_open = ranges.size();
  collection.ranges = std::move(ranges);
  return Status::ok();
}

Status InitialSync::read_range(Collection& collection, int range) {
  RangePosition start;
  {
    std::scoped_lock lock(mutex_);
    start = collection.ranges[static_cast<size_t>(range)];
  }
  if (start.done) return Status::ok();
  context_.progress.update([&](SourceProgress& progress) {
    progress.collections[collection.copy.board_index].state = State::kCopying;
  });
  RangeReader reader(context_, plan_, collection.copy, start);
  const Status status = reader.run();
  std::scoped_lock lock(mutex_);
  collection.ranges[static_cast<size_t>(range)] = reader.position();
  return status;
}

void InitialSync::finish_task(Collection& collection, Status status) {
  bool complete = false;
  {
    std::scoped_lock lock(mutex_);
    --collection.ranges_open;
    complete = status.is_ok() && collection.ranges_open == 0 && collection.failure.is_ok();
  }
  if (complete) status = finish_collection(collection);
  if (!status.is_ok()) fail_collection(collection, status);
}

Status InitialSync::finish_collection(Collection& collection) {
  const Namespace& ns = *collection.copy.ns;
  const Totals totals = totals_of(collection.ranges);
  Batch batch;
  batch.notices.push_back({.kind = Notice::Kind::kCollectionCopied,
                           .ns = collection.copy.ns,
                           .records = totals.records,
                           .content_hash = totals.content_hash,
                           .reason = {},
                           .gap_from = {},
                           .gap_to = {}});
  for (const RangePosition& range : collection.ranges) {
    batch.positions.push_back(
        {.lane = range_lane(ns, range.index), .position = {}, .retired = true});
  }
  batch.positions.push_back(
      {.lane = collection_lane(ns),
       .position = copied_position(totals.records, totals.bytes, totals.content_hash)});
  if (!push_batch(context_, std::move(batch)))
    return Status(Code::kCancelled, "source is being stopped");
  context_.progress.update([&](SourceProgress& progress) {
    progress.collections[collection.copy.board_index].state = State::kCopied;
  });
  log::info("collection copied",
            {{"collection", ns.full()}, {"documents", totals.records}, {"bytes", totals.bytes}});
  std::scoped_lock lock(mutex_);
  collection.copied = true;
  return Status::ok();
}

void InitialSync::fail_collection(Collection& collection, const Status& failure) {
  {
    std::scoped_lock lock(mutex_);
    if (failure.code() == Code::kCancelled) {
      // Either the whole source is being stopped, or a sibling range has already told of the
      // failure.
      if (collection.failure.is_ok()) cancelled_ = true;
      return;
    }
    if (!collection.failure.is_ok()) return;
    collection.failure = Status(failure).with("collection", collection.copy.ns->full());
    if (first_failure_.is_ok()) first_failure_ = collection.failure;
    ++failed_count_;
  }
  collection.copy.given_up = true;
  log::write_status(log::Level::kError, "copy of a collection failed", collection.failure);
  context_.progress.update([&](SourceProgress& progress) {
    SourceProgress::Collection& shown = progress.collections[collection.copy.board_index];
    shown.state = State::kFailed;
    shown.failure = failure.to_string();
  });
  Batch batch;
  batch.notices.push_back({.kind = Notice::Kind::kCollectionFailed,
                           .ns = collection.copy.ns,
                           .records = 0,
                           .content_hash = 0,
                           .reason = failure.to_string(),
                           .gap_from = {},
                           .gap_to = {}});
  if (!push_batch(context_, std::move(batch))) {
    std::scoped_lock lock(mutex_);
    cancelled_ = true;
  }
}

std::vector<LanePosition> InitialSync::retired_lanes() const {
  std::vector<LanePosition> lanes;
  for (const Collection& collection : collections_) {
    lanes.push_back(
        {.lane = collection_lane(*collection.copy.ns), .position = {}, .retired = true});
  }
  return lanes;
}

}  // namespace inlet
