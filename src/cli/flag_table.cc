#include "cli/flag_table.h"

#include <array>
#include <charconv>

#include "base/nearest_name.h"
#include "base/quantity.h"
#include "bson/json_parser.h"

namespace inlet {
namespace {

using Apply = Status (*)(const std::string& value, Settings& settings);

// Each gives a function that puts a value into one member of the settings.

template <auto Member>
Apply text() {
  return [](const std::string& value, Settings& s) {
    s.*Member = value;
    return Status::ok();
  };
}

template <auto Member>
Apply preset_text() {
  return [](const std::string& value, Settings& s) {
    s.preset.*Member = value;
    return Status::ok();
  };
}

template <auto Member>
Apply preset_list() {
  return [](const std::string& value, Settings& s) {
    (s.preset.*Member).push_back(value);
    return Status::ok();
  };
}

Result<bool> parse_switch(const std::string& value) {
  if (value == "true" || value == "1" || value == "yes" || value == "on") return true;
  if (value == "false" || value == "0" || value == "no" || value == "off") return false;
  return Status(Code::kInvalidArgument, "not true or false").with("value", value);
}

template <auto Member>
Apply switch_on() {
  return [](const std::string& value, Settings& s) {
    INLET_ASSIGN_OR_RETURN(s.*Member, parse_switch(value));
    return Status::ok();
  };
}

template <auto Member>
Apply preset_switch() {
  return [](const std::string& value, Settings& s) {
    INLET_ASSIGN_OR_RETURN(s.preset.*Member, parse_switch(value));
    return Status::ok();
  };
}

template <auto Member>
Apply duration() {
  return [](const std::string& value, Settings& s) {
    INLET_ASSIGN_OR_RETURN(s.*Member, parse_duration(value));
    return Status::ok();
  };
}

template <auto Member>
Apply preset_duration() {
  return [](const std::string& value, Settings& s) {
    INLET_ASSIGN_OR_RETURN(s.preset.*Member, parse_duration(value));
    return Status::ok();
  };
}

template <auto Member>
Apply preset_size() {
  return [](const std::string& value, Settings& s) {
    INLET_ASSIGN_OR_RETURN(s.preset.*Member, parse_size(value));
    return Status::ok();
  };
}

template <auto Member>
Apply preset_number() {
  return [](const std::string& value, Settings& s) {
    int64_t number = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size() || number < 0) {
      return Status(Code::kInvalidArgument, "not a whole number").with("value", value);
    }
    s.preset.*Member = number;
    return Status::ok();
  };
}

template <auto Member>
Apply preset_document() {
  return [](const std::string& value, Settings& s) {
    INLET_ASSIGN_OR_RETURN(s.preset.*Member, parse_json(value));
    return Status::ok();
  };
}

Status apply_pipeline(const std::string& value, Settings& settings) {
  JsonParser parser;
  INLET_ASSIGN_OR_RETURN(const Value parsed, parser.parse_value(value));
  if (!parsed.is_array()) return Status(Code::kInvalidArgument, "a pipeline is an array of stages");
  settings.preset.pipeline = Document(parsed.as_document());
  return Status::ok();
}

template <class T, size_t N>
Result<T> choose(const std::string& value,
                 const std::array<std::pair<std::string_view, T>, N>& known) {
  std::array<std::string_view, N> names;
  for (size_t i = 0; i < N; ++i) {
    if (known[i].first == value) return known[i].second;
    names[i] = known[i].first;
  }
  return Status(Code::kInvalidArgument, "unknown value")
      .with("value", value)
      .with_hint(nearest_name_hint(value, names));
}

Status apply_log_level(const std::string& value, Settings& settings) {
  static constexpr std::array<std::pair<std::string_view, log::Level>, 4> kLevels{
      {{"debug", log::Level::kDebug},
       {"info", log::Level::kInfo},
       {"warning", log::Level::kWarning},
       {"error", log::Level::kError}}};
  INLET_ASSIGN_OR_RETURN(settings.log.level, choose(value, kLevels));
  return Status::ok();
}

Status apply_log_format(const std::string& value, Settings& settings) {
  static constexpr std::array<std::pair<std::string_view, log::Format>, 2> kFormats{
      {{"text", log::Format::kText}, {"json", log::Format::kJson}}};
  INLET_ASSIGN_OR_RETURN(settings.log.format, choose(value, kFormats));
  return Status::ok();
}

Status apply_log_file(const std::string& value, Settings& settings) {
  settings.log.file = value;
  return Status::ok();
}

Status apply_report(const std::string& value, Settings& settings) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kForms{
      {{"text", "text"}, {"json", "json"}}};
  INLET_ASSIGN_OR_RETURN(settings.report, choose(value, kForms));
  return Status::ok();
}

