#include "source/mongo/rights_check.h"

#include <utility>

#include "bson/builder.h"
#include "connection/mongo/mongo_cursor.h"
#include "source/mongo/change_stream_command.h"
#include "source/mongo/deployment.h"
#include "source/mongo/oplog_watch.h"
#include "source/mongo/plan_maker.h"

namespace inlet {
namespace {

using Verdict = Finding::Verdict;

constexpr std::chrono::milliseconds kPause{250};

std::string grant(std::string_view role, std::string_view db) {
  return "as an administrator: db.getSiblingDB(\"admin\").grantRolesToUser(USER, [{role: \"" +
         std::string(role) + "\", db: \"" + std::string(db) + "\"}])";
}

class Check {
 public:
  Check(const MongoSourceOptions& options, MongoConnection& connection)
      : options_(options), connection_(connection), filter_(options.scope) {}

  std::vector<Finding> run(Clock& clock) {
    if (!connect(clock)) return std::move(findings_);
    check_collections();
    if (options_.changes && check_deployment()) {
      check_stream();
      check_oplog();
    }
    return std::move(findings_);
  }

 private:
  void add(std::string what, const Status& status, std::string hint,
           Verdict if_failed = Verdict::kMissing) {
    if (hint.empty()) hint = status.is_ok() ? "" : std::string(status.hint());
    findings_.push_back({.what = std::move(what),
                         .verdict = status.is_ok() ? Verdict::kOk : if_failed,
                         .status = status,
                         .hint = status.is_ok() ? "" : std::move(hint)});
  }

  bool connect(Clock& clock) {
    const SteadyTime give_up_at = clock.steady_now() + options_.start_timeout;
    Status status;
    for (;;) {
      status = [&]() -> Status {
        MongoClient client = connection_.acquire();
        INLET_ASSIGN_OR_RETURN(deployment_, describe_deployment(client));
        return Status::ok();
      }();
      const bool passing = status.code() == Code::kUnavailable || status.code() == Code::kTimeout;
      if (!passing || clock.steady_now() >= give_up_at) break;
      if (!clock.sleep_for(kPause, std::stop_token())) break;
    }
    add("connection to " + connection_.hosts(), status, "");
    return status.is_ok();
  }

  std::string role_for_reading() const {
    return filter_.is_one_database() ? "read" : "readAnyDatabase";
  }
  std::string grant_for_reading() const {
    return grant(role_for_reading(), filter_.is_one_database() ? filter_.scope().db : "admin");
  }

  void check_collections() {
    MongoClient client = connection_.acquire();
    Result<std::vector<PlannedCollection>> collections = list_collections(client, filter_);
    const std::string scope = filter_.is_one_database() ? filter_.scope().db : "the cluster";
    add("list the collections of " + scope, collections.status(), grant_for_reading());
    if (!collections.is_ok() || !options_.copy) return;
    for (const PlannedCollection& collection : *collections) {
      add("read " + collection.ns.full(), read_one(client, collection.ns), grant_for_reading());
    }
  }

  static Status read_one(MongoClient& client, const Namespace& ns) {
    DocumentBuilder command;
    command.append_string("find", ns.collection)
        .append_int32("limit", 1)
        .append_bool("singleBatch", true);
    command.open_document("projection").append_int32("_id", 1).close();
    return MongoCursor::open(client, ns.db, command.finish()).status();
  }

  bool check_deployment() {
    const Status status = deployment_.has_change_streams()
                              ? Status::ok()
                              : Status(Code::kInvalidArgument, "change streams need a replica set");
    add("replica set", status,
        "start mongod with --replSet rs0 and run rs.initiate() once: one node is enough");
    return status.is_ok();
  }

  void check_stream() {
    StreamPosition position;
    position.time = deployment_.operation_time;
    const ChangeStreamCommand open =
        change_stream_command(options_, filter_, deployment_, {}, position);
    MongoClient client = connection_.acquire();
    const std::string scope = filter_.is_one_database() ? filter_.scope().db : "the cluster";
    add("change stream of " + scope, MongoCursor::open(client, open.db, open.command).status(),
        grant_for_reading());
    if (options_.full_document_before_change != MongoSourceOptions::BeforeChange::kOff)
      check_pre_images(client);
  }

  void check_pre_images(MongoClient& client) {
    const Result<std::vector<PlannedCollection>> collections = list_collections(client, filter_);
    if (!collections.is_ok()) return;
    const bool required =
        options_.full_document_before_change == MongoSourceOptions::BeforeChange::kRequired;
    for (const PlannedCollection& collection : *collections) {
      if (collection.kind != PlannedCollection::Kind::kCollection) continue;
      const Status status = collection.has_pre_images
                                ? Status::ok()
                                : Status(Code::kNotFound, "collection keeps no pre-images");
      add("pre-images of " + collection.ns.full(), status,
          "db.runCommand({collMod: \"" + collection.ns.collection +
              "\", changeStreamPreAndPostImages: {enabled: true}})",
          required ? Verdict::kMissing : Verdict::kReduced);
    }
  }

  void check_oplog() {
    MongoClient client = connection_.acquire();
    Status status = read_oplog_window(client).status();
    // A router has no oplog; the shards have theirs.
    if (deployment_.is_sharded) return;
    add("read the oplog's length (to show its runway)", status, grant("read", "local"),
        Verdict::kReduced);
  }

  const MongoSourceOptions& options_;
  MongoConnection& connection_;
  const NamespaceFilter filter_;
  Deployment deployment_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_rights(const MongoSourceOptions& options, Clock& clock,
                                  SecretReader secrets) {
  Result<std::unique_ptr<MongoConnection>> connection =
      MongoConnection::open(options.connection, std::move(secrets));
  if (!connection.is_ok()) {
    const Status status = connection.status();
    return {{.what = "connection string",
             .verdict = Verdict::kMissing,
             .status = status,
             .hint = std::string(status.hint())}};
  }
  return Check(options, **connection).run(clock);
}

}  // namespace inlet
