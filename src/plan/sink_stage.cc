#include "plan/sink_stage.h"

#include <cstdio>

#include "codec/document_encoder.h"
#include "plan/connections.h"
#include "plan/option_reader.h"
#include "sink/lake/lake_sink.h"
#include "sink/print/print_sink.h"
#include "store/open_object_store.h"

namespace inlet {
namespace {

template <class T>
T parsed_choice(OptionReader& reader, std::string_view name, std::optional<T> parsed, T fallback,
                const std::string& text, const std::string& known) {
  if (parsed) return *parsed;
  reader.fail(Status(Code::kInvalidArgument, "option has an unknown value")
                  .with("option", name)
                  .with("value", text)
                  .with_hint("known: " + known));
  return fallback;
}

void read_encoding(OptionReader& config, LakeOptions& out) {
  const std::string envelope = config.text("envelope", "lean");
  out.envelope = parsed_choice(config, "envelope", envelope_from_name(envelope), Envelope::kLean,
                               envelope, "lean, event, document");
  const std::string format = config.text("format", "ndjson");
  out.format = parsed_choice(config, "format", file_format_from_name(format), FileFormat::kNdjson,
                             format, file_format_names());
  const std::string json =
      config.choice("outputFormat", {"relaxedJson", "canonicalJson", "basicJson"}, "relaxedJson");
  out.json.mode = json == "canonicalJson" ? JsonMode::kCanonical
                  : json == "basicJson"   ? JsonMode::kPlain
                                          : JsonMode::kRelaxed;
  if (config.choice("dateFormat", {"default", "ISO8601"}, "default") == "ISO8601")
    out.json.date_format = JsonDateFormat::kIso8601;
  const std::string compression = config.text("compression", "none");
  out.compression.compression =
      parsed_choice(config, "compression", compression_from_name(compression), Compression::kNone,
                    compression, compression_names());
  if (config.has("compressionLevel"))
    out.compression.level = static_cast<int>(config.integer("compressionLevel", 0, 1, 22));
  if (Result<std::unique_ptr<Compressor>> made = make_compressor(out.compression); !made.is_ok())
    config.fail(made.status());
}

void read_write_options(const Document& document, EpochBounds& out, OptionReader& config) {
  OptionReader options(document, "$emit.config.writeOptions");
  out.interval = options.duration("interval", out.interval);
  out.records = static_cast<uint64_t>(options.integer("count", 0, 0, INT64_MAX));
  out.bytes = options.size("bytes", 0);
  if (out.interval.count() <= 0) {
    options.fail(Status(Code::kInvalidArgument, "the interval must be longer than nothing")
                     .with("option", "interval"));
  }
  if (Status status = options.finish(); !status.is_ok()) config.fail(std::move(status));
}

/// A copy is the one file of its folder, so each collection needs a folder of its own.
Status check_copy_path(const PathTemplate& path, const ParsedSource& source) {
  if (!source.copies_only || source.is_one_collection) return Status::ok();
  const bool lacks_db = source.spans_databases && !path.has_db();
  if (path.has_collection() && !lacks_db) return Status::ok();
  return Status(Code::kInvalidArgument, "the copies of several collections would share a folder")
      .with("option", "path")
      .with_hint(path.has_collection() ? "put {db} into the path"
                 : lacks_db            ? "put {db} and {collection} into the path"
                                       : "put {collection} into the path");
}

}  // namespace

ParsedSink parse_no_sink() {
  ParsedSink out;
  out.epoch.interval = std::chrono::seconds(1);
  out.make_sink = []() -> Result<std::unique_ptr<Sink>> {
    return std::make_unique<PrintSink>(make_document_encoder(FileFormat::kNdjson), stdout);
  };
  return out;
}

Result<ParsedSink> parse_emit_stage(DocumentView options, const ParsedSource& source,
                                    const PlanContext& context) {
  OptionReader stage(options, "$emit");
  const std::string connection_name = stage.required_text("connectionName");
  const std::string path = stage.text("path");
  LakeOptions lake;
  lake.path = PathTemplate::standard(source.spans_databases);
  if (!path.empty()) {
    Result<PathTemplate> parsed = PathTemplate::parse(path);
    if (parsed.is_ok()) {
      lake.path = *std::move(parsed);
    } else {
      stage.fail(std::move(parsed).error().with("option", "path"));
    }
  }

  if (Status status = check_copy_path(lake.path, source); !status.is_ok())
    stage.fail(std::move(status));

  ParsedSink out;
  const Document config_document = stage.document("config");
  OptionReader config(config_document, "$emit.config");
  read_encoding(config, lake);
  const std::string if_exists = config.choice("ifExists", {"skip", "replace", "fail"}, "skip");
  lake.if_exists = if_exists == "replace" ? LakeOptions::IfExists::kReplace
                   : if_exists == "fail"  ? LakeOptions::IfExists::kFail
                                          : LakeOptions::IfExists::kSkip;
  lake.empty_hours = config.choice("emptyHours", {"none", "manifest"}, "none") == "manifest";
  lake.seal_grace = config.duration("sealGrace", lake.seal_grace);
  lake.memory_budget = config.size("memoryBudget", lake.memory_budget);
  read_write_options(config.document("writeOptions"), out.epoch, config);
  if (Status status = config.finish(); !status.is_ok()) stage.fail(std::move(status));
  INLET_RETURN_IF_ERROR(stage.finish());

  lake.snapshot = source.copies_only;
  lake.check_records = !source.is_thinned;
  lake.check_content = !source.is_reshaped;
  lake.run_started = context.run_started;
  lake.processor = context.processor_name;
  lake.verify_may_write = context.verify_may_write;
  INLET_ASSIGN_OR_RETURN(const std::string url, connection_url(context, connection_name, "$emit"));
  // Opened once: a store holds connections and credentials, and is shared by the attempts.
  INLET_ASSIGN_OR_RETURN(const std::shared_ptr<ObjectStore> store, open_object_store(url));
  out.make_sink = [lake, store]() -> Result<std::unique_ptr<Sink>> {
    return std::make_unique<LakeSink>(lake, store);
  };
  return out;
}

}  // namespace inlet
