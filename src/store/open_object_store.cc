#include "store/open_object_store.h"

#include "base/nearest_name.h"
#include "base/secrets.h"
#include "store/azure_object_store.h"
#include "store/azure_url.h"
#include "store/local_object_store.h"

namespace inlet {

std::optional<std::string> local_folder(const std::string& url) {
  constexpr std::string_view kFile = "file://";
  if (url.starts_with(kFile)) return url.substr(kFile.size());
  if (url.find("://") == std::string::npos) return url;
  return std::nullopt;
}

Result<std::shared_ptr<ObjectStore>> open_object_store(const std::string& url) {
  if (const std::optional<std::string> folder = local_folder(url)) {
    if (folder->empty())
      return Status(Code::kInvalidArgument, "the lake's folder has no name").with("url", url);
    return std::shared_ptr<ObjectStore>(std::make_shared<LocalObjectStore>(*folder));
  }
  if (is_azure_url(url)) {
    INLET_ASSIGN_OR_RETURN(std::shared_ptr<AzureObjectStore> store,
                           AzureObjectStore::open(url, SecretReader::system()));
    return std::shared_ptr<ObjectStore>(std::move(store));
  }
  static constexpr std::string_view kKnown[] = {"file", "abfss", "abfs", "az", "https"};
  const std::string scheme = url.substr(0, url.find("://"));
  return Status(Code::kInvalidArgument, "unknown kind of store")
      .with("scheme", scheme)
      .with_hint(nearest_name_hint(scheme, kKnown));
}

std::string public_url(const std::string& url) {
  return local_folder(url) ? url : url.substr(0, url.find('?'));
}

}  // namespace inlet