using P = PresetOptions;
using S = Settings;

constexpr std::string_view kEnds = "From and to";
constexpr std::string_view kWhat = "What is read";
constexpr std::string_view kHow = "How the source is read";
constexpr std::string_view kLake = "What the lake looks like";
constexpr std::string_view kFlush = "When files appear";
constexpr std::string_view kRunning = "Running";

const auto& flags() {
  static const std::array kFlags{
      FlagEntry{"from", "URI", kEnds,
                "MongoDB connection string; ${env:NAME} and ${file:PATH} stand for secrets. Else "
                "MONGO_URI",
                "", kOnAll, text<&S::from>()},
      FlagEntry{"to", "URL", kEnds,
                "lake: ./dir, file:///dir, abfss://container@account.dfs.core.windows.net/prefix, "
                "az://container/prefix",
                "", kOnRunning | kOnCheck, text<&S::to>()},
      FlagEntry{"state", "URL", kEnds,
                "where checkpoints live: a folder, mongodb://HOST/DB.COLLECTION, or a lake URL",
                ".inlet beside a local lake, else ./.inlet", kOnRunning | kOnCheck,
                text<&S::state>()},
      FlagEntry{"name", "NAME", kEnds,
                "name of the processor; one name is one sequence of checkpoints",
                "made from source and lake", kOnRunning, text<&S::name>()},

      FlagEntry{"db", "NAME", kWhat, "database", "all", kOnPresets | kOnVerify | kOnCheck,
                preset_text<&P::db>()},
      FlagEntry{"collection", "GLOB", kWhat, "collection, by name or with * and ?", "all",
                kOnPresets | kOnVerify, preset_list<&P::collections>(), true},
      FlagEntry{"exclude", "GLOB", kWhat, "collection to leave out", "", kOnPresets,
                preset_list<&P::exclude>(), true},
      FlagEntry{"include-system", "", kWhat, "copy system.* collections too", "", kOnCopies,
                preset_switch<&P::include_system>()},
      FlagEntry{"query", "JSON", kWhat,
                "filter of the copy, e.g. {updatedAt: {$gte: ISODate('2025-01-31')}}", "",
                kOnCopies, preset_document<&P::query>()},
      FlagEntry{"pipeline", "JSON", kWhat, "stages that the server runs on change events", "",
                kOnStreams, apply_pipeline},
      FlagEntry{"full-document", "MODE", kWhat, "updateLookup, default, whenAvailable or required",
                "updateLookup", kOnStreams, preset_text<&P::full_document>()},
      FlagEntry{"full-document-before-change", "MODE", kWhat, "off, whenAvailable or required",
                "off", kOnStreams, preset_text<&P::full_document_before_change>()},
      FlagEntry{"show-expanded-events", "", kWhat, "index and other DDL events too (server 6.0)",
                "", kOnStreams, preset_switch<&P::show_expanded_events>()},
      FlagEntry{"start-at", "WHEN", kWhat,
                "now, 2025-01-31T13:00:00Z, seconds.increment, or a resume token", "now",
                kOnChanges, preset_text<&P::start_at>()},
      FlagEntry{"until-caught-up", "", kWhat,
                "end when everything that existed at the start has been read", "", kOnStreams,
                preset_switch<&P::until_caught_up>()},
      FlagEntry{"on-history-lost", "WHAT", kWhat,
                "stop (exit 4), or resync: a new copy, the gap marked", "stop", kOnStreams,
                preset_text<&P::on_history_lost>()},

      FlagEntry{"parallelism", "N", kHow, "cursors of the copy at a time", "3", kOnCopies,
                preset_number<&P::parallelism>()},
      FlagEntry{"stream-parallelism", "N", kHow, "change streams side by side", "1", kOnStreams,
                preset_number<&P::stream_parallelism>()},
      FlagEntry{"stream-split", "BY", kHow,
                "how they share the events: by key (order holds within a document) or collection",
                "key", kOnStreams, preset_text<&P::stream_split>()},
      FlagEntry{"lookups", "HOW", kHow, "full documents of updates: batched (ours) or server",
                "batched", kOnStreams, preset_text<&P::lookups>()},
      FlagEntry{"read-preference", "MODE", kHow,
                "primary, primaryPreferred, secondary, secondaryPreferred or nearest",
                "the connection string's", kOnPresets, preset_text<&P::read_preference>()},
      FlagEntry{"max-docs-per-second", "N", kHow, "bound of the copy's rate", "none", kOnCopies,
                preset_number<&P::max_docs_per_second>()},
      FlagEntry{"max-bytes-per-second", "SIZE", kHow, "bound of the copy's rate", "none", kOnCopies,
                preset_size<&P::max_bytes_per_second>()},

      FlagEntry{"path", "TEMPLATE", kLake,
                "folders: text with {db} {collection} {op} {yyyy} {MM} {dd} {HH} {hour}",
                "{collection}/{hour}/, and {db}/ before it without --db", kOnPresets,
                preset_text<&P::path>()},
      FlagEntry{"envelope", "SHAPE", kLake, "of a change: lean, event (the server's) or document",
                "lean", kOnStreams, preset_text<&P::envelope>()},
      FlagEntry{"format", "FORMAT", kLake, "ndjson", "ndjson", kOnPresets,
                preset_text<&P::format>()},
      FlagEntry{"json", "MODE", kLake, "Extended JSON: relaxed, canonical, or plain", "relaxed",
                kOnPresets, preset_text<&P::json>()},
      FlagEntry{"compression", "METHOD", kLake, "none, gzip or zstd", "none", kOnPresets,
                preset_text<&P::compression>()},
      FlagEntry{"compression-level", "N", kLake, "gzip 1-9, zstd 1-19", "6, 3", kOnPresets,
                preset_number<&P::compression_level>()},
      FlagEntry{"if-exists", "WHAT", kLake,
                "a complete copy of the same hour: skip, replace or fail", "skip", kOnSnapshot,
                preset_text<&P::if_exists>()},
      FlagEntry{"empty-hours", "WHAT", kLake, "an hour without changes leaves none, or a manifest",
                "none", kOnStreams, preset_text<&P::empty_hours>()},
      FlagEntry{"seal-grace", "DURATION", kLake,
                "how long past its end an hour stays open for stragglers", "5m", kOnStreams,
                preset_duration<&P::seal_grace>()},

      FlagEntry{"flush-interval", "DURATION", kFlush, "at the latest", "10s; a snapshot's 1m",
                kOnPresets, preset_duration<&P::flush_interval>()},
      FlagEntry{"flush-records", "N", kFlush, "or after so many records", "no bound", kOnPresets,
                preset_number<&P::flush_records>()},
      FlagEntry{"flush-bytes", "SIZE", kFlush, "or after so many bytes of BSON", "no bound",
                kOnPresets, preset_size<&P::flush_bytes>()},
      FlagEntry{"memory-budget", "SIZE", kFlush, "or when so many encoded bytes wait in memory",
                "64MiB", kOnPresets, preset_size<&P::memory_budget>()},

      FlagEntry{"schedule", "CRON", kRunning,
                "run at start and then by this expression, e.g. \"0 * * * *\"", "", kOnSnapshot,
                text<&S::schedule>()},
      FlagEntry{"time-zone", "NAME", kRunning, "of --schedule", "UTC", kOnSnapshot,
                text<&S::time_zone>()},
      FlagEntry{"print-schedule", "", kRunning, "show the next runs and exit", "", kOnSnapshot,
                switch_on<&S::print_schedule>()},
      FlagEntry{"print-pipeline", "", kRunning, "show the pipeline that does this work and exit",
                "", kOnPresets, switch_on<&S::print_pipeline>()},
      FlagEntry{"wait-for-lease", "", kRunning,
                "stand by while another process runs this processor", "", kOnRunning,
                switch_on<&S::wait_for_lease>()},
      FlagEntry{"drain-timeout", "DURATION", kRunning, "how long a stop may take", "30s",
                kOnRunning, duration<&S::drain_timeout>()},
      FlagEntry{"metrics-listen", "HOST:PORT", kRunning, "serve /metrics, /healthz and /readyz", "",
                kOnRunning, text<&S::metrics_listen>()},
      FlagEntry{"progress-interval", "DURATION", kRunning,
                "between progress lines when not on a terminal", "10s", kOnRunning | kOnVerify,
                duration<&S::progress_interval>()},
      FlagEntry{"report", "FORM", kRunning, "text or json", "text", kOnVerify | kOnCheck,
                apply_report},
      FlagEntry{"log-level", "LEVEL", kRunning, "debug, info, warning or error", "info", kOnAll,
                apply_log_level},
      FlagEntry{"log-format", "FORM", kRunning, "text or json", "text", kOnAll, apply_log_format},
      FlagEntry{"log-file", "FILE", kRunning, "append the log to this file too", "", kOnAll,
                apply_log_file},
      FlagEntry{"config", "FILE", kRunning, "TOML file with flags as keys", "", kOnAll,
                [](const std::string&, Settings&) { return Status::ok(); }},
  };
  return kFlags;
}

