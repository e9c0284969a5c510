#include "cli/command_processor.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stop_token>

#include "base/hash.h"
#include "bson/json_excerpt.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "cli/exit_code.h"
#include "cli/metrics_server.h"
#include "cli/progress_display.h"
#include "connection/mongo/connection_string.h"
#include "job/cron_schedule.h"
#include "job/processor_run.h"
#include "store/open_object_store.h"

namespace inlet {
namespace {

int report_failure(const Status& status) {
  log::write_failure(status);
  return exit_code_for(status);
}

Status require(const std::string& value, std::string_view flag, std::string_view hint) {
  if (!value.empty()) return Status::ok();
  return Status(Code::kInvalidArgument, "a flag is missing").with("flag", flag).with_hint(hint);
}

Preset preset_of(const std::string& command) {
  return command == "snapshot"  ? Preset::kSnapshot
         : command == "changes" ? Preset::kChanges
                                : Preset::kSync;
}

Result<std::string> read_pipeline_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return Status(Code::kInvalidArgument, "cannot read the pipeline file")
        .with("file", path)
        .with_hint("inlet run FILE");
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Result<Document> read_pipeline_file(const std::string& path) {
  INLET_ASSIGN_OR_RETURN(const std::string text, read_pipeline_text(path));
  JsonParser parser;
  Result<Value> parsed = parser.parse_value(text);
  if (!parsed.is_ok()) return std::move(parsed).error().with("file", path);
  if (!parsed->is_array())
    return Status(Code::kInvalidArgument, "a pipeline is an array of stages").with("file", path);
  return Document(parsed->as_document());
}

/// Adds the stage's place in the file to an error about one stage of the pipeline.
Status at_place_in_file(Status failure, const std::string& path) {
  const auto is_position = [](const Status::Field& field) { return field.name == "position"; };
  const auto& fields = failure.fields();
  const auto position = std::find_if(fields.begin(), fields.end(), is_position);
  if (position == fields.end()) return failure;
  const Result<std::string> text = read_pipeline_text(path);
  JsonParser parser;
  if (!text.is_ok() || !parser.parse_value(*text).is_ok()) return failure;
  size_t stage = 0;
  const std::string& digits = position->value;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), stage);
  if (read.ec != std::errc() || stage >= parser.element_offsets().size()) return failure;
  const TextPosition place = text_position(*text, parser.element_offsets()[stage]);
  return std::move(failure)
      .with("file", path)
      .with("line", place.line)
      .with("column", place.column);
}

Result<ProcessorRunOptions> run_options(const Settings& settings) {
  ProcessorRunOptions options;
  INLET_RETURN_IF_ERROR(
      require(settings.from, "--from", "--from mongodb://localhost/?replicaSet=rs0"));
  std::string hosts = settings.from;
  if (Result<ConnectionString> uri =
          resolve_connection_string(settings.from, SecretReader::system());
      uri.is_ok()) {
    hosts = uri->hosts;
  } else {
    return std::move(uri).error().with("flag", "--from");
  }
  options.connections.push_back({"from", settings.from});
  if (!settings.to.empty()) options.connections.push_back({"to", settings.to});
  if (settings.command == "run") {
    INLET_RETURN_IF_ERROR(require(settings.target, "FILE", "inlet run pipeline.json --from …"));
    INLET_ASSIGN_OR_RETURN(options.pipeline, read_pipeline_file(settings.target));
    options.name =
        "run-" +
        sha256_hex(options.pipeline.bytes() + hosts + public_url(settings.to)).substr(0, 8);
  } else {
    INLET_RETURN_IF_ERROR(require(settings.to, "--to", "--to ./lake"));
    const Preset preset = preset_of(settings.command);
    options.pipeline = preset_pipeline(preset, settings.preset);
    options.name = default_processor_name(preset, settings.preset, hosts, public_url(settings.to));
  }
  if (!settings.name.empty()) options.name = settings.name;
  options.state = settings.state.empty() ? default_state(settings.to) : settings.state;
  options.wait_for_lease = settings.wait_for_lease;
  options.drain_timeout = settings.drain_timeout;
  return options;
}

/// What the run did with the collections it was to copy: one that failed makes the run fail. The
/// log has told why. Where none was copied, the failure of the run says it.
Status failed_collections(const ProcessorProgress& progress, Status status) {
  using State = SourceProgress::Collection::State;
  size_t failed = 0;
  size_t copied = 0;
  for (const SourceProgress::Collection& collection : progress.source.collections) {
    if (collection.state == State::kFailed) ++failed;
    if (collection.state == State::kCopied) ++copied;
  }
  if (failed == 0 || (copied == 0 && !status.is_ok())) return status;
  return Status(Code::kUnavailable, "some collections were not copied")
      .with("failed", failed)
      .with("of", progress.source.collections.size())
      .with_hint("the others are complete; run again to copy those that failed");
}

