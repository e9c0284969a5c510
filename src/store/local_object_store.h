#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace inlet {

/// A folder of the machine. Objects are written beside their place, synced, renamed over it, and
/// the folder synced.
class LocalObjectStore final : public ObjectStore {
 public:
  explicit LocalObjectStore(std::filesystem::path root);

  std::string description() const override { return root_.string(); }
  Result<std::unique_ptr<ObjectWriter>> open_writer(const std::string& path) override;
  Result<std::unique_ptr<ObjectReader>> open_reader(const std::string& path) override;
  Status put(const std::string& path, std::string_view bytes) override;
  Result<std::string> get(const std::string& path) override;
  Result<std::optional<ObjectInfo>> info(const std::string& path) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override;
  Status move(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status remove_abandoned(const std::string& folder) override;

 private:
  /// The file of an object; refuses a path that would leave the root.
  Result<std::filesystem::path> file_of(const std::string& path) const;

  const std::filesystem::path root_;
};

}  // namespace inlet
