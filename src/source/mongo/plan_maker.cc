#include "source/mongo/plan_maker.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "bson/builder.h"
#include "source/mongo/resume_token.h"

namespace inlet {
namespace {

std::string make_run_id(uint64_t seed) {
  Random random(seed);
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx",
                static_cast<unsigned long long>(random.below(UINT64_MAX)));
  return text.data();
}

/// Whether the server knows `$toHashedIndexKey`, which shares events out by key.
Result<bool> can_hash(MongoClient& client) {
  DocumentBuilder command;
  command.append_int32("aggregate", 1).open_array("pipeline");
  command.open_document("0")
      .open_array("$documents")
      .open_document("0")
      .append_int32("a", 1)
      .close()
      .close()
      .close();
  command.open_document("1").open_document("$project").open_document("h");
  command.append_string("$toHashedIndexKey", "$a").close().close().close();
  command.close().open_document("cursor").close();
  INLET_ASSIGN_OR_RETURN(const uint32_t server_id, client.select_server());
  const Result<MongoReply> reply = client.run("admin", command.finish(), {.server_id = server_id});
  if (reply.is_ok()) return true;
  if (reply.status().code() == Code::kUnavailable || reply.status().code() == Code::kTimeout)
    return reply.status();
  return false;
}

/// Tells of each name in the scope that nothing has. A dump that has nothing to dump fails: nobody
/// reads the warnings of a job that ends well. A sync waits for what is to come.
Status check_scope(const PlanRequest& request, const std::vector<PlannedCollection>& found) {
  const NamespaceScope& scope = request.filter.scope();
  constexpr std::string_view kHint = "is the name right? names are case-sensitive";
  if (found.empty() && !request.options.changes &&
      !(scope.db.empty() && scope.collections.empty())) {
    return Status(Code::kNotFound, "nothing to copy: no collection is in the scope")
        .with("database", scope.db.empty() ? "any" : scope.db)
        .with_hint(kHint);
  }
  if (found.empty()) {
    log::warning("no collection is in the scope yet",
                 {{"database", scope.db.empty() ? "any" : scope.db}, {"hint", kHint}});
    return Status::ok();
  }
  for (const std::string& name : scope.collections) {
    const NamespaceFilter alone({.db = scope.db, .collections = {name}, .include_system = true});
    const bool is_there = std::ranges::any_of(found, [&](const PlannedCollection& collection) {
      return alone.includes(collection.ns.db, collection.ns.collection);
    });
    if (!is_there)
      log::warning("no collection has this name", {{"collection", name}, {"hint", kHint}});
  }
  return Status::ok();
}

}  // namespace

Result<SourcePlan> make_plan(MongoClient& client, const PlanRequest& request) {
  const MongoSourceOptions& options = request.options;
  SourcePlan plan;
  plan.run_id = make_run_id(request.seed);
  plan.start_time = request.deployment.operation_time;
  plan.copy = request.copy;
  plan.streams = options.changes ? std::max(1, options.streams) : 0;
  if (plan.streams > 1) {
    INLET_ASSIGN_OR_RETURN(const bool hashes, can_hash(client));
    plan.split = hashes ? options.split : StreamSplit::kNone;
    if (!hashes) {
      log::warning("one change stream only: this server cannot share events out by a hash", {});
      plan.streams = 1;
    }
  }
  if (!request.copy) return plan;
  INLET_ASSIGN_OR_RETURN(std::vector<PlannedCollection> found,
                         list_collections(client, request.filter));
  INLET_RETURN_IF_ERROR(check_scope(request, found));
  for (PlannedCollection& collection : found) {
    // A stream cannot follow these, so a copy beside one would be stale from its first minute.
    if (options.changes && collection.kind != PlannedCollection::Kind::kCollection) {
      log::warning("left out: views and time-series collections have no change stream",
                   {{"collection", collection.ns.full()}});
      continue;
    }
    plan.collections.push_back(std::move(collection));
  }
  return plan;
}

StreamPosition first_stream_position(const MongoSourceOptions& options, const SourcePlan& plan) {
  StreamPosition position;
  position.time = plan.start_time;
  if (plan.copy || options.copy) return position;
  switch (options.start_at.kind) {
    case StartPoint::Kind::kNow:
      ++position.time.increment;  // The start is inclusive, and what is there already is not news.
      break;
    case StartPoint::Kind::kOperationTime:
      position.time = options.start_at.time;
      break;
    case StartPoint::Kind::kToken:
      position.token = options.start_at.token;
      position.time = time_of_token(position.token);
      position.after_event = true;
      break;
  }
  return position;
}

}  // namespace inlet
