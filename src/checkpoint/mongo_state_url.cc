#include "checkpoint/mongo_state_url.h"

#include <algorithm>

#include "base/percent_encoding.h"
#include "checkpoint/lease.h"

namespace inlet {
namespace {

constexpr std::chrono::milliseconds kLeaseLife{15'000};
constexpr std::string_view kCollection = "inlet_state";

}  // namespace

Result<MongoStateUrl> take_mongo_state(ConnectionString& uri) {
  MongoStateUrl out{uri.hosts, percent_decode(uri.database), std::string(kCollection), kLeaseLife};
  uri.database.clear();
  if (const size_t dot = out.db.find('.'); dot != std::string::npos) {
    out.collection = out.db.substr(dot + 1);
    out.db.resize(dot);
  }
  if (out.db.empty() || out.collection.empty()) {
    return Status(Code::kInvalidArgument, "the state's collection is not named")
        .with("hosts", uri.hosts)
        .with_hint("--state mongodb://HOST/DB.COLLECTION, or /DB for DB.inlet_state");
  }
  const auto is_ours = [](const auto& option) { return option.first == kLeaseLifeOption; };
  for (const auto& [name, value] : uri.options) {
    if (name == kLeaseLifeOption) {
      INLET_ASSIGN_OR_RETURN(out.lease_life, parse_lease_life(value));
    }
  }
  std::erase_if(uri.options, is_ours);
  return out;
}

Result<MongoStateUrl> parse_mongo_state_url(const std::string& url, const SecretReader& reader) {
  INLET_ASSIGN_OR_RETURN(ConnectionString uri, resolve_connection_string(url, reader));
  return take_mongo_state(uri);
}

}  // namespace inlet