/// Hands a request to stop to the run of the moment, and to the wait for the next one.
class RunControl {
 public:
  void set_run(ProcessorRun* run) {
    std::scoped_lock lock(mutex_);
    run_ = run;
    if (run_ != nullptr && stop_.stop_requested()) run_->request_stop();
  }
  void request_stop() {
    stop_.request_stop();
    std::scoped_lock lock(mutex_);
    if (run_ != nullptr) run_->request_stop();
  }
  std::stop_token stop_token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::mutex mutex_;
  ProcessorRun* run_ = nullptr;  // Guarded by mutex_.
};

Status run_once(const ProcessorRunOptions& options, const Settings& settings, RunControl& control,
                MetricsServer& metrics, Clock& clock) {
  INLET_ASSIGN_OR_RETURN(const std::unique_ptr<ProcessorRun> run,
                         ProcessorRun::open(options, clock));
  const SteadyTime began = clock.steady_now();
  control.set_run(run.get());
  metrics.follow([&run] { return run->progress(); });
  Status status;
  {
    ProgressDisplay display([&run] { return run->progress(); }, settings.progress_interval, clock);
    status = run->run();
  }
  control.set_run(nullptr);
  metrics.follow(nullptr);
  const ProcessorProgress progress = run->progress();
  status = failed_collections(progress, std::move(status));
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady_now() - began);
  const bool got_going = progress.epoch > 0 || progress.source.bytes_read > 0;
  if (status.is_ok() || got_going) {
    log::write_fields(log::Level::kInfo, status.is_ok() ? "done" : "ended",
                      summary_fields(progress, took));
  }
  return status;
}

/// Waits for a time of the wall clock, which may be set while we wait. False when stopped.
bool wait_until(WallTime time, Clock& clock, std::stop_token stop) {
  constexpr std::chrono::milliseconds kLook{30'000};
  while (clock.wall_now() < time) {
    const std::chrono::milliseconds left = time - clock.wall_now();
    if (!clock.sleep_for(std::min(left, kLook), stop)) return false;
  }
  return !stop.stop_requested();
}

/// Runs now and then by the schedule, one run at a time: what comes due during a run is left out. A
/// run that fails is told, and the next one tries again.
Status run_scheduled(const CronSchedule& schedule, const std::function<Status()>& run_once,
                     RunControl& control, Clock& clock) {
  while (true) {
    const Status status = run_once();
    if (status.code() == Code::kInvalidArgument || status.code() == Code::kUnimplemented)
      return status;
    if (control.stop_token().stop_requested()) return status;
    if (!status.is_ok()) log::write_status(log::Level::kError, "run failed", status);
    const WallTime now = clock.wall_now();
    std::string next = schedule.describe_next(1, now);
    next.pop_back();  // The end of the line.
    log::info("waiting for the next run", {{"at", next}});
    if (!wait_until(schedule.next_after(now), clock, control.stop_token())) return Status::ok();
  }
}

Result<std::optional<CronSchedule>> schedule_of(const Settings& settings) {
  if (settings.schedule.empty()) {
    if (!settings.print_schedule) return std::optional<CronSchedule>();
    return require("", "--schedule", "--schedule \"0 * * * *\" is every hour")
        .with("flag", "--print-schedule");
  }
  Result<CronSchedule> out = CronSchedule::parse(settings.schedule, settings.time_zone);
  if (!out.is_ok()) return std::move(out).error().with("flag", "--schedule");
  return std::optional<CronSchedule>(std::move(out).value());
}

}  // namespace

int run_processor_command(const Settings& settings, SignalWatcher& signals) {
  SystemClock clock;
  const Result<std::optional<CronSchedule>> schedule = schedule_of(settings);
  if (!schedule.is_ok()) return report_failure(schedule.error());
  if (settings.print_schedule) {
    constexpr int kRunsShown = 10;
    std::fputs((*schedule)->describe_next(kRunsShown, clock.wall_now()).c_str(), stdout);
    return kExitDone;
  }
  Result<ProcessorRunOptions> options = run_options(settings);
  if (!options.is_ok()) return report_failure(options.error());
  if (settings.print_pipeline) {
    std::string text;
    JsonWriter().append_array(options->pipeline, text);
    std::printf("%s\n", text.c_str());
    return kExitDone;
  }
  const Result<std::unique_ptr<MetricsServer>> metrics =
      MetricsServer::open(settings.metrics_listen, options->name, clock);
  if (!metrics.is_ok()) return report_failure(metrics.error());
  options->metrics = &(*metrics)->registry();

  const auto control = std::make_shared<RunControl>();  // A late signal may come after our return.
  signals.watch([control] {
    log::info("stopping: the last files are being published; a second signal ends at once");
    control->request_stop();
  });
  const auto run = [&] { return run_once(*options, settings, *control, **metrics, clock); };
  Status status = *schedule ? run_scheduled(**schedule, run, *control, clock) : run();
  if (settings.command == "run") status = at_place_in_file(std::move(status), settings.target);
  if (!status.is_ok()) return report_failure(status);
  return kExitDone;
}

}  // namespace inlet
