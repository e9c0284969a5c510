#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "bson/document.h"
#include "connection/mongo/mongo_client.h"
#include "stream/batch.h"

namespace inlet {

/// What part of a deployment is read. Patterns are globs (`*`, `?`); one with a dot is held against
/// `db.collection`, one without against the collection's name.
struct NamespaceScope {
  std::string db;                        ///< Empty: every database.
  std::vector<std::string> collections;  ///< Empty: all.
  std::vector<std::string> exclude;
  bool include_system = false;  ///< `system.*` collections too; copy only.
};

/// Where a change stream begins when nothing is restored.
struct StartPoint {
  enum class Kind { kNow, kOperationTime, kToken };
  Kind kind = Kind::kNow;
  ClusterTime time;  ///< For kOperationTime; a wall time is its seconds with increment 1.
  Document token;    ///< For kToken: the whole resume token.
};

/// How several change streams share the events: order holds within a collection, or within a
/// document.
enum class StreamSplit { kNone, kByCollection, kByKey };

struct MongoSourceOptions {
  enum class FullDocument { kDefault, kUpdateLookup, kWhenAvailable, kRequired };
  enum class LookUp { kBatched, kServer };
  enum class BeforeChange { kOff, kWhenAvailable, kRequired };
  enum class OnHistoryLost { kStop, kResync };

  MongoConnectionOptions connection;
  NamespaceScope scope;

  // What is read.
  bool copy = true;
  bool changes = true;
  bool until_caught_up = false;  ///< End when everything that existed has been read.
  Document query;                ///< Filter of the copy.
  Document pipeline;  ///< An array: the user's stages, run by the server on change events.
  FullDocument full_document = FullDocument::kUpdateLookup;
  LookUp look_up = LookUp::kBatched;
  BeforeChange full_document_before_change = BeforeChange::kOff;
  bool show_expanded_events = true;  ///< Where the server has it (6.0).
  StartPoint start_at;  ///< Without a copy; with one the stream starts before the first read.
  OnHistoryLost on_history_lost = OnHistoryLost::kStop;

  // How hard the source is worked.
  int copy_parallelism = 3;                 ///< Cursors of the copy at a time.
  int streams = 1;                          ///< Change streams side by side.
  StreamSplit split = StreamSplit::kByKey;  ///< Where there are several streams.
  int look_ups_in_flight = 4;
  uint64_t documents_per_second_max = 0;  ///< Of the copy; 0: no limit.
  uint64_t bytes_per_second_max = 0;      ///< Of the copy; 0: no limit.

  // Sizes and patience.
  size_t page_bytes = 4 * 1024 * 1024;        ///< Wanted size of a reply.
  uint64_t range_bytes = uint64_t{64} << 20;  ///< Wanted size of an _id range.
  size_t batch_records = Batch::kBatchRecords;
  size_t batch_bytes = Batch::kBatchBytes;
  std::chrono::milliseconds await_time{500};       ///< How long an idle stream waits for news.
  std::chrono::milliseconds start_timeout{15000};  ///< For the first connection.
  std::chrono::milliseconds runway_interval{10000};
  Backoff::Options backoff;
  int unknown_error_attempts_max =
      8;                     ///< Of an error that nobody has placed, without any progress.
  uint64_t random_seed = 0;  ///< Of the jitter; 0: from the clock.
};

}  // namespace inlet
