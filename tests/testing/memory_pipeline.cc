#include "testing/memory_pipeline.h"

#include "bson/builder.h"

namespace inlet::testing {

CountingSource::~CountingSource() {
  stop_.request_stop();
  join();
}

Status CountingSource::start(const Positions& restored, BatchQueue& out) {
  INLET_RETURN_IF_ERROR(fault_("source.start"));
  const auto position = restored.find("numbers");
  const int64_t from = position == restored.end() ? 0 : position->second["next"].as_int64();
  thread_ = std::thread([this, from, &out] { read(from, out); });
  return Status::ok();
}

void CountingSource::join() {
  if (thread_.joinable()) thread_.join();
}

void CountingSource::read(int64_t from, BatchQueue& out) {
  Status status;
  DocumentBuilder builder;
  for (int64_t next = from; next < count_ && !stop_.stop_requested();) {
    status = fault_("source.read");
    if (!status.is_ok()) break;
    Batch batch;
    for (size_t i = 0; i < batch_records_ && next < count_; ++i, ++next) {
      builder.clear();
      batch.records.push_back(
          {.document = builder.append_int64("n", next).finish_into(batch.arena)});
      batch.document_bytes += batch.records.back().document.size();
    }
    builder.clear();
    batch.positions.push_back(
        {.lane = "numbers", .position = builder.append_int64("next", next).finish_owned()});
    const BatchQueue::Weight weight{batch.records.size(), batch.document_bytes};
    if (!out.push(std::move(batch), weight, stop_.get_token())) break;
  }
  if (!ends_ && status.is_ok()) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, stop_.get_token(), [] { return false; });
  }
  if (status.is_ok() && stop_.stop_requested()) status = Status(Code::kCancelled, "stopped");
  out.push(EndOfInput{status}, {}, std::stop_token());
}

Status MemorySink::open(const Document& /*restored_state*/, uint64_t epoch, uint64_t /*fence*/) {
  INLET_RETURN_IF_ERROR(fault_("sink.open"));
  std::scoped_lock lock(disk_.mutex);
  disk_.starts++;
  disk_.staged.erase(disk_.staged.upper_bound(epoch), disk_.staged.end());
  return Status::ok();
}

Status MemorySink::write(Batch batch) {
  INLET_RETURN_IF_ERROR(fault_("sink.write"));
  for (const Record& record : batch.records) pending_.push_back(record.document["n"].as_int64());
  return Status::ok();
}

Result<PreparedCommit> MemorySink::prepare(uint64_t epoch) {
  INLET_RETURN_IF_ERROR(fault_("sink.prepare"));
  {
    std::scoped_lock lock(disk_.mutex);
    disk_.staged[epoch] = std::move(pending_);
  }
  pending_.clear();
  INLET_RETURN_IF_ERROR(fault_("sink.prepare:after"));
  DocumentBuilder payload;
  return PreparedCommit{epoch,
                        payload.append_int64("staged", static_cast<int64_t>(epoch)).finish_owned()};
}

Status MemorySink::commit(const PreparedCommit& prepared) {
  INLET_RETURN_IF_ERROR(fault_("sink.commit"));
  {
    std::scoped_lock lock(disk_.mutex);
    const auto staged = disk_.staged.find(prepared.epoch);
    if (staged != disk_.staged.end()) {
      disk_.published.insert(disk_.published.end(), staged->second.begin(), staged->second.end());
      disk_.published_epochs.push_back(prepared.epoch);
      disk_.staged.erase(staged);
    }
  }
  return fault_("sink.commit:after");
}

Result<uint64_t> MemoryCheckpointStore::acquire() {
  INLET_RETURN_IF_ERROR(fault_("checkpoints.acquire"));
  std::scoped_lock lock(disk_.mutex);
  return ++disk_.fence;
}

Result<std::optional<Checkpoint>> MemoryCheckpointStore::load() {
  INLET_RETURN_IF_ERROR(fault_("checkpoints.load"));
  std::scoped_lock lock(disk_.mutex);
  if (disk_.checkpoint.empty()) return std::optional<Checkpoint>();
  INLET_ASSIGN_OR_RETURN(Checkpoint checkpoint, decode_checkpoint(disk_.checkpoint));
  return std::optional(std::move(checkpoint));
}

Status MemoryCheckpointStore::store(const Checkpoint& checkpoint) {
  INLET_RETURN_IF_ERROR(fault_("checkpoints.store"));
  {
    std::scoped_lock lock(disk_.mutex);
    disk_.checkpoint = encode_checkpoint(checkpoint);
  }
  return fault_("checkpoints.store:after");
}

}  // namespace inlet::testing
