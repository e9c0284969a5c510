#include "job/preset.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/quantity.h"
#include "bson/builder.h"

namespace inlet {
namespace {

void append_texts(DocumentBuilder& out, std::string_view name,
                  const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out.open_array(name);
  ArrayIndex index;
  for (const std::string& text : texts) out.append_string(index.next(), text);
  out.close();
}

void append_text(DocumentBuilder& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.append_string(name, text);
}

void append_number(DocumentBuilder& out, std::string_view name, std::optional<int64_t> number) {
  if (!number) return;
  if (*number >= INT32_MIN && *number <= INT32_MAX) {
    out.append_int32(name, static_cast<int32_t>(*number));
  } else {
    out.append_int64(name, *number);
  }
}

void append_number(DocumentBuilder& out, std::string_view name, std::optional<uint64_t> number) {
  if (number) append_number(out, name, std::optional<int64_t>(static_cast<int64_t>(*number)));
}

void append_duration(DocumentBuilder& out, std::string_view name,
                     std::optional<std::chrono::milliseconds> duration) {
  if (duration) out.append_string(name, std::to_string(duration->count()) + "ms");
}

void append_source_config(DocumentBuilder& out, Preset preset, const PresetOptions& options) {
  out.open_document("config");
  if (preset != Preset::kSnapshot) {
    out.append_string("fullDocument",
                      options.full_document.empty() ? "updateLookup" : options.full_document);
    append_text(out, "fullDocumentBeforeChange", options.full_document_before_change);
    append_text(out, "lookups", options.lookups);
    if (options.show_expanded_events) out.append_bool("showExpandedEvents", true);
    if (!options.pipeline.is_empty()) out.append_array("pipeline", options.pipeline);
    append_text(out, "startAt", options.start_at);
    append_text(out, "onHistoryLost", options.on_history_lost);
    append_number(out, "parallelism", options.stream_parallelism);
    append_text(out, "splitBy", options.stream_split);
    if (options.until_caught_up) out.append_bool("untilCaughtUp", true);
  }
  append_text(out, "readPreference", options.read_preference);
  if (options.include_system) out.append_bool("includeSystem", true);
  out.close();
}

void append_initial_sync(DocumentBuilder& out, Preset preset, const PresetOptions& options) {
  if (preset == Preset::kChanges) return;
  out.open_document("initialSync").append_bool("enable", true);
  // A copy alone: the source ends with it.
  if (preset == Preset::kSnapshot) out.append_bool("only", true);
  append_number(out, "parallelism", options.parallelism);
  if (!options.query.is_empty()) out.append_document("query", options.query);
  append_number(out, "maxDocsPerSecond", options.max_docs_per_second);
  append_number(out, "maxBytesPerSecond", options.max_bytes_per_second);
  out.close();
}

void append_source(DocumentBuilder& out, Preset preset, const PresetOptions& options) {
  out.open_document("0").open_document("$source").append_string("connectionName", "from");
  append_text(out, "db", options.db);
  append_texts(out, "coll", options.collections);
  append_texts(out, "exclude", options.exclude);
  append_source_config(out, preset, options);
  append_initial_sync(out, preset, options);
  out.close().close();
}

void append_emit(DocumentBuilder& out, Preset preset, const PresetOptions& options) {
  out.open_document("1").open_document("$emit").append_string("connectionName", "to");
  append_text(out, "path", options.path);
  out.open_document("config");
  append_text(out, "envelope", options.envelope);
  append_text(out, "format", options.format);
  append_text(out, "outputFormat",
              options.json.empty()      ? ""
              : options.json == "plain" ? "basicJson"
                                        : options.json + "Json");
  append_text(out, "compression", options.compression);
  append_number(out, "compressionLevel", options.compression_level);
  append_text(out, "ifExists", options.if_exists);
  append_text(out, "emptyHours", options.empty_hours);
  append_duration(out, "sealGrace", options.seal_grace);
  append_number(out, "memoryBudget", options.memory_budget);
  // A dump's epochs only bound what a crash repeats, so they are long: each becomes a part that
  // must be merged.
  std::optional<std::chrono::milliseconds> interval = options.flush_interval;
  if (!interval && preset == Preset::kSnapshot) interval = std::chrono::minutes(1);
  if (interval || options.flush_records || options.flush_bytes) {
    out.open_document("writeOptions");
    append_duration(out, "interval", interval);
    append_number(out, "count", options.flush_records);
    append_number(out, "bytes", options.flush_bytes);
    out.close();
  }
  out.close().close().close();
}

}  // namespace

std::string_view preset_name(Preset preset) {
  switch (preset) {
    case Preset::kSnapshot:
      return "snapshot";
    case Preset::kChanges:
      return "changes";
    case Preset::kSync:
      return "sync";
  }
  INLET_UNREACHABLE();
}

Document preset_pipeline(Preset preset, const PresetOptions& options) {
  DocumentBuilder out;
  append_source(out, preset, options);
  append_emit(out, preset, options);
  return out.finish_owned();
}

std::string default_processor_name(Preset preset, const PresetOptions& options,
                                   std::string_view from, std::string_view to) {
  std::string identity(from);
  identity.append("\n").append(to).append("\n").append(options.db);
  for (const std::string& name : options.collections) identity.append("\n+").append(name);
  for (const std::string& name : options.exclude) identity.append("\n-").append(name);
  identity.append("\n").append(options.query.bytes()).append(options.pipeline.bytes());
  return std::string(preset_name(preset)) + "-" + sha256_hex(identity).substr(0, 8);
}

}  // namespace inlet
