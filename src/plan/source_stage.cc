#include "plan/source_stage.h"

#include <algorithm>
#include <set>
#include <utility>

#include "bson/json_parser.h"
#include "connection/mongo/connection_string.h"
#include "plan/connections.h"
#include "plan/option_reader.h"
#include "plan/time_text.h"
#include "source/mongo/mongo_source.h"
#include "source/mongo/namespace_filter.h"

namespace inlet {
namespace {

using Options = MongoSourceOptions;

/// `now`, a time, a timestamp `seconds.increment`, or a resume token as Extended JSON.
Result<StartPoint> parse_start_at(const std::string& text) {
  StartPoint start;
  if (text.empty() || text == "now") return start;
  if (text.front() == '{') {
    Result<Document> token = parse_json(text);
    if (!token.is_ok()) return std::move(token).error().with("option", "startAt");
    if ((*token)["_data"].is_missing()) {
      return Status(Code::kInvalidArgument, "a resume token has a field _data")
          .with("option", "startAt");
    }
    start.kind = StartPoint::Kind::kToken;
    start.token = *std::move(token);
    return start;
  }
  start.kind = StartPoint::Kind::kOperationTime;
  INLET_ASSIGN_OR_RETURN(start.time, parse_cluster_time(text));
  return start;
}

void read_config(const Document& document, Options& out, OptionReader& stage) {
  OptionReader config(document, "$source.config");
  const std::string full = config.choice(
      "fullDocument", {"default", "updateLookup", "whenAvailable", "required"}, "default");
  out.full_document = full == "updateLookup"    ? Options::FullDocument::kUpdateLookup
                      : full == "whenAvailable" ? Options::FullDocument::kWhenAvailable
                      : full == "required"      ? Options::FullDocument::kRequired
                                                : Options::FullDocument::kDefault;
  const std::string before =
      config.choice("fullDocumentBeforeChange", {"off", "whenAvailable", "required"}, "off");
  out.full_document_before_change = before == "whenAvailable"
                                        ? Options::BeforeChange::kWhenAvailable
                                    : before == "required" ? Options::BeforeChange::kRequired
                                                           : Options::BeforeChange::kOff;
  out.look_up = config.choice("lookups", {"batched", "server"}, "batched") == "server"
                    ? Options::LookUp::kServer
                    : Options::LookUp::kBatched;
  out.show_expanded_events = config.flag("showExpandedEvents", false);
  out.pipeline = config.array("pipeline");
  Result<StartPoint> start = parse_start_at(config.text("startAt"));
  if (start.is_ok()) {
    out.start_at = *std::move(start);
  } else {
    config.fail(std::move(start).error());
  }
  out.on_history_lost = config.choice("onHistoryLost", {"stop", "resync"}, "stop") == "resync"
                            ? Options::OnHistoryLost::kResync
                            : Options::OnHistoryLost::kStop;
  out.streams = static_cast<int>(config.integer("parallelism", 1, 1, 64));
  out.split = config.choice("splitBy", {"key", "collection"}, "key") == "collection"
                  ? StreamSplit::kByCollection
                  : StreamSplit::kByKey;
  out.until_caught_up = config.flag("untilCaughtUp", false);
  out.connection.read_preference = config.choice(
      "readPreference",
      {"", "primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"}, "");
  out.scope.include_system = config.flag("includeSystem", false);
  if (Status status = config.finish(); !status.is_ok()) stage.fail(std::move(status));
}

void read_initial_sync(const Document& document, Options& out, OptionReader& stage) {
  OptionReader sync(document, "$source.initialSync");
  out.copy = sync.flag("enable", false);
  out.changes = !sync.flag("only", false);
  out.copy_parallelism = static_cast<int>(sync.integer("parallelism", 3, 1, 64));
  out.query = sync.document("query");
  out.documents_per_second_max =
      static_cast<uint64_t>(sync.integer("maxDocsPerSecond", 0, 0, INT64_MAX));
  out.bytes_per_second_max = sync.size("maxBytesPerSecond", 0);
  if (!out.copy && !out.changes) {
    sync.fail(Status(Code::kInvalidArgument, "a source that only copies must have the copy enabled")
                  .with("option", "enable"));
  }
  if (Status status = sync.finish(); !status.is_ok()) stage.fail(std::move(status));
}

/// What decides which records come, in one text; how fast they are read does not belong to it.
std::string scope_identity(const Options& options) {
  std::string out = "mongodb\n" + options.scope.db;
  for (const std::string& name : options.scope.collections) out.append("\n+").append(name);
  for (const std::string& name : options.scope.exclude) out.append("\n-").append(name);
  out.append(options.copy ? "\ncopy" : "").append(options.changes ? "\nchanges" : "");
  out.append(options.scope.include_system ? "\nsystem" : "")
      .append(options.show_expanded_events ? "\nexpanded" : "");
  out += "\nfull " + std::to_string(static_cast<int>(options.full_document));
  out += "\nbefore " + std::to_string(static_cast<int>(options.full_document_before_change));
  out.append("\n").append(options.query.bytes()).append(options.pipeline.bytes());
  return out;
}

/// True when two lists `host:port,host:port` name a server in common, as far as the names tell.
bool share_a_host(std::string_view one, std::string_view other) {
  const auto hosts = [](std::string_view list) {
    std::set<std::string> out;
    while (!list.empty()) {
      const size_t end = std::min(list.find(','), list.size());
      std::string host(list.substr(0, end));
      if (host.find(':') == std::string::npos) host += ":27017";
      out.insert(std::move(host));
      list.remove_prefix(std::min(end + 1, list.size()));
    }
    return out;
  };
  const std::set<std::string> others = hosts(other);
  const std::set<std::string> ones = hosts(one);
  return std::any_of(ones.begin(), ones.end(),
                     [&](const std::string& host) { return others.contains(host); });
}

Status leave_out_state(const PlanContext& context, Options& mongo) {
  if (!context.mongo_state) return Status::ok();
  const MongoStateUrl& state = *context.mongo_state;
  INLET_ASSIGN_OR_RETURN(const ConnectionString uri,
                         resolve_connection_string(mongo.connection.uri, SecretReader::system()));
  if (!share_a_host(uri.hosts, state.hosts)) return Status::ok();
  if (!NamespaceFilter(mongo.scope).includes(state.db, state.collection)) return Status::ok();
  mongo.scope.exclude.push_back(state.full_name());
  return Status::ok();
}

}  // namespace

Result<ParsedSource> parse_source_stage(DocumentView options, const PlanContext& context) {
  OptionReader stage(options, "$source");
  const std::string connection_name = stage.required_text("connectionName");
  Options mongo;
  mongo.scope.db = stage.text("db");
  mongo.scope.collections = stage.texts("coll");
  mongo.scope.exclude = stage.texts("exclude");
  read_config(stage.document("config"), mongo, stage);
  read_initial_sync(stage.document("initialSync"), mongo, stage);
  INLET_RETURN_IF_ERROR(stage.finish());
  INLET_ASSIGN_OR_RETURN(mongo.connection.uri, connection_url(context, connection_name, "$source"));

  ParsedSource parsed;
  parsed.scope = scope_identity(mongo);
  parsed.copies_only = !mongo.changes;
  parsed.spans_databases = mongo.scope.db.empty();
  parsed.is_one_collection = !NamespaceFilter(mongo.scope).single_collection().empty();
  INLET_RETURN_IF_ERROR(leave_out_state(context, mongo));
  parsed.make_source = [mongo, clock = context.clock]() -> Result<std::unique_ptr<Source>> {
    INLET_ASSIGN_OR_RETURN(std::unique_ptr<MongoSource> source, MongoSource::create(mongo, *clock));
    return std::unique_ptr<Source>(std::move(source));
  };
  return parsed;
}

}  // namespace inlet
