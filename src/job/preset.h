#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bson/document.h"

namespace inlet {

enum class Preset { kSnapshot, kChanges, kSync };

std::string_view preset_name(Preset preset);

/// What a user says of a preset; each member is a flag of the command line (docs/reference/cli.md).
/// An empty member keeps the stage's own default.
struct PresetOptions {
  // Which records.
  std::string db;
  std::vector<std::string> collections;
  std::vector<std::string> exclude;
  bool include_system = false;
  Document query;     ///< Filter of the copy.
  Document pipeline;  ///< Array of stages pushed down into the change stream.
  std::string full_document;
  std::string full_document_before_change;
  std::string lookups;
  bool show_expanded_events = false;
  std::string start_at;
  bool until_caught_up = false;
  std::string on_history_lost;

  // How the source is read.
  std::string read_preference;
  std::optional<int64_t> parallelism;
  std::optional<int64_t> stream_parallelism;
  std::string stream_split;
  std::optional<int64_t> max_docs_per_second;
  std::optional<uint64_t> max_bytes_per_second;

  // What the lake looks like.
  std::string path;
  std::string envelope;
  std::string json;
  std::string format;
  std::string compression;
  std::optional<int64_t> compression_level;
  std::string if_exists;
  std::string empty_hours;
  std::optional<std::chrono::milliseconds> seal_grace;
  std::optional<uint64_t> memory_budget;

  // When an epoch ends.
  std::optional<std::chrono::milliseconds> flush_interval;
  std::optional<int64_t> flush_records;
  std::optional<uint64_t> flush_bytes;
};

/// The preset as a pipeline, from the connection `from` to the connection `to`. It holds no secret,
/// and given to `inlet run` it does the same work.
Document preset_pipeline(Preset preset, const PresetOptions& options);

/// A name that stays the same for the same work: the preset and a short hash of the scope and both
/// ends. `from` and `to` come without secrets.
std::string default_processor_name(Preset preset, const PresetOptions& options,
                                   std::string_view from, std::string_view to);

}  // namespace inlet
