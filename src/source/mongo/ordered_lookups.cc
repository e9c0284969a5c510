#include "source/mongo/ordered_lookups.h"

#include <algorithm>
#include <utility>

#include "source/mongo/change_event.h"

namespace inlet {
namespace {

/// Before any document has been seen: large ones must not come by the thousand.
constexpr size_t kLookUpsUnknown = 64;
constexpr double kMeanWeight = 0.25;

std::string_view uuid_of(DocumentView event) {
  const Value uuid = event["collectionUUID"];
  return uuid.type() == BsonType::kBinary ? uuid.as_binary() : std::string_view();
}

/// The keys that must be looked up among the records [begin, end), by collection.
std::vector<FoundDocuments::Query> queries_of(const Batch& batch, size_t begin, size_t end) {
  std::vector<FoundDocuments::Query> queries;
  for (size_t i = begin; i < end; ++i) {
    const Record& record = batch.records[i];
    if (record.operation != Operation::kUpdate) continue;
    const ChangeEvent event = ChangeEvent::parse(record.document);
    if (!needs_look_up(event)) continue;
    const std::string_view uuid = uuid_of(record.document);
    auto query = std::find_if(queries.begin(), queries.end(),
                              [&](const auto& q) { return q.ns == record.ns && q.uuid == uuid; });
    if (query == queries.end()) {
      queries.push_back({.ns = record.ns, .uuid = uuid, .after = {}, .keys = {}});
      query = std::prev(queries.end());
    }
    query->keys.push_back(event.document_key);
    query->after = std::max(query->after, record.cluster_time);
  }
  return queries;
}

}  // namespace

OrderedLookUps::OrderedLookUps(ReaderContext& context, std::string what, Deliver deliver)
    : context_(context), what_(std::move(what)), deliver_(std::move(deliver)) {
  const int count = std::max(1, context.options.look_ups_in_flight);
  for (int i = 0; i < count; ++i) workers_.emplace_back([this, i] { work(i); });
}

OrderedLookUps::~OrderedLookUps() {
  stop_.request_stop();
  for (std::thread& worker : workers_) worker.join();
}

size_t OrderedLookUps::look_ups_per_batch() const {
  std::scoped_lock lock(mutex_);
  if (document_bytes_ <= 0) return kLookUpsUnknown;
  const auto fitting =
      static_cast<size_t>(static_cast<double>(context_.options.batch_bytes) / document_bytes_);
  return std::clamp<size_t>(fitting, 1, context_.options.batch_records);
}

Status OrderedLookUps::submit(Batch batch, StreamPosition position) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, context_.stop, [&] { return !failure_.is_ok() || waiting_.empty(); });
  if (!failure_.is_ok()) return failure_;
  if (context_.stop.stop_requested()) return Status(Code::kCancelled, "source is being stopped");
  waiting_.push_back(
      {.number = submitted_++, .batch = std::move(batch), .position = std::move(position)});
  lock.unlock();
  changed_.notify_all();
  return Status::ok();
}

Status OrderedLookUps::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, context_.stop, [&] { return !failure_.is_ok() || turn_ == submitted_; });
  if (!failure_.is_ok()) return failure_;
  if (turn_ != submitted_) return Status(Code::kCancelled, "source is being stopped");
  return Status::ok();
}

void OrderedLookUps::work(int worker) {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop_.get_token(), [&] { return !waiting_.empty(); });
      if (stop_.stop_requested() || !failure_.is_ok()) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    changed_.notify_all();
    Status status = complete_part(job, 0, job.batch.records.size(), worker);
    std::unique_lock lock(mutex_);
    if (status.is_ok()) {
      turn_ = job.number + 1;
    } else if (failure_.is_ok()) {
      failure_ = std::move(status);
    }
    lock.unlock();
    changed_.notify_all();
  }
}

