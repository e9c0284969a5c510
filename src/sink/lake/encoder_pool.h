#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/bounded_queue.h"
#include "sink/lake/open_file.h"

namespace inlet {

/// The threads that turn records into bytes. Each file belongs to one thread, so its records stay
/// in order and no file has a lock; a batch is shared by the threads whose files its records go to.
///
/// Threads: one caller.
class EncoderPool {
 public:
  /// Records of one batch that go to one file, by their place in the batch.
  struct Run {
    std::shared_ptr<const FileSpec> file;
    std::vector<uint32_t> records;
  };

  EncoderPool(const LakeOptions& options, ObjectStore& store, FileCounters& counters);
  ~EncoderPool();

  /// Hands a batch's runs over; waits while too many bytes are in flight.
  /// Errors: the first failure of any thread since the last `finish_files`.
  Status encode(std::shared_ptr<const Batch> batch, std::vector<Run> runs);
  /// Finishes every file and gives what was staged, in no order.
  Result<std::vector<StagedFile>> finish_files();

 private:
  struct Job {
    std::shared_ptr<const Batch> batch;
    std::vector<Run> runs;
    bool finish = false;
  };
  struct Worker {
    explicit Worker(typename BoundedQueue<Job>::Weight bound) : queue(bound) {}
    BoundedQueue<Job> queue;
    std::thread thread;
    // The thread's own until it has answered a finish.
    std::unordered_map<const FileSpec*, std::unique_ptr<OpenFile>> files;
    std::unique_ptr<DocumentEncoder> encoder;
    std::unique_ptr<Compressor> compressor;
    std::unique_ptr<EnvelopeWriter> envelope;
    Status failure;
    std::vector<StagedFile> staged;
    uint64_t invalid_utf8_told = 0;
  };

  void work(Worker& worker);
  void encode_runs(Worker& worker, const Job& job);
  void finish_all(Worker& worker);
  Status first_failure();

  const LakeOptions& options_;
  ObjectStore& store_;
  FileCounters& counters_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex mutex_;
  std::condition_variable answered_;
  size_t answers_ = 0;  // Guarded by mutex_.
  Status failure_;      // Guarded by mutex_: the first since the last finish.
};

}  // namespace inlet
