#include "source/mongo/change_stream_reader.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "connection/mongo/mongo_failure.h"
#include "source/mongo/resume_token.h"

namespace inlet {
namespace {

/// Events of a page, when they are small: about page_bytes at half a kilobyte each.
constexpr size_t kUsualEventBytes = 512;
constexpr size_t kLookUpPageBatches = 4;
constexpr std::chrono::milliseconds kLastAwait{20};
/// A stream this close behind the server follows it.
constexpr uint32_t kFollowingLagSeconds = 1;

Status stopped() {
  return Status(Code::kCancelled, "source is being stopped");
}

}  // namespace

ChangeStreamReader::ChangeStreamReader(ReaderContext& context, const NamespaceFilter& filter,
                                       const Deployment& deployment, StreamShare share,
                                       StreamPosition position,
                                       const std::atomic<uint64_t>& end_time)
    : context_(context),
      filter_(filter),
      deployment_(deployment),
      share_(share),
      lane_(stream_lane(share.index)),
      end_time_(end_time),
      position_(std::move(position)),
      retry_(context, "change stream " + lane_, static_cast<uint64_t>(share.index)) {
  const bool wanted =
      context.options.full_document == MongoSourceOptions::FullDocument::kUpdateLookup;
  if (!wanted || effective_look_up(context.options) != MongoSourceOptions::LookUp::kBatched) return;
  look_ups_.emplace(context, "look-up of full documents",
                    [this](Batch batch, const StreamPosition& behind) {
                      return deliver(std::move(batch), behind);
                    });
}

Status ChangeStreamReader::run() {
  for (;;) {
    const Status status = follow();
    if (status.is_ok() || status.code() == Code::kCancelled) return status;
    INLET_ASSERT(batch_.records.empty());  // Pages are taken whole: nothing is left between two.
    joiner_.clear();                       // The stream comes back behind the last whole event.
    context_.progress.update([](SourceProgress& progress) {
      if (progress.phase != SourceProgress::Phase::kCopying)
        progress.phase = SourceProgress::Phase::kReconnecting;
    });
    if (Status retry = retry_.after_failure(status); !retry.is_ok()) {
      return std::move(retry).with("lane", lane_).with("position", position_.time.to_string());
    }
  }
}

Status ChangeStreamReader::follow() {
  MongoClient client = context_.connection.acquire();
  // With look-ups a page is a few batches: the next is read while the documents of the last are
  // fetched.
  const size_t page_events = look_ups_.has_value()
                                 ? kLookUpPageBatches * context_.options.batch_records
                                 : context_.options.page_bytes / kUsualEventBytes;
  MongoPageOptions page_options{
      .batch_size = static_cast<int32_t>(std::max<size_t>(page_events, 1)),
      .await_time = context_.options.await_time};
  while (!context_.stop.stop_requested()) {
    const ChangeStreamCommand open =
        change_stream_command(context_.options, filter_, deployment_, share_, position_);
    Result<MongoCursor> opened = MongoCursor::open(client, open.db, open.command);
    if (!opened.is_ok()) return judge_opening(opened.status());
    has_opened_ = true;
    MongoCursor cursor = *std::move(opened);
    invalidated_ = false;
    while (cursor.has_more() && !invalidated_) {
      if (context_.stop.stop_requested()) return stopped();
      // At the end only a last empty page is awaited.
      if (has_reached_end())
        page_options.await_time = std::min(page_options.await_time, kLastAwait);
      INLET_ASSIGN_OR_RETURN(const MongoPage page, cursor.next(page_options));
      INLET_RETURN_IF_ERROR(take_page(page));
      retry_.succeeded();
      // Events of one cluster time (a transaction, a drop and its invalidate) may lie on both sides
      // of a page's end, so the end is reached by a page without any.
      const bool is_empty = page.documents.is_empty();
      if (has_reached_end() && is_empty)
        return look_ups_.has_value() ? look_ups_->drain() : Status::ok();
    }
  }
  return stopped();
}

Status ChangeStreamReader::judge_opening(const Status& failure) const {
  // Each stage has codes of its own for what it does not like, so that none is known to us. A
  // pipeline that has never been accepted is at fault, rather than the server.
  const bool is_untried =
      !has_opened_ && position_.token.is_empty() && !context_.options.pipeline.is_empty();
  if (!is_untried || !is_unknown_server_error(failure)) return failure;
  Status out(Code::kInvalidArgument, "MongoDB refused the change stream's pipeline");
  for (const Status::Field& field : failure.fields())
    out = std::move(out).with(field.name, field.value);
  return std::move(out).with_hint("correct --pipeline: these stages are run by the server");
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
    ++events;
    if (event.split_event.is_empty()) {
      INLET_RETURN_IF_ERROR(take_event(event, page.reply));
      continue;
    }
    INLET_ASSIGN_OR_RETURN(const bool whole, joiner_.add(event.event));
    if (whole) INLET_RETURN_IF_ERROR(take_event(ChangeEvent::parse(joiner_.take()), nullptr));
  }
  // Between two fragments there is no position to come back to.
  if (!page.post_batch_resume_token.is_empty() && !invalidated_ && joiner_.is_empty()) {
    advance_to(page.post_batch_resume_token, time_of_token(page.post_batch_resume_token), false);
  }
  INLET_RETURN_IF_ERROR(flush());
  const ClusterTime server_time = ClusterTime::from_bson(page.operation_time);
  // Under constant writes no page is empty: what counts is how far behind the server it ends.
  const bool follows =
      events == 0 || position_.time.seconds + kFollowingLagSeconds >= server_time.seconds;
  context_.progress.update([&](SourceProgress& progress) {
    progress.server_time = std::max(progress.server_time, server_time);
    if (progress.phase != SourceProgress::Phase::kCopying) {
      progress.phase =
          follows ? SourceProgress::Phase::kFollowing : SourceProgress::Phase::kCatchingUp;
    }
  });
  return Status::ok();
}

