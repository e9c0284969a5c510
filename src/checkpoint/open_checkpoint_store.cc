#include "checkpoint/open_checkpoint_store.h"

#include "checkpoint/lake_checkpoint_store.h"
#include "checkpoint/local_checkpoint_store.h"
#include "checkpoint/mongo_checkpoint_store.h"
#include "store/open_object_store.h"

namespace inlet {
namespace {

bool is_mongo(std::string_view url) {
  return url.starts_with("mongodb://") || url.starts_with("mongodb+srv://");
}

/// The whole URL may be a secret's content; what kind it is shows only then.
Result<std::string> unwrap(const std::string& url) {
  return url.starts_with("${") ? resolve_references(url, SecretReader::system()) : url;
}

/// Takes `inletLeaseMs=…` out of a URL's query; gives its value, or nothing.
std::optional<std::string> take_lease_option(std::string& url) {
  const std::string wanted = std::string(kLeaseLifeOption) + "=";
  size_t at = url.find('?');
  while (at != std::string::npos) {
    const size_t end = url.find('&', at + 1);
    if (url.compare(at + 1, wanted.size(), wanted) == 0) {
      const size_t value = at + 1 + wanted.size();
      std::string out = url.substr(value, end == std::string::npos ? end : end - value);
      // The first option's '?' stays for the next one, if there is any.
      const bool is_first_of_more = url[at] == '?' && end != std::string::npos;
      url.erase(is_first_of_more ? at + 1 : at, end == std::string::npos ? end : end - at);
      return out;
    }
    at = end;
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<MongoStateUrl>> mongo_state_of(const std::string& url) {
  INLET_ASSIGN_OR_RETURN(const std::string resolved, unwrap(url));
  if (!is_mongo(resolved)) return std::optional<MongoStateUrl>();
  INLET_ASSIGN_OR_RETURN(MongoStateUrl out, parse_mongo_state_url(url, SecretReader::system()));
  return std::optional(std::move(out));
}

Result<std::unique_ptr<CheckpointStore>> open_checkpoint_store(const std::string& url,
                                                               const std::string& processor,
                                                               Clock& clock) {
  INLET_ASSIGN_OR_RETURN(std::string resolved, unwrap(url));
  if (is_mongo(resolved)) {
    INLET_ASSIGN_OR_RETURN(std::unique_ptr<MongoCheckpointStore> store,
                           MongoCheckpointStore::open(url, processor, clock));
    return std::unique_ptr<CheckpointStore>(std::move(store));
  }
  if (const std::optional<std::string> folder = local_folder(resolved)) {
    return std::unique_ptr<CheckpointStore>(
        std::make_unique<LocalCheckpointStore>(*folder, processor, clock));
  }
  std::chrono::milliseconds life = LakeCheckpointStore::Options().lease_life;
  if (const std::optional<std::string> text = take_lease_option(resolved)) {
    INLET_ASSIGN_OR_RETURN(life, parse_lease_life(*text));
  }
  Result<std::shared_ptr<ObjectStore>> lake = open_object_store(resolved);
  if (!lake.is_ok()) return std::move(lake).error().with("flag", "--state");
  return std::unique_ptr<CheckpointStore>(std::make_unique<LakeCheckpointStore>(
      *std::move(lake), processor, clock, LakeCheckpointStore::options_for(life)));
}

}  // namespace inlet
