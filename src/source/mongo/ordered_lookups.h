#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "source/mongo/full_document_lookup.h"
#include "source/mongo/reader_context.h"
#include "source/mongo/source_plan.h"

namespace inlet {

/// Completes batches of change events with full documents, several at a time, and delivers them in
/// the order in which they came.
///
/// Each worker takes a batch, fetches its documents with one query per collection, waits for the
/// batches before it to be delivered, and delivers its own. So the number of workers bounds both
/// the queries in flight and the memory. Threads: `submit` and `drain` from one; the workers are
/// its own.
class OrderedLookUps {
 public:
  using Deliver = std::function<Status(Batch batch, const StreamPosition& position)>;

  OrderedLookUps(ReaderContext& context, std::string what, Deliver deliver);
  /// Drops what has not been delivered.
  ~OrderedLookUps();
  OrderedLookUps(const OrderedLookUps&) = delete;
  OrderedLookUps& operator=(const OrderedLookUps&) = delete;

  /// Hands over a batch with the position behind it; waits while all workers are busy.
  /// Errors: the failure of an earlier batch.
  Status submit(Batch batch, StreamPosition position);
  /// Waits until everything submitted has been delivered.
  Status drain();

  /// How many look-ups make a batch of the wanted size, by the documents seen so far.
  size_t look_ups_per_batch() const;

 private:
  struct Job {
    uint64_t number = 0;
    Batch batch;
    StreamPosition position;
  };
  struct LookedUp {
    FoundDocuments::Query query;
    FoundDocuments found;
  };
  void work(int worker);
  Status complete_part(Job& job, size_t begin, size_t end, int worker);
  void merge(Batch& batch, const std::vector<LookedUp>& looked_up);
  static const DocumentView* find(const std::vector<LookedUp>& looked_up, const Record& record,
                                  DocumentView key);
  Result<std::vector<LookedUp>> fetch(const Batch& batch, size_t begin, size_t end, int worker);
  void learn_size(const std::vector<LookedUp>& looked_up);
  Status deliver_in_turn(uint64_t number, Batch batch, const StreamPosition& position);

  ReaderContext& context_;
  const std::string what_;
  const Deliver deliver_;
  std::stop_source stop_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> waiting_;  // Guarded by mutex_; so are those below.
  uint64_t submitted_ = 0;
  uint64_t turn_ = 0;          ///< Number of the job that may deliver.
  double document_bytes_ = 0;  ///< Running mean of fetched documents; 0 before the first.
  Status failure_;
  std::vector<std::thread> workers_;
};

}  // namespace inlet
