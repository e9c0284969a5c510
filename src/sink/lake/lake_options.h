#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "bson/json_writer.h"
#include "codec/compression.h"
#include "codec/file_format.h"
#include "sink/lake/envelope.h"
#include "sink/lake/path_template.h"

namespace inlet {

struct LakeOptions {
  enum class IfExists { kSkip, kReplace, kFail };

  // Affect what is written.
  PathTemplate path = PathTemplate::standard(false);
  Envelope envelope = Envelope::kLean;
  FileFormat format = FileFormat::kNdjson;
  JsonOptions json;
  CompressionOptions compression;
  /// The records are a copy alone: a folder holds `<collection>.<ext>`, complete or not there.
  bool snapshot = false;
  IfExists if_exists = IfExists::kSkip;
  /// Names a snapshot's folder; a resumed run keeps the time it began with.
  WallTime run_started;
  /// Whether every record of the copy arrives, so that their count can be held against the
  /// source's.
  bool check_records = true;
  /// Whether the copy's documents arrive unchanged, so that their content hash can be held against
  /// the source's.
  bool check_content = true;
  /// An hour is sealed when event time has passed its end by this much.
  std::chrono::milliseconds seal_grace{300'000};
  /// Write a sealed, empty manifest for each hour that passed without a change.
  bool empty_hours = false;

  // Affect performance.
  int encoder_threads = 2;
  uint64_t memory_budget = 64 * 1024 * 1024;  ///< Of encoded bytes that wait.
  uint64_t stream_bytes = 8 * 1024 * 1024;    ///< A file past this is streamed to the store.
  int streams_max = 4;          ///< Files streamed at the same time, each with a buffer of its own.
  uint64_t files_max = 20'000;  ///< Open at a time; at the bound a checkpoint is asked for.
  int publish_threads = 8;      ///< Folders published side by side.

  std::string processor;
  /// OK while this process may write; asked before each change that readers can see.
  std::function<Status()> verify_may_write = [] { return Status::ok(); };
};

}  // namespace inlet