constexpr std::array kCommands{
    CommandEntry{"sync", "", "copy what is there, then follow every change: the main job",
                 "Copies the collections as they are and writes every change from the moment the "
                 "copy began, with no gap, exactly once. Runs\n"
                 "until stopped; a restart goes on where it was.",
                 "  inlet sync --from mongodb://localhost/?replicaSet=rs0 --db shop --to ./lake\n"
                 "  inlet sync --from '${file:/run/secrets/mongo}' --db shop --collection orders "
                 "--to abfss://raw@account.dfs.core.windows.net/shop\n"
                 "  inlet sync --from mongodb://localhost/?replicaSet=rs0 --to ./lake "
                 "--until-caught-up --compression zstd\n",
                 kOnSync},
    CommandEntry{"snapshot", "", "copy collections as they are now: once, or on a schedule",
                 "Dumps collections, one file each. A file appears when all of it is there; a "
                 "complete dump of the same hour is skipped.",
                 "  inlet snapshot --from mongodb://localhost --db shop --to ./dumps\n"
                 "  inlet snapshot --from mongodb://localhost --db shop --to ./dumps --schedule '0 "
                 "* * * *' --compression gzip\n"
                 "  inlet snapshot --from mongodb://localhost --db shop --collection 'order*' "
                 "--query '{status: \"paid\"}' --to ./dumps\n",
                 kOnSnapshot},
    CommandEntry{
        "changes", "", "follow change streams of a cluster, a database or collections",
        "Writes every change, exactly once, with the full document looked up in batches. Runs "
        "until stopped.",
        "  inlet changes --from mongodb://localhost/?replicaSet=rs0 --db shop --to ./lake\n"
        "  inlet changes --from mongodb://localhost/?replicaSet=rs0 --start-at "
        "2025-01-31T13:00:00Z --until-caught-up --to ./lake\n"
        "  inlet changes --from mongodb://localhost/?replicaSet=rs0 --db shop --pipeline "
        "'[{$match: {operationType: \"insert\"}}]' --to ./lake\n",
        kOnChanges},
    CommandEntry{"run", "FILE", "run a pipeline from a file; prints documents when it has no sink",
                 "Runs a pipeline, JSON or mongosh literals, through the same engine. The "
                 "connections `from` and `to` are --from and --to.",
                 "  inlet sync --from mongodb://localhost --to ./lake --db shop --print-pipeline > "
                 "shop.json\n"
                 "  inlet run shop.json --from mongodb://localhost --to ./lake\n",
                 kOnRun},
    CommandEntry{"verify", "LAKE",
                 "re-read a lake: counts and checksums, and against MongoDB if asked",
                 "Checks every file against its manifest; with --from, the lake against the "
                 "collections as they are. Exit code 3 on a difference.",
                 "  inlet verify ./lake\n"
                 "  inlet verify ./lake --from mongodb://localhost/?replicaSet=rs0 --db shop\n"
                 "  inlet verify ./lake --report json\n",
                 kOnVerify},
    CommandEntry{"check", "", "try every right and address that a run will need",
                 "Connects, reads, writes and removes a test object, and says which right is "
                 "missing and how to give it.",
                 "  inlet check --from mongodb://localhost/?replicaSet=rs0 --db shop --to ./lake\n",
                 kOnCheck},
};

}  // namespace

std::span<const FlagEntry> flag_table() {
  return flags();
}

std::span<const CommandEntry> command_table() {
  return kCommands;
}

const FlagEntry* find_flag(std::string_view name) {
  for (const FlagEntry& flag : flag_table()) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

const CommandEntry* find_command(std::string_view name) {
  for (const CommandEntry& command : command_table()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace inlet
