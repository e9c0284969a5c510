#include "sink/lake/encoder_pool.h"

namespace inlet {
namespace {

constexpr size_t kQueueRecords = 8 * Batch::kBatchRecords;
constexpr size_t kQueueBytes = 8 * 1024 * 1024;

}  // namespace

EncoderPool::EncoderPool(const LakeOptions& options, ObjectStore& store, FileCounters& counters)
    : options_(options), store_(store), counters_(counters) {
  for (int i = 0; i < options_.encoder_threads; ++i) {
    auto& worker = workers_.emplace_back(
        std::make_unique<Worker>(BoundedQueue<Job>::Weight{kQueueRecords, kQueueBytes}));
    worker->encoder = make_document_encoder(options_.format, {.json = options_.json});
    worker->envelope = std::make_unique<EnvelopeWriter>(options_.envelope);
    Result<std::unique_ptr<Compressor>> compressor = make_compressor(options_.compression);
    INLET_ASSERT(compressor.is_ok());  // The plan has checked the level.
    worker->compressor = *std::move(compressor);
    worker->thread = std::thread([this, w = worker.get()] { work(*w); });
  }
}

EncoderPool::~EncoderPool() {
  for (const auto& worker : workers_) worker->queue.close();
  for (const auto& worker : workers_) worker->thread.join();
}

Status EncoderPool::first_failure() {
  std::scoped_lock lock(mutex_);
  return failure_;
}

Status EncoderPool::encode(std::shared_ptr<const Batch> batch, std::vector<Run> runs) {
  INLET_RETURN_IF_ERROR(first_failure());
  std::vector<std::vector<Run>> by_worker(workers_.size());
  for (Run& run : runs) {
    const size_t worker =
        std::hash<const FileSpec*>()(run.file.get()) / sizeof(FileSpec) % workers_.size();
    by_worker[worker].push_back(std::move(run));
  }
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (by_worker[i].empty()) continue;
    // A batch shared by several threads is weighed for each: an upper bound of the memory held.
    const BoundedQueue<Job>::Weight weight{batch->records.size(), batch->document_bytes};
    workers_[i]->queue.push(Job{batch, std::move(by_worker[i]), false}, weight, std::stop_token());
  }
  return Status::ok();
}

Result<std::vector<StagedFile>> EncoderPool::finish_files() {
  {
    std::scoped_lock lock(mutex_);
    answers_ = 0;
  }
  for (const auto& worker : workers_)
    worker->queue.push(Job{nullptr, {}, true}, {}, std::stop_token());
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [&] { return answers_ == workers_.size(); });
  if (!failure_.is_ok()) return std::exchange(failure_, Status());
  std::vector<StagedFile> staged;
  for (const auto& worker : workers_) {
    std::move(worker->staged.begin(), worker->staged.end(), std::back_inserter(staged));
    worker->staged.clear();
  }
  return staged;
}

void EncoderPool::work(Worker& worker) {
  while (std::optional<Job> job = worker.queue.pop(std::stop_token())) {
    if (job->finish) {
      finish_all(worker);
    } else if (worker.failure.is_ok()) {
      encode_runs(worker, *job);
    }
    if (!worker.failure.is_ok()) {
      std::scoped_lock lock(mutex_);
      if (failure_.is_ok()) failure_ = worker.failure;
    }
    if (job->finish) {
      worker.failure = Status();
      {
        std::scoped_lock lock(mutex_);
        ++answers_;
      }
      answered_.notify_one();
    }
  }
}

void EncoderPool::encode_runs(Worker& worker, const Job& job) {
  for (const Run& run : job.runs) {
    std::unique_ptr<OpenFile>& file = worker.files[run.file.get()];
    if (file == nullptr) file = std::make_unique<OpenFile>(run.file, options_, store_, counters_);
    for (const uint32_t index : run.records) {
      const Record& record = job.batch->records[index];
      const std::optional<DocumentView> line = worker.envelope->shape(record);
      if (!line) continue;
      worker.failure = file->append(record, *line, *worker.encoder, *worker.compressor);
      if (!worker.failure.is_ok()) return;
    }
  }
}

void EncoderPool::finish_all(Worker& worker) {
  for (auto& [spec, file] : worker.files) {
    if (!worker.failure.is_ok()) break;
    if (file->is_empty()) continue;  // The envelope had nothing to say of its records.
    Result<StagedFile> staged = file->finish(*worker.compressor);
    if (!staged.is_ok()) {
      worker.failure = std::move(staged).error();
    } else {
      worker.staged.push_back(*std::move(staged));
    }
  }
  worker.files.clear();
  if (!worker.failure.is_ok()) worker.staged.clear();
  const uint64_t replaced = worker.encoder->invalid_utf8_replaced();
  counters_.invalid_utf8 += replaced - std::exchange(worker.invalid_utf8_told, replaced);
}

}  // namespace inlet