Status OrderedLookUps::complete_part(Job& job, size_t begin, size_t end, int worker) {
  const size_t total = job.batch.records.size();
  INLET_ASSIGN_OR_RETURN(std::vector<LookedUp> looked_up, fetch(job.batch, begin, end, worker));
  const bool fits = std::all_of(looked_up.begin(), looked_up.end(),
                                [](const LookedUp& part) { return part.found.is_complete(); });
  if (!fits && end - begin > 1) {
    // More than a reply holds: the halves one after the other.
    const size_t middle = begin + (end - begin) / 2;
    looked_up.clear();
    INLET_RETURN_IF_ERROR(complete_part(job, begin, middle, worker));
    return complete_part(job, middle, end, worker);
  }
  if (begin == 0 && end == total) {
    merge(job.batch, looked_up);
    return deliver_in_turn(job.number, std::move(job.batch), job.position);
  }
  Batch part;
  for (size_t i = begin; i < end; ++i) {
    Record& record = part.records.emplace_back(job.batch.records[i]);
    record.document = DocumentView(part.arena.copy(record.document.data(), record.document.size()));
  }
  StreamPosition position = job.position;
  if (end < total) {
    const ChangeEvent last = ChangeEvent::parse(part.records.back().document);
    position = {.token = Document(last.token), .time = last.time, .after_event = false};
  }
  merge(part, looked_up);
  return deliver_in_turn(job.number, std::move(part), position);
}

void OrderedLookUps::merge(Batch& batch, const std::vector<LookedUp>& looked_up) {
  batch.document_bytes = 0;
  uint64_t count = 0;
  uint64_t gone = 0;
  for (Record& record : batch.records) {
    if (record.operation == Operation::kUpdate) {
      const ChangeEvent event = ChangeEvent::parse(record.document);
      if (needs_look_up(event)) {
        const DocumentView* const document = find(looked_up, record, event.document_key);
        record.document = with_full_document(event, document, batch.arena);
        ++count;
        if (document == nullptr) ++gone;
      }
    }
    batch.document_bytes += record.document.size();
  }
  if (count == 0) return;
  context_.progress.update([&](SourceProgress& progress) {
    progress.lookups += count;
    progress.lookups_gone += gone;
  });
}

const DocumentView* OrderedLookUps::find(const std::vector<LookedUp>& looked_up,
                                         const Record& record, DocumentView key) {
  const std::string_view uuid = uuid_of(record.document);
  for (const LookedUp& part : looked_up) {
    if (part.query.ns == record.ns && part.query.uuid == uuid) return part.found.find(key);
  }
  return nullptr;
}

Result<std::vector<OrderedLookUps::LookedUp>> OrderedLookUps::fetch(const Batch& batch,
                                                                    size_t begin, size_t end,
                                                                    int worker) {
  std::vector<LookedUp> looked_up;
  for (FoundDocuments::Query& query : queries_of(batch, begin, end)) {
    looked_up.push_back({.query = std::move(query), .found = {}});
  }
  if (looked_up.empty()) return looked_up;
  RetryPolicy retry(context_, what_, static_cast<uint64_t>(worker) + 1);
  for (;;) {
    const Status status = [&] {
      MongoClient client = context_.connection.acquire();
      for (LookedUp& part : looked_up) INLET_RETURN_IF_ERROR(part.found.fetch(client, part.query));
      return Status::ok();
    }();
    if (status.is_ok()) break;
    INLET_RETURN_IF_ERROR(retry.after_failure(status));
  }
  learn_size(looked_up);
  return looked_up;
}

void OrderedLookUps::learn_size(const std::vector<LookedUp>& looked_up) {
  uint64_t bytes = 0;
  size_t count = 0;
  for (const LookedUp& part : looked_up) {
    bytes += part.found.bytes();
    count += part.found.count();
  }
  if (count == 0) return;
  const double mean = static_cast<double>(bytes) / static_cast<double>(count);
  std::scoped_lock lock(mutex_);
  document_bytes_ =
      document_bytes_ <= 0 ? mean : document_bytes_ + kMeanWeight * (mean - document_bytes_);
}

Status OrderedLookUps::deliver_in_turn(uint64_t number, Batch batch,
                                       const StreamPosition& position) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop_.get_token(), [&] { return turn_ == number || !failure_.is_ok(); });
    if (!failure_.is_ok()) return failure_;
    if (turn_ != number) return Status(Code::kCancelled, "source is being stopped");
  }
  return deliver_(std::move(batch), position);
}

}  // namespace inlet
