#include "source/mongo/range_reader.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/log.h"
#include "bson/builder.h"
#include "connection/mongo/mongo_failure.h"

namespace inlet {
namespace {

constexpr uint64_t kPageDocumentsMin = 16;
constexpr uint64_t kPageDocumentsMax = 20000;
constexpr uint64_t kPageDocumentsUnknown = 1000;

void append_id_key(DocumentBuilder& out, std::string_view name) {
  out.open_document(name).append_int32("_id", 1).close();
}

}  // namespace

RangeReader::RangeReader(ReaderContext& context, const SourcePlan& plan, CollectionCopy& copy,
                         RangePosition position)
    : context_(context),
      plan_(plan),
      copy_(copy),
      position_(std::move(position)),
      event_(*copy.ns, plan.start_time),
      name_(copy.ns->collection),
      retry_(context, "copy of " + copy.ns->full(), static_cast<uint64_t>(position_.index)) {}

Status RangeReader::run() {
  for (;;) {
    Status status = [&] {
      MongoClient client = context_.connection.acquire();
      return read(client);
    }();
    if (status.is_ok() || status.code() == Code::kCancelled) return status;
    // An order-less read that broke cannot be taken up again: what was handed over would come
    // twice.
    if (!is_ordered() && position_.records > 0) return std::move(status).with("resumable", "no");
    INLET_RETURN_IF_ERROR(retry_.after_failure(status));
  }
}

int32_t RangeReader::page_documents() const {
  const uint64_t average = copy_.size.average_bytes();
  const uint64_t wanted =
      average == 0 ? kPageDocumentsUnknown : context_.options.page_bytes / average;
  return static_cast<int32_t>(std::clamp(wanted, kPageDocumentsMin, kPageDocumentsMax));
}

Result<std::string> RangeReader::present_name(MongoClient& client) {
  if (copy_.collection.uuid.empty()) return name_;
  return name_of_collection(client, copy_.ns->db, name_, copy_.collection.uuid);
}

Document RangeReader::find_command(const std::string& name) const {
  const bool filtered = !context_.options.query.is_empty();
  const bool resumed = !position_.last.is_empty();
  DocumentBuilder out;
  out.append_string("find", name).append_int32("batchSize", page_documents());
  if (filtered && resumed) {
    // $expr compares in the server's order of all types, where $gt alone would stay within one.
    out.open_document("filter").open_array("$and").append_document("0", context_.options.query);
    out.open_document("1").open_document("$expr").open_array("$gt").append_string("0", "$_id");
    out.open_document("1").append("$literal", position_.last["_id"]).close();
    out.close().close().close().close().close();
  } else if (filtered) {
    out.append_document("filter", context_.options.query);
  }
  if (is_ordered()) {
    append_id_key(out, "sort");
    // With a filter the planner may know a better index than that of _id; then there is one range
    // only.
    if (!filtered) append_id_key(out, "hint");
    if (!filtered && resumed) {
      out.append_document("min", position_.last);
    } else if (!filtered && !position_.min.is_empty()) {
      out.append_document("min", position_.min);
    }
    if (!filtered && !position_.max.is_empty()) out.append_document("max", position_.max);
  }
  out.open_document("readConcern").append_string("level", "majority");
  // A member that lags behind the start point would give documents from before the stream begins.
  if (context_.options.changes)
    out.append_timestamp("afterClusterTime", plan_.start_time.to_bson());
  out.close();
  return out.finish_owned();
}

Status RangeReader::read(MongoClient& client) {
  INLET_ASSIGN_OR_RETURN(name_, present_name(client));
  if (name_.empty()) return finish_dropped();
  const bool bounded_below_only =
      position_.max.is_empty() && (!position_.min.is_empty() || !position_.last.is_empty());
  if (position_.last["_id"].type() != BsonType::kMaxKey) {
    INLET_ASSIGN_OR_RETURN(MongoCursor cursor,
                           MongoCursor::open(client, copy_.ns->db, find_command(name_)));
    // A drop or rename between the look and the opening would have opened nothing, or a stranger.
    INLET_ASSIGN_OR_RETURN(const std::string name_now, [&] {
      MongoClient other = context_.connection.acquire();
      return present_name(other);
    }());
    if (name_now != name_)
      return Status(Code::kUnavailable, "collection was renamed or dropped meanwhile");
    while (cursor.has_more()) {
      if (context_.stop.stop_requested())
        return Status(Code::kCancelled, "source is being stopped");
      if (copy_.given_up) return Status(Code::kCancelled, "another range of the collection failed");
      INLET_ASSIGN_OR_RETURN(const MongoPage page,
                             cursor.next({.batch_size = page_documents(), .await_time = {}}));
      INLET_RETURN_IF_ERROR(take_page(page));
      retry_.succeeded();
    }
    if (bounded_below_only && is_ordered() && context_.options.query.is_empty()) {
      INLET_RETURN_IF_ERROR(read_max_key(client, name_));
    }
  }
  position_.done = true;
  return push(Batch(), 0);
}

Status RangeReader::read_max_key(MongoClient& client, const std::string& name) {
  // `min` without `max` ends before MaxKey, which is an `_id` like any other.
  DocumentBuilder out;
  out.append_string("find", name).open_document("filter").append_max_key("_id").close();
  out.open_document("readConcern").append_string("level", "majority").close();
  INLET_ASSIGN_OR_RETURN(MongoCursor cursor, MongoCursor::open(client, copy_.ns->db, out.finish()));
  while (cursor.has_more()) {
    INLET_ASSIGN_OR_RETURN(const MongoPage page, cursor.next());
    INLET_RETURN_IF_ERROR(take_page(page));
  }
  return Status::ok();
}

Status RangeReader::take_page(const MongoPage& page) {
  DocumentView::Iterator at = page.documents.begin();
  const DocumentView::Iterator end = page.documents.end();
  if (at != end && !position_.last.is_empty()) {
    // `min` is inclusive: a resumed range begins with the document that was the last one.
    const Element id = id_element(at->value.as_document());
    const Element last = id_element(position_.last);
    if (id.begin != nullptr && id.raw() == last.raw()) ++at;
  }
  while (at != end) {
    Batch batch;
    const size_t source_bytes = fill_batch(page, at, batch);
    INLET_RETURN_IF_ERROR(push(std::move(batch), source_bytes));
  }
  return Status::ok();
}

size_t RangeReader::fill_batch(const MongoPage& page, DocumentView::Iterator& at, Batch& batch) {
  const DocumentView::Iterator end = page.documents.end();
  const bool as_events = context_.options.changes;
  const size_t records_max = context_.options.batch_records;
  const uint8_t* last = at->value.data();
  size_t bytes = 0;
  batch.records.reserve(std::min<size_t>(records_max, 1024));
  for (; at != end && batch.records.size() < records_max; ++at) {
    const DocumentView document = at->value.as_document();
    if (bytes > 0 && bytes + document.size() > context_.options.batch_bytes) break;
    bytes += document.size();
    last = document.data();
    position_.content_hash += hash64(document.raw());
    const DocumentView view = as_events ? event_.wrap(document, batch.arena) : document;
    batch.document_bytes += view.size();
    batch.records.push_back({.document = view,
                             .ns = copy_.ns,
                             .operation = Operation::kRead,
                             .is_event = as_events,
                             .cluster_time = plan_.start_time});
  }
  if (!as_events) batch.pinned.push_back(page.reply);
  position_.records += batch.records.size();
  position_.bytes += bytes;
  if (is_ordered()) position_.last = id_document(DocumentView(last));
  return bytes;
}

Status RangeReader::push(Batch batch, size_t source_bytes) {
  const size_t records = batch.records.size();
  if (!context_.copy_limiter.take(records, source_bytes, context_.stop)) {
    return Status(Code::kCancelled, "source is being stopped");
  }
  batch.positions.push_back(
      {.lane = range_lane(*copy_.ns, position_.index), .position = position_.encode()});
  if (!push_batch(context_, std::move(batch)))
    return Status(Code::kCancelled, "source is being stopped");
  context_.progress.update([&](SourceProgress& progress) {
    progress.bytes_read += source_bytes;
    progress.collections[copy_.board_index].documents_read += records;
    progress.collections[copy_.board_index].bytes_read += source_bytes;
  });
  return Status::ok();
}

Status RangeReader::finish_dropped() {
  if (!context_.options.changes && position_.records > 0) {
    return Status(Code::kNotFound, "collection was dropped while it was being copied");
  }
  // With a stream the drop event follows and undoes what was read; without a read there is nothing
  // to undo.
  if (!copy_.dropped_told.exchange(true)) {
    log::warning("collection was dropped before its copy was complete",
                 {{"collection", copy_.ns->full()}});
  }
  position_.done = true;
  return push(Batch(), 0);
}

}  // namespace inlet
