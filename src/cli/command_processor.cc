#include "cli/command_processor.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/hash.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "cli/exit_code.h"
#include "cli/progress_display.h"
#include "connection/mongo/connection_string.h"
#include "job/processor_run.h"

namespace inlet {
namespace {

int report_failure(const Status& status) {
  std::fprintf(stderr, "error: %s\n", log::redact(status.to_string()).c_str());
  return exit_code_for(status);
}

Status require(const std::string& value, std::string_view flag, std::string_view hint) {
  if (!value.empty()) return Status::ok();
  return Status(Code::kInvalidArgument, "a flag is missing").with("flag", flag).with_hint(hint);
}

Preset preset_of(const std::string& command) {
  return command == "snapshot" ? Preset::kSnapshot : command == "changes" ? Preset::kChanges : Preset::kSync;
}

Result<Document> read_pipeline_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return Status(Code::kInvalidArgument, "cannot read the pipeline file").with("file", path).with_hint("inlet run FILE");
  }
  std::ostringstream text;
  text << file.rdbuf();
  JsonParser parser;
  Result<Value> parsed = parser.parse_value(text.str());
  if (!parsed.is_ok()) return std::move(parsed).error().with("file", path);
  if (!parsed->is_array()) return Status(Code::kInvalidArgument, "a pipeline is an array of stages").with("file", path);
  return Document(parsed->as_document());
}

Result<ProcessorRunOptions> run_options(const Settings& settings) {
  ProcessorRunOptions options;
  INLET_RETURN_IF_ERROR(require(settings.from, "--from", "--from mongodb://localhost/?replicaSet=rs0"));
  std::string hosts = settings.from;
  if (Result<ConnectionString> uri = resolve_connection_string(settings.from, SecretReader::system()); uri.is_ok()) {
    hosts = uri->hosts;
  } else {
    return std::move(uri).error().with("flag", "--from");
  }
  options.connections.push_back({"from", settings.from});
  if (!settings.to.empty()) options.connections.push_back({"to", settings.to});
  if (settings.command == "run") {
    INLET_RETURN_IF_ERROR(require(settings.target, "FILE", "inlet run pipeline.json --from …"));
    INLET_ASSIGN_OR_RETURN(options.pipeline, read_pipeline_file(settings.target));
    options.name = "run-" + sha256_hex(options.pipeline.bytes() + hosts + settings.to).substr(0, 8);
  } else {
    INLET_RETURN_IF_ERROR(require(settings.to, "--to", "--to ./lake"));
    const Preset preset = preset_of(settings.command);
    options.pipeline = preset_pipeline(preset, settings.preset);
    options.name = default_processor_name(preset, settings.preset, hosts, settings.to.substr(0, settings.to.find('?')));
  }
  if (!settings.name.empty()) options.name = settings.name;
  options.state = settings.state.empty() ? default_state(settings.to) : settings.state;
  options.wait_for_lease = settings.wait_for_lease;
  options.drain_timeout = settings.drain_timeout;
  return options;
}

/// What the run did with the collections it was to copy: one that failed makes the run fail.
Status failed_collections(const ProcessorProgress& progress) {
  size_t failed = 0;
  for (const SourceProgress::Collection& collection : progress.source.collections) {
    if (collection.state != SourceProgress::Collection::State::kFailed) continue;
    log::error("collection was not copied", {{"ns", collection.ns}, {"error", collection.failure}});
    ++failed;
  }
  if (failed == 0) return Status::ok();
  return Status(Code::kUnavailable, "some collections were not copied")
      .with("failed", failed)
      .with("of", progress.source.collections.size())
      .with_hint("the others are complete; run again to copy those that failed");
}

}  // namespace

int run_processor_command(const Settings& settings, SignalWatcher& signals) {
  const Result<ProcessorRunOptions> options = run_options(settings);
  if (!options.is_ok()) return report_failure(options.error());
  if (settings.print_pipeline) {
    std::string text;
    JsonWriter().append_array(options->pipeline, text);
    std::printf("%s\n", text.c_str());
    return kExitDone;
  }
  SystemClock clock;
  const Result<std::unique_ptr<ProcessorRun>> run = ProcessorRun::open(*options, clock);
  if (!run.is_ok()) return report_failure(run.error());
  signals.watch([&run] {
    log::info("stopping: the last files are being published; a second signal ends at once");
    (*run)->request_stop();
  });
  Status status;
  {
    ProgressDisplay display([&run] { return (*run)->progress(); }, settings.progress_interval, clock);
    status = (*run)->run();
  }
  const ProcessorProgress progress = (*run)->progress();
  if (status.is_ok()) status = failed_collections(progress);
  if (!status.is_ok()) return report_failure(status);
  return kExitDone;
}

}  // namespace inlet
