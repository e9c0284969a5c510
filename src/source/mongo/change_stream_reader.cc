#include "source/mongo/change_stream_reader.h"

#include <utility>

#include "base/log.h"
#include "connection/mongo/mongo_failure.h"
#include "source/mongo/resume_token.h"

namespace inlet {
namespace {

/// Events of a page, when they are small: about page_bytes at half a kilobyte each.
constexpr size_t kUsualEventBytes = 512;

Status stopped() { return Status(Code::kCancelled, "source is being stopped"); }

}  // namespace

ChangeStreamReader::ChangeStreamReader(ReaderContext& context, const NamespaceFilter& filter,
                                       const Deployment& deployment, StreamShare share, StreamPosition position,
                                       const std::atomic<uint64_t>& end_time)
    : context_(context),
      filter_(filter),
      deployment_(deployment),
      share_(share),
      lane_(stream_lane(share.index)),
      end_time_(end_time),
      position_(std::move(position)),
      retry_(context, "change stream " + lane_, static_cast<uint64_t>(share.index)) {}

Status ChangeStreamReader::run() {
  for (;;) {
    const Status status = follow();
    if (status.is_ok() || status.code() == Code::kCancelled) return status;
    batch_ = Batch();
    events_bytes_ = 0;
    context_.progress.update([](SourceProgress& progress) {
      if (progress.phase != SourceProgress::Phase::kCopying) progress.phase = SourceProgress::Phase::kReconnecting;
    });
    if (Status retry = retry_.after_failure(status); !retry.is_ok()) {
      return std::move(retry).with("lane", lane_).with("position", position_.time.to_string());
    }
  }
}

Status ChangeStreamReader::follow() {
  MongoClient client = context_.connection.acquire();
  const MongoPageOptions page_options{
      .batch_size = static_cast<int32_t>(context_.options.page_bytes / kUsualEventBytes),
      .await_time = context_.options.await_time};
  while (!context_.stop.stop_requested()) {
    const ChangeStreamCommand open =
        change_stream_command(context_.options, filter_, deployment_, share_, position_);
    INLET_ASSIGN_OR_RETURN(MongoCursor cursor, MongoCursor::open(client, open.db, open.command));
    invalidated_ = false;
    while (cursor.has_more() && !invalidated_) {
      if (context_.stop.stop_requested()) return stopped();
      INLET_ASSIGN_OR_RETURN(const MongoPage page, cursor.next(page_options));
      INLET_RETURN_IF_ERROR(take_page(page));
      retry_.succeeded();
      if (has_reached_end()) return Status::ok();
    }
  }
  return stopped();
}

bool ChangeStreamReader::has_reached_end() const {
  const uint64_t end = end_time_.load();
  return end != 0 && position_.time >= ClusterTime::from_bson(end);
}

Status ChangeStreamReader::take_page(const MongoPage& page) {
  size_t events = 0;
  for (const Element& element : page.documents) {
    const ChangeEvent event = ChangeEvent::parse(element.value.as_document());
    if (event.token.is_empty()) {
      return Status(Code::kInvalidArgument, "change event without its resume token")
          .with_hint("keep _id in the pipeline: it is the position in the stream");
    }
    INLET_RETURN_IF_ERROR(take_event(event));
    ++events;
  }
  if (!page.post_batch_resume_token.is_empty() && !invalidated_) {
    advance_to(page.post_batch_resume_token, time_of_token(page.post_batch_resume_token), false);
  }
  INLET_RETURN_IF_ERROR(flush(position_));
  context_.progress.update([&](SourceProgress& progress) {
    progress.position = position_.time;
    progress.server_time = std::max(progress.server_time, ClusterTime::from_bson(page.operation_time));
    if (progress.phase != SourceProgress::Phase::kCopying) {
      progress.phase = events == 0 ? SourceProgress::Phase::kFollowing : SourceProgress::Phase::kCatchingUp;
    }
  });
  return Status::ok();
}

Status ChangeStreamReader::take_event(const ChangeEvent& event) {
  const size_t size = event.event.size();
  const bool full = batch_.records.size() >= context_.options.batch_records ||
                    (!batch_.records.empty() && batch_.document_bytes + size > context_.options.batch_bytes);
  if (full) INLET_RETURN_IF_ERROR(flush(position_));
  const DocumentView moved(batch_.arena.copy(event.event.data(), size));
  batch_.document_bytes += size;
  batch_.records.push_back({.document = moved,
                            .ns = namespaces_.of(event),
                            .operation = event.operation,
                            .is_event = true,
                            .cluster_time = event.time});
  invalidated_ = event.operation == Operation::kInvalidate;
  advance_to(event.token, event.time, invalidated_);
  return Status::ok();
}

void ChangeStreamReader::advance_to(DocumentView token, ClusterTime time, bool after_event) {
  if (time < position_.time) {
    // Never seen from a healthy server; the stored time must not follow it back.
    log::warning("change stream went back in time",
                 {{"lane", lane_}, {"position", position_.time.to_string()}, {"event", time.to_string()}});
    time = position_.time;
  }
  position_ = {.token = Document(token), .time = time, .after_event = after_event};
}

Status ChangeStreamReader::flush(const StreamPosition& position) {
  if (batch_.records.empty() && position.token.bytes() == pushed_token_) return Status::ok();
  Batch batch = std::exchange(batch_, Batch());
  const size_t events = batch.records.size();
  const size_t bytes = batch.document_bytes;
  batch.watermark = position.time;
  batch.watermark_lane = lane_;
  batch.positions.push_back({.lane = lane_, .position = position.encode()});
  if (!push_batch(context_, std::move(batch))) return stopped();
  pushed_token_ = position.token.bytes();
  context_.progress.update([&](SourceProgress& progress) {
    progress.events_read += events;
    progress.bytes_read += bytes;
  });
  return Status::ok();
}

}  // namespace inlet
