#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/secrets.h"
#include "store/object_store.h"

namespace inlet {

class AzureContainer;

/// A container of Azure Storage, or what lies below a prefix of it.
///
/// Arrow shows an object empty from the moment it is opened for writing, so an object is written
/// beside its place and moved over it. What is written to the staging folder is written in place,
/// as `_staging/…/name/data`. Accounts with a hierarchical namespace move at once; on flat ones the
/// service copies. When an object is removed there, one of zero bytes whose name ends with '/'
/// stays behind as its folder.
class AzureObjectStore final : public ObjectStore {
 public:
  /// Makes no request. Errors: those of `parse_azure_url`; kInvalidArgument for a secret of the
  /// wrong form.
  static Result<std::shared_ptr<AzureObjectStore>> open(std::string_view url,
                                                        const SecretReader& reader);
  ~AzureObjectStore() override;

  std::string description() const override { return description_; }
  Result<std::unique_ptr<ObjectWriter>> open_writer(const std::string& path) override;
  Result<std::unique_ptr<ObjectReader>> open_reader(const std::string& path) override;
  Status put(const std::string& path, std::string_view bytes) override;
  /// One version of the object, also while it is replaced.
  Result<std::string> get(const std::string& path) override;
  Result<std::optional<ObjectInfo>> info(const std::string& path) override;
  /// One request for each folder.
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override;
  Status move(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status remove_abandoned(const std::string& folder) override;

 private:
  AzureObjectStore(std::shared_ptr<AzureContainer> container, std::string description);

  const std::shared_ptr<AzureContainer> container_;
  const std::string description_;
};

}  // namespace inlet
