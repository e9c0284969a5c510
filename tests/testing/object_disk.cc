#include "testing/object_disk.h"

#include <algorithm>
#include <cstring>

namespace inlet::testing {
namespace {

Status missing(const std::string& path) {
  return Status(Code::kNotFound, "object does not exist").with("path", path);
}

class DiskWriter final : public ObjectWriter {
 public:
  DiskWriter(DiskStore& store, std::string path) : store_(store), path_(std::move(path)) {}
  Status append(std::string_view bytes) override {
    INLET_RETURN_IF_ERROR(store_.step("append"));
    bytes_ += bytes;
    return Status::ok();
  }
  Status finish() override {
    INLET_RETURN_IF_ERROR(store_.step("finish"));
    {
      std::scoped_lock lock(store_.disk().mutex);
      store_.disk().objects[path_] = std::move(bytes_);
    }
    return store_.step("finish:after");
  }

 private:
  DiskStore& store_;
  const std::string path_;
  std::string bytes_;
};

class DiskReader final : public ObjectReader {
 public:
  explicit DiskReader(std::string bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  Result<size_t> read(char* buffer, size_t size) override {
    const size_t got = std::min(size, bytes_.size() - at_);
    std::memcpy(buffer, bytes_.data() + at_, got);
    at_ += got;
    return got;
  }

 private:
  const std::string bytes_;
  size_t at_ = 0;
};

}  // namespace

Status DiskStore::change(const std::string& call, const std::function<Status()>& effect) {
  INLET_RETURN_IF_ERROR(step(call));
  {
    std::scoped_lock lock(disk_.mutex);
    INLET_RETURN_IF_ERROR(effect());
  }
  return step(call + ":after");
}

Result<std::unique_ptr<ObjectWriter>> DiskStore::open_writer(const std::string& path) {
  INLET_RETURN_IF_ERROR(step("open_writer"));
  return std::make_unique<DiskWriter>(*this, path);
}

Result<std::unique_ptr<ObjectReader>> DiskStore::open_reader(const std::string& path) {
  INLET_RETURN_IF_ERROR(step("open_reader"));
  std::scoped_lock lock(disk_.mutex);
  const auto found = disk_.objects.find(path);
  if (found == disk_.objects.end()) return missing(path);
  return std::make_unique<DiskReader>(found->second);
}

Status DiskStore::put(const std::string& path, std::string_view bytes) {
  return change("put", [&] {
    disk_.objects[path] = std::string(bytes);
    return Status::ok();
  });
}

Result<std::string> DiskStore::get(const std::string& path) {
  INLET_RETURN_IF_ERROR(step("get"));
  std::scoped_lock lock(disk_.mutex);
  const auto found = disk_.objects.find(path);
  if (found == disk_.objects.end()) return missing(path);
  return found->second;
}

Result<std::optional<ObjectInfo>> DiskStore::info(const std::string& path) {
  INLET_RETURN_IF_ERROR(step("info"));
  std::scoped_lock lock(disk_.mutex);
  const auto found = disk_.objects.find(path);
  if (found == disk_.objects.end()) return std::optional<ObjectInfo>();
  return std::optional(ObjectInfo{path, found->second.size()});
}

Result<std::vector<ObjectInfo>> DiskStore::list(const std::string& prefix) {
  INLET_RETURN_IF_ERROR(step("list"));
  std::scoped_lock lock(disk_.mutex);
  const std::string folder = prefix.empty() || prefix.back() == '/' ? prefix : prefix + "/";
  std::vector<ObjectInfo> out;
  for (const auto& [path, bytes] : disk_.objects) {
    if (path.starts_with(folder)) out.push_back({path, bytes.size()});
  }
  return out;
}

Status DiskStore::move(const std::string& from, const std::string& to) {
  return change("move", [&]() -> Status {
    const auto found = disk_.objects.find(from);
    if (found == disk_.objects.end()) return missing(from);
    std::string bytes = std::move(found->second);
    disk_.objects.erase(found);
    disk_.objects[to] = std::move(bytes);
    return Status::ok();
  });
}

Status DiskStore::remove(const std::string& path) {
  return change("remove", [&] {
    disk_.objects.erase(path);
    return Status::ok();
  });
}

}  // namespace inlet::testing
