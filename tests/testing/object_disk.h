#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "store/object_store.h"

namespace inlet::testing {

/// What survives a crash: the objects of a store.
struct ObjectDisk {
  std::mutex mutex;
  std::map<std::string, std::string> objects;
};

/// A store over an ObjectDisk that can be told to fail.
///
/// The hook is called before each call that changes the disk ("put", "move", "remove", "finish",
/// "append"), and again with ":after" when it has had its effect; a failed status is the call's
/// answer. Reading calls are "get", "info", "list", "open_reader", before only. Threads: any; the
/// hook too must bear that.
class DiskStore final : public ObjectStore {
 public:
  using Hook = std::function<Status(const std::string& call)>;
  explicit DiskStore(ObjectDisk& disk, Hook hook = nullptr) : disk_(disk), hook_(std::move(hook)) {}

  std::string description() const override { return "memory"; }
  Result<std::unique_ptr<ObjectWriter>> open_writer(const std::string& path) override;
  Result<std::unique_ptr<ObjectReader>> open_reader(const std::string& path) override;
  Status put(const std::string& path, std::string_view bytes) override;
  Result<std::string> get(const std::string& path) override;
  Result<std::optional<ObjectInfo>> info(const std::string& path) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override;
  Status move(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;

  Status step(const std::string& call) const { return hook_ ? hook_(call) : Status::ok(); }
  ObjectDisk& disk() { return disk_; }

 private:
  Status change(const std::string& call, const std::function<Status()>& effect);
  ObjectDisk& disk_;
  const Hook hook_;
};

}  // namespace inlet::testing
