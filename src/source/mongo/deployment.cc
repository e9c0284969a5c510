#include "source/mongo/deployment.h"

#include <algorithm>
#include <array>

#include "bson/builder.h"
#include "connection/mongo/mongo_cursor.h"

namespace inlet {
namespace {

constexpr std::array<std::string_view, 3> kInternalDatabases = {"admin", "local", "config"};

std::string uuid_of(DocumentView collection) {
  const Value uuid = collection.at_path("info.uuid");
  return uuid.type() == BsonType::kBinary ? std::string(uuid.as_binary()) : std::string();
}

PlannedCollection::Kind kind_of(DocumentView collection) {
  const std::string_view type = collection["type"].as_string_if().value_or("collection");
  if (type == "view") return PlannedCollection::Kind::kView;
  return type == "timeseries" ? PlannedCollection::Kind::kTimeSeries
                              : PlannedCollection::Kind::kCollection;
}

/// Calls `visit` for each collection that `filter` (a condition on listCollections) lets through.
template <class Visit>
Status visit_collections(MongoClient& client, const std::string& db, DocumentView filter,
                         Visit visit) {
  DocumentBuilder command;
  command.append_int32("listCollections", 1);
  if (!filter.is_empty()) command.append_document("filter", filter);
  command.open_document("cursor").close();
  INLET_ASSIGN_OR_RETURN(MongoCursor cursor, MongoCursor::open(client, db, command.finish()));
  while (cursor.has_more()) {
    INLET_ASSIGN_OR_RETURN(const MongoPage page, cursor.next());
    for (const Element& element : page.documents) visit(element.value.as_document());
  }
  return Status::ok();
}

}  // namespace

Result<Deployment> describe_deployment(MongoClient& client) {
  INLET_ASSIGN_OR_RETURN(const uint32_t server_id, client.select_server());
  DocumentBuilder command;
  command.append_int32("hello", 1);
  INLET_ASSIGN_OR_RETURN(const MongoReply reply,
                         client.run("admin", command.finish(), {.server_id = server_id}));
  const DocumentView hello = reply.view();
  Deployment deployment;
  deployment.is_replica_set = hello["setName"].is_string();
  deployment.is_sharded = hello["msg"].as_string_if() == "isdbgrid";
  deployment.wire_version = static_cast<int>(hello["maxWireVersion"].as_integer_if().value_or(0));
  if (hello["operationTime"].type() == BsonType::kTimestamp) {
    deployment.operation_time = ClusterTime::from_bson(hello["operationTime"].as_timestamp());
  } else if (hello["localTime"].type() == BsonType::kDate) {
    deployment.operation_time = {static_cast<uint32_t>(hello["localTime"].as_date_ms() / 1000), 1};
  }
  return deployment;
}

Result<std::vector<std::string>> list_databases(MongoClient& client,
                                                const NamespaceFilter& filter) {
  if (filter.is_one_database()) return std::vector<std::string>{filter.scope().db};
  INLET_ASSIGN_OR_RETURN(const uint32_t server_id, client.select_server());
  DocumentBuilder command;
  command.append_int32("listDatabases", 1).append_bool("nameOnly", true);
  // Else a user without the right gets a shorter list, and a copy of the cluster would be one of a
  // part.
  command.append_bool("authorizedDatabases", false);
  INLET_ASSIGN_OR_RETURN(const MongoReply reply,
                         client.run("admin", command.finish(), {.server_id = server_id}));
  std::vector<std::string> names;
  const Value databases = reply.view()["databases"];
  if (!databases.is_array()) return names;
  for (const Element& element : databases.as_document()) {
    const std::string_view name = element.value.as_document()["name"].as_string_if().value_or("");
    const bool internal = std::find(kInternalDatabases.begin(), kInternalDatabases.end(), name) !=
                          kInternalDatabases.end();
    if (!name.empty() && !internal) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<PlannedCollection>> list_collections(MongoClient& client,
                                                        const NamespaceFilter& filter) {
  INLET_ASSIGN_OR_RETURN(const std::vector<std::string> databases, list_databases(client, filter));
  std::vector<PlannedCollection> collections;
  for (const std::string& db : databases) {
    const Status listed = visit_collections(client, db, DocumentView(), [&](DocumentView found) {
      const std::string_view name = found["name"].as_string_if().value_or("");
      if (!filter.includes(db, name)) return;
      const Value pre_images = found.at_path("options.changeStreamPreAndPostImages.enabled");
      collections.push_back({.ns = {db, std::string(name)},
                             .uuid = uuid_of(found),
                             .kind = kind_of(found),
                             .has_pre_images = pre_images.truthy()});
    });
    if (!listed.is_ok()) return Status(listed).with("database", db);
  }
  std::sort(collections.begin(), collections.end(),
            [](const PlannedCollection& a, const PlannedCollection& b) { return a.ns < b.ns; });
  return collections;
}

Result<std::string> name_of_collection(MongoClient& client, const std::string& db,
                                       const std::string& name, const std::string& uuid) {
  // By name the server finds a collection at once; a search by uuid goes through the whole
  // catalogue.
  DocumentBuilder by_name;
  by_name.append_string("name", name);
  bool unchanged = false;
  INLET_RETURN_IF_ERROR(visit_collections(client, db, by_name.finish(), [&](DocumentView found) {
    unchanged = unchanged || uuid_of(found) == uuid;
  }));
  if (unchanged) return name;
  DocumentBuilder by_uuid;
  by_uuid.append_binary("info.uuid", uuid, 4);
  std::string present;
  INLET_RETURN_IF_ERROR(visit_collections(client, db, by_uuid.finish(), [&](DocumentView found) {
    present = found["name"].as_string_if().value_or("");
  }));
  return present;
}

Result<CollectionSize> size_of_collection(MongoClient& client, const Namespace& ns) {
  DocumentBuilder command;
  command.append_string("aggregate", ns.collection);
  command.open_array("pipeline").open_document("0").open_document("$collStats");
  command.open_document("storageStats").close().close().close().close();
  command.open_document("cursor").close();
  INLET_ASSIGN_OR_RETURN(MongoCursor cursor, MongoCursor::open(client, ns.db, command.finish()));
  CollectionSize size;
  while (cursor.has_more()) {
    INLET_ASSIGN_OR_RETURN(const MongoPage page, cursor.next());
    for (const Element& element : page.documents) {  // One for each shard.
      const DocumentView stats = element.value.as_document();
      size.documents +=
          static_cast<uint64_t>(stats.at_path("storageStats.count").as_integer_if().value_or(0));
      size.bytes +=
          static_cast<uint64_t>(stats.at_path("storageStats.size").as_integer_if().value_or(0));
    }
  }
  return size;
}

}  // namespace inlet