bool ChangeStreamReader::has_room_for(const ChangeEvent& event) const {
  if (batch_.records.empty()) return true;
  if (batch_.records.size() >= context_.options.batch_records) return false;
  if (batch_.document_bytes + event.event.size() > context_.options.batch_bytes) return false;
  return !look_ups_.has_value() || !needs_look_up(event) ||
         batch_look_ups_ < look_ups_->look_ups_per_batch();
}

Status ChangeStreamReader::take_event(const ChangeEvent& event,
                                      std::shared_ptr<const void> memory) {
  if (!has_room_for(event)) INLET_RETURN_IF_ERROR(flush());
  DocumentView document = event.event;
  if (memory == nullptr) {
    document = DocumentView(batch_.arena.copy(document.data(), document.size()));
  } else if (batch_.pinned.empty() || batch_.pinned.back() != memory) {
    batch_.pinned.push_back(std::move(memory));
  }
  batch_.document_bytes += document.size();
  if (needs_look_up(event)) ++batch_look_ups_;
  batch_.records.push_back({.document = document,
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
    log::warning(
        "change stream went back in time",
        {{"lane", lane_}, {"position", position_.time.to_string()}, {"event", time.to_string()}});
    time = position_.time;
  }
  position_ = {.token = Document(token), .time = time, .after_event = after_event};
}

Status ChangeStreamReader::flush() {
  if (batch_.records.empty() && position_.token.bytes() == flushed_token_) return Status::ok();
  flushed_token_ = position_.token.bytes();
  Batch batch = std::exchange(batch_, Batch());
  batch_look_ups_ = 0;
  if (look_ups_.has_value()) return look_ups_->submit(std::move(batch), position_);
  return deliver(std::move(batch), position_);
}

Status ChangeStreamReader::deliver(Batch batch, const StreamPosition& position) {
  const size_t events = batch.records.size();
  const size_t bytes = batch.document_bytes;
  batch.watermark = position.time;
  batch.watermark_lane = lane_;
  batch.positions.push_back({.lane = lane_, .position = position.encode()});
  if (!push_batch(context_, std::move(batch))) return stopped();
  context_.progress.update([&](SourceProgress& progress) {
    progress.events_read += events;
    progress.bytes_read += bytes;
    progress.position = position.time;
  });
  return Status::ok();
}

}  // namespace inlet
