#pragma once

#include <vector>

#include "base/result.h"
#include "connection/mongo/mongo_client.h"
#include "source/mongo/namespace_filter.h"
#include "source/mongo/source_plan.h"
#include "stream/cluster_time.h"

namespace inlet {

/// What the server at hand is, and what time it is there.
struct Deployment {
  bool is_replica_set = false;
  bool is_sharded = false;
  int wire_version = 0;
  /// Newest operation known. On a standalone server, which has none: its wall clock.
  ClusterTime operation_time;

  bool has_expanded_events() const { return wire_version >= 17; }     ///< 6.0
  bool has_split_large_events() const { return wire_version >= 21; }  ///< 7.0
  bool has_change_streams() const { return is_replica_set || is_sharded; }
};

Result<Deployment> describe_deployment(MongoClient& client);

/// The collections of the scope as they stand, in order of their names.
Result<std::vector<PlannedCollection>> list_collections(MongoClient& client,
                                                        const NamespaceFilter& filter);

/// The databases that the scope may touch: its own, or all but admin, local and config.
Result<std::vector<std::string>> list_databases(MongoClient& client, const NamespaceFilter& filter);

/// The present name of the collection with `uuid`, looked for under `name` first; empty when it was
/// dropped.
Result<std::string> name_of_collection(MongoClient& client, const std::string& db,
                                       const std::string& name, const std::string& uuid);

/// Sizes as the server's statistics give them, without a scan.
struct CollectionSize {
  uint64_t documents = 0;
  uint64_t bytes = 0;
  uint64_t average_bytes() const { return documents == 0 ? 0 : bytes / documents; }
};
Result<CollectionSize> size_of_collection(MongoClient& client, const Namespace& ns);

}  // namespace inlet
