#include "testing/source_run.h"

#include <algorithm>

#include "bson/json_writer.h"

namespace inlet::testing {
namespace {

constexpr std::chrono::seconds kPatience{90};

std::string key_of(const Record& record) {
  return to_json(record.document["documentKey"].as_document(), {.mode = JsonMode::kCanonical});
}

SeenBatch keep(Batch batch) {
  SeenBatch seen;
  seen.documents.reserve(batch.records.size());
  for (const Record& record : batch.records) {
    seen.documents.emplace_back(record.document);
    seen.records.push_back(record);
  }
  for (size_t i = 0; i < seen.records.size(); ++i)
    seen.records[i].document = seen.documents[i].view();
  seen.notices = std::move(batch.notices);
  seen.positions = std::move(batch.positions);
  seen.watermark = batch.watermark;
  return seen;
}

}  // namespace

SourceRun::SourceRun(Mongod& mongod, MongoSourceOptions options, Positions restored)
    : connection_(mongod.connection()),
      options_(std::move(options)),
      restored_(std::move(restored)),
      positions_(restored_) {}

SourceRun::~SourceRun() {
  stop();
  queue_.close();
  if (source_ != nullptr) source_->join();
}

Status SourceRun::start() {
  INLET_ASSIGN_OR_RETURN(source_, MongoSource::create(options_, clock_, connection_));
  return source_->start(restored_, queue_);
}

bool SourceRun::take() {
  if (ended_) return false;
  auto element = queue_.pop_until(std::chrono::steady_clock::now() + kPatience, std::stop_token());
  if (!element.has_value()) {
    std::fprintf(stderr, "the source gave nothing for a long time: %s\n",
                 source_->progress().last_error.c_str());
    std::abort();
  }
  if (auto* end = std::get_if<EndOfInput>(&*element)) {
    ended_ = true;
    end_ = end->status;
    return false;
  }
  SeenBatch seen = keep(std::move(std::get<Batch>(*element)));
  for (const LanePosition& lane : seen.positions) {
    if (lane.retired) {
      positions_.erase(lane.lane);
    } else {
      positions_[lane.lane] = lane.position;
    }
  }
  record_count_ += seen.records.size();
  batches_.push_back(std::move(seen));
  return true;
}

bool SourceRun::take_until(const std::function<bool()>& done) {
  while (!done()) {
    if (!take()) return false;
  }
  return true;
}

Status SourceRun::finish() {
  while (take()) {
  }
  return end_;
}

void SourceRun::stop() {
  if (source_ != nullptr) source_->request_stop();
}

std::vector<const Record*> SourceRun::records() const {
  std::vector<const Record*> out;
  for (const SeenBatch& batch : batches_) {
    for (const Record& record : batch.records) out.push_back(&record);
  }
  return out;
}

std::vector<std::string> SourceRun::operations() const {
  std::vector<std::string> out;
  for (const Record* record : records()) out.emplace_back(operation_name(record->operation));
  return out;
}

std::vector<const Notice*> SourceRun::notices() const {
  std::vector<const Notice*> out;
  for (const SeenBatch& batch : batches_) {
    for (const Notice& notice : batch.notices) out.push_back(&notice);
  }
  return out;
}

MongoSourceOptions test_options(const std::string& db) {
  MongoSourceOptions options;
  options.scope.db = db;
  options.await_time = std::chrono::milliseconds(50);
  options.backoff = {.initial = std::chrono::milliseconds(20),
                     .max = std::chrono::milliseconds(200)};
  options.random_seed = 1;
  return options;
}

std::map<std::string, std::string> fold(const std::vector<const Record*>& records) {
  std::vector<const Record*> ordered = records;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Record* a, const Record* b) {
    if (a->cluster_time != b->cluster_time) return a->cluster_time < b->cluster_time;
    return a->operation == Operation::kRead && b->operation != Operation::kRead;
  });
  std::map<std::string, std::string> documents;
  for (const Record* record : ordered) {
    if (!record->document["documentKey"].is_document()) continue;
    const Value document = record->document["fullDocument"];
    if (record->operation == Operation::kDelete || !document.is_document()) {
      documents.erase(key_of(*record));
    } else {
      documents[key_of(*record)] = to_json(document.as_document(), {.mode = JsonMode::kCanonical});
    }
  }
  return documents;
}

}  // namespace inlet::testing
