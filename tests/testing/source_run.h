#pragma once

// Runs a MongoSource for a test and keeps what it gave.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "source/mongo/mongo_source.h"
#include "testing/mongod.h"

namespace inlet::testing {

/// A batch as a test keeps it.
struct SeenBatch {
  std::vector<Document> documents;
  std::vector<Record> records;  ///< `document` points into `documents`.
  std::vector<Notice> notices;
  std::vector<LanePosition> positions;
  ClusterTime watermark;
};

/// Everything that came through one run, and where each lane stood after each batch.
class SourceRun {
 public:
  SourceRun(Mongod& mongod, MongoSourceOptions options, Positions restored = {});
  ~SourceRun();

  Status start();
  /// Takes the next element; false when it was the end.
  bool take();
  /// Takes until `done` says so, or the end; false when the end came first.
  bool take_until(const std::function<bool()>& done);
  /// Takes all there is. Returns the status of the end.
  Status finish();
  void stop();

  const std::vector<SeenBatch>& batches() const { return batches_; }
  const Positions& positions() const { return positions_; }
  const Status& end() const { return end_; }
  MongoSource& source() { return *source_; }

  /// The records so far, oldest first.
  std::vector<const Record*> records() const;
  size_t record_count() const { return record_count_; }
  std::vector<std::string> operations() const;
  std::vector<const Notice*> notices() const;

 private:
  std::shared_ptr<MongoConnection> connection_;
  MongoSourceOptions options_;
  Positions restored_;
  SystemClock clock_;
  std::unique_ptr<MongoSource> source_;
  BatchQueue queue_{{.records = 5000, .bytes = size_t{16} << 20}};
  std::vector<SeenBatch> batches_;
  Positions positions_;
  size_t record_count_ = 0;
  bool ended_ = false;
  Status end_;
};

/// Options that suit tests: everything small, retries quick.
MongoSourceOptions test_options(const std::string& db);

/// Folds reads and changes by `_id` in order of cluster time, as a consumer of the lake does: `_id`
/// as canonical JSON to the document as canonical JSON.
std::map<std::string, std::string> fold(const std::vector<const Record*>& records);

}  // namespace inlet::testing
