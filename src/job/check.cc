#include "job/check.h"

#include "bson/builder.h"
#include "checkpoint/open_checkpoint_store.h"
#include "connection/mongo/mongo_cursor.h"
#include "store/open_object_store.h"

namespace inlet {
namespace {

/// Opens a cursor and takes its first page: what a right is needed for.
Status try_cursor(MongoClient& client, const std::string& db, DocumentView command, Document* first = nullptr) {
  INLET_ASSIGN_OR_RETURN(MongoCursor cursor, MongoCursor::open(client, db, command));
  INLET_ASSIGN_OR_RETURN(const MongoPage page, cursor.next({.batch_size = 1, .await_time = std::chrono::milliseconds(1)}));
  if (first != nullptr) {
    const auto element = page.documents.begin();
    if (element != page.documents.end() && element->value.is_document()) *first = Document(element->value.as_document());
  }
  return Status::ok();
}

Status with_role(Status status, std::string_view role) {
  if (status.code() != Code::kPermissionDenied) return status;
  return Status(status.code(), status.text()).with("server", status.to_string()).with_hint("give this user the role " + std::string(role));
}

class SourceCheck {
 public:
  SourceCheck(MongoClient& client, const std::string& db, std::vector<CheckResult>& out) : client_(client), db_(db), out_(out) {}

  void run() {
    const std::string scope = db_.empty() ? "all databases" : "database " + db_;
    const std::string role = db_.empty() ? "readAnyDatabase (on admin)" : "read on " + db_;
    if (!check_replica_set()) return;
    out_.push_back({"list the collections of " + scope, with_role(list(), role)});
    out_.push_back({"read documents of " + scope, with_role(read(), role)});
    out_.push_back({"open a change stream on " + scope, with_role(watch(), role)});
    DocumentBuilder oplog;
    oplog.append_string("find", "oplog.rs").append_int32("limit", 1).append_int32("batchSize", 1);
    out_.push_back({"read the oplog's first entry (for the runway; without it the runway is unknown)",
                    with_role(try_cursor(client_, "local", oplog.finish()), "read on local"), false});
  }

 private:
  bool check_replica_set() {
    DocumentBuilder hello;
    hello.append_int32("hello", 1);
    const Result<MongoReply> reply = client_.run("admin", hello.finish());
    if (!reply.is_ok()) {
      out_.push_back({"reach MongoDB", reply.status()});
      return false;
    }
    out_.push_back({"reach MongoDB", Status::ok()});
    const DocumentView answer = reply->view();
    const bool has_streams = !answer["setName"].is_missing() || !answer["msg"].is_missing();  // A replica set, or mongos.
    out_.push_back({"is a replica set or a sharded cluster (change streams need one)",
                    has_streams ? Status::ok()
                                : Status(Code::kInvalidArgument, "this server is neither")
                                      .with_hint("start mongod with --replSet rs0 and run rs.initiate() once; snapshots work without")});
    return true;
  }

  Status list() {
    DocumentBuilder command;
    if (db_.empty()) {
      command.append_int32("listDatabases", 1).append_bool("nameOnly", true);
      return client_.run("admin", command.finish()).status();
    }
    command.append_int32("listCollections", 1).append_bool("nameOnly", true);
    Document first;
    const Status status = try_cursor(client_, db_, command.finish(), &first);
    const Value name = first["name"];
    if (name.is_string()) collection_ = name.as_string();
    return status;
  }

  Status read() {
    DocumentBuilder command;
    // Without a collection, one that is not there: the right is asked for all the same.
    command.append_string("find", collection_.empty() ? "inlet_check" : collection_).append_int32("limit", 1);
    command.open_document("readConcern").append_string("level", "majority").close();
    return try_cursor(client_, db_.empty() ? "test" : db_, command.finish());
  }

  Status watch() {
    DocumentBuilder command;
    command.append_int32("aggregate", 1).open_array("pipeline").open_document("0").open_document("$changeStream");
    if (db_.empty()) command.append_bool("allChangesForCluster", true);
    command.close().close().close().open_document("cursor").append_int32("batchSize", 0).close();
    return try_cursor(client_, db_.empty() ? "admin" : db_, command.finish());
  }

  MongoClient& client_;
  const std::string db_;
  std::vector<CheckResult>& out_;
  std::string collection_;
};

void check_source(const CheckOptions& options, std::vector<CheckResult>& out) {
  Result<std::unique_ptr<MongoConnection>> connection = MongoConnection::open({.uri = options.from});
  if (!connection.is_ok()) {
    out.push_back({"understand --from", connection.status()});
    return;
  }
  MongoClient client = (*connection)->acquire();
  SourceCheck(client, options.db, out).run();
}

Status try_store(ObjectStore& store) {
  const std::string path = "_staging/inlet-check/probe";
  const std::string moved = "_staging/inlet-check/moved";
  INLET_RETURN_IF_ERROR(store.put(path, "probe"));
  INLET_ASSIGN_OR_RETURN(const std::string bytes, store.get(path));
  if (bytes != "probe") return Status(Code::kCorruption, "what was read is not what was written");
  INLET_RETURN_IF_ERROR(store.move(path, moved));
  INLET_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> listed, store.list("_staging/inlet-check"));
  if (listed.size() != 1) return Status(Code::kCorruption, "a listing does not show what was written");
  return store.remove(moved);
}

void check_lake(const CheckOptions& options, std::vector<CheckResult>& out) {
  const Result<std::shared_ptr<ObjectStore>> store = open_object_store(options.to);
  if (!store.is_ok()) {
    out.push_back({"understand --to", store.status()});
    return;
  }
  out.push_back({"write, read, move, list and remove in " + (*store)->description(), try_store(**store)});
}

void check_state(const CheckOptions& options, Clock& clock, std::vector<CheckResult>& out) {
  Result<std::unique_ptr<CheckpointStore>> store = open_checkpoint_store(options.state, "inlet-check", clock);
  if (!store.is_ok()) {
    out.push_back({"understand --state", store.status()});
    return;
  }
  const Result<uint64_t> fence = (*store)->acquire();
  Status status = fence.status();
  if (status.is_ok()) status = (*store)->release();
  out.push_back({"hold a lease in " + (*store)->description(), status});
}

}  // namespace

std::vector<CheckResult> check_all(const CheckOptions& options, Clock& clock) {
  std::vector<CheckResult> out;
  if (!options.from.empty()) check_source(options, out);
  if (!options.to.empty()) check_lake(options, out);
  if (!options.state.empty()) check_state(options, clock, out);
  return out;
}

}  // namespace inlet
