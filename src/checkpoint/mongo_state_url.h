#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "base/secrets.h"
#include "connection/mongo/connection_string.h"

namespace inlet {

/// Where in a MongoDB deployment the state lives, and how long a lease does.
struct MongoStateUrl {
  std::string hosts;  ///< As in the URL.
  std::string db;
  std::string collection;
  std::chrono::milliseconds lease_life;

  std::string full_name() const { return db + "." + collection; }
};

/// Takes out of `mongodb://HOST/DB.COLLECTION?inletLeaseMs=…` what is ours; what remains is the
/// client library's, whose login then stands in `admin` unless `authSource` says otherwise.
///
/// Without a collection it is `inlet_state`. The first dot divides: names of collections may hold
/// more of them. Errors: kInvalidArgument for a missing database and for a lease out of range.
Result<MongoStateUrl> take_mongo_state(ConnectionString& uri);

/// The same of a URL with references to secrets. Errors: those of the references too.
Result<MongoStateUrl> parse_mongo_state_url(const std::string& url, const SecretReader& reader);

}  // namespace inlet
