#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "checkpoint/checkpoint_store.h"
#include "stream/sink.h"
#include "stream/source.h"

/// A source, a sink and a checkpoint store in memory, for tests of the engine. What must survive a
/// crash lives in the `Disk` that outlives them.
namespace inlet::testing {

/// Called before each step with its name; a failed status is the step's answer, its effect not
/// done. A step named "…:after" has had its effect: the answer is lost.
using Fault = std::function<Status(const std::string& step)>;

struct Disk {
  std::mutex mutex;
  std::vector<int64_t> published;          ///< Record numbers that a reader sees, in order.
  std::vector<uint64_t> published_epochs;  ///< Committed epochs, once each.
  std::map<uint64_t, std::vector<int64_t>> staged;  ///< By epoch.
  std::string checkpoint;                           ///< Encoded, empty before the first.
  uint64_t fence = 0;
  int starts = 0;
};

/// Gives the numbers 0 … count-1 as documents {n: …}; its position is the next number.
class CountingSource final : public Source {
 public:
  CountingSource(int64_t count, size_t batch_records, bool ends, Fault fault)
      : count_(count), batch_records_(batch_records), ends_(ends), fault_(std::move(fault)) {}
  ~CountingSource() override;
  Status start(const Positions& restored, BatchQueue& out) override;
  void request_stop() override { stop_.request_stop(); }
  void join() override;
  SourceProgress progress() const override { return {}; }

 private:
  void read(int64_t from, BatchQueue& out);
  const int64_t count_;
  const size_t batch_records_;
  const bool ends_;
  const Fault fault_;
  std::stop_source stop_;
  std::thread thread_;
};

class MemorySink final : public Sink {
 public:
  MemorySink(Disk& disk, Fault fault) : disk_(disk), fault_(std::move(fault)) {}
  Status open(const Document& restored_state, uint64_t epoch, uint64_t fence) override;
  Status write(Batch batch) override;
  bool wants_checkpoint() const override { return false; }
  Result<PreparedCommit> prepare(uint64_t epoch) override;
  Document snapshot() const override { return {}; }
  Status commit(const PreparedCommit& prepared) override;
  Status close() override { return fault_("sink.close"); }
  SinkProgress progress() const override { return {}; }

 private:
  Disk& disk_;
  const Fault fault_;
  std::vector<int64_t> pending_;
};

class MemoryCheckpointStore final : public CheckpointStore {
 public:
  MemoryCheckpointStore(Disk& disk, Fault fault) : disk_(disk), fault_(std::move(fault)) {}
  std::string description() const override { return "memory"; }
  Result<uint64_t> acquire() override;
  Result<std::optional<Checkpoint>> load() override;
  Status store(const Checkpoint& checkpoint) override;
  Status verify_held() override { return Status::ok(); }
  Status release() override { return Status::ok(); }

 private:
  Disk& disk_;
  const Fault fault_;
};

}  // namespace inlet::testing
