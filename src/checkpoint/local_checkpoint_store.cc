#include "checkpoint/local_checkpoint_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>
#include <vector>

#include "checkpoint/lease.h"

namespace inlet {
namespace {

constexpr std::string_view kPrefix = "checkpoint-";
constexpr size_t kKept = 2;

std::string file_name(uint64_t epoch) {
  // Zero-padded, so that listing order is epoch order.
  const std::string digits = std::to_string(epoch);
  return std::string(kPrefix) + std::string(20 - digits.size(), '0') + digits;
}

}  // namespace

LocalCheckpointStore::LocalCheckpointStore(const std::filesystem::path& folder,
                                           const std::string& processor, Clock& clock)
    : folder_(folder / processor), clock_(clock), files_(folder_) {}

LocalCheckpointStore::~LocalCheckpointStore() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

std::string LocalCheckpointStore::description() const {
  return folder_.string();
}

Result<uint64_t> LocalCheckpointStore::acquire() {
  std::scoped_lock lock(mutex_);
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    return Status(Code::kPermissionDenied, "cannot make the state folder")
        .with("folder", folder_.string())
        .with("error", error.message())
        .with_hint("choose a writable folder with --state");
  }
  const std::filesystem::path path = folder_ / "lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) {
    return Status(Code::kPermissionDenied, "cannot open the lock file")
        .with("file", path.string())
        .with("error", std::generic_category().message(errno));
  }
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    const Result<std::string> holder = files_.get("lock");
    return already_running(folder_.string(), holder.is_ok() ? *holder : "unknown");
  }
  const LeaseHolder self = LeaseHolder::this_process();
  const std::string holder =
      describe_holder(self.host, self.pid, clock_.wall_now().time_since_epoch().count());
  if (::ftruncate(fd, 0) != 0 || ::write(fd, holder.data(), holder.size()) < 0) {
    // Only the message of a second process would miss it.
  }
  lock_fd_ = fd;
  Result<uint64_t> fence = next_fence();
  if (!fence.is_ok()) {
    ::close(lock_fd_);
    lock_fd_ = -1;
    return fence;
  }
  fence_ = *fence;
  return fence_;
}

Result<uint64_t> LocalCheckpointStore::next_fence() {
  uint64_t last = 0;
  const Result<std::string> stored = files_.get("fence");
  if (stored.is_ok()) {
    const auto parsed = std::from_chars(stored->data(), stored->data() + stored->size(), last);
    if (parsed.ec != std::errc()) {
      return Status(Code::kCorruption, "the fence file is damaged")
          .with("file", (folder_ / "fence").string());
    }
  } else if (stored.error().code() != Code::kNotFound) {
    return stored.error();
  }
  INLET_RETURN_IF_ERROR(files_.put("fence", std::to_string(last + 1)));
  return last + 1;
}

Result<std::optional<Checkpoint>> LocalCheckpointStore::load() {
  INLET_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, files_.list(""));
  for (auto object = objects.rbegin(); object != objects.rend(); ++object) {
    if (!object->path.starts_with(kPrefix)) continue;
    INLET_ASSIGN_OR_RETURN(const std::string bytes, files_.get(object->path));
    Result<Checkpoint> checkpoint = decode_checkpoint(bytes);
    if (!checkpoint.is_ok())
      return std::move(checkpoint).error().with("file", (folder_ / object->path).string());
    std::scoped_lock lock(mutex_);
    last_epoch_ = checkpoint->epoch;
    return std::optional(*std::move(checkpoint));
  }
  return std::optional<Checkpoint>();
}

Status LocalCheckpointStore::store(const Checkpoint& checkpoint) {
  INLET_RETURN_IF_ERROR(verify_held());
  std::scoped_lock lock(mutex_);
  INLET_ASSERT(checkpoint.epoch >= last_epoch_);
  INLET_RETURN_IF_ERROR(files_.put(file_name(checkpoint.epoch), encode_checkpoint(checkpoint)));
  last_epoch_ = checkpoint.epoch;
  if (checkpoint.epoch <= kKept) return Status::ok();
  return files_.remove(file_name(checkpoint.epoch - kKept));
}

Status LocalCheckpointStore::verify_held() {
  std::scoped_lock lock(mutex_);
  return lock_fd_ >= 0
             ? Status::ok()
             : Status(Code::kCancelled, "the lease is not held").with("state", folder_.string());
}

Status LocalCheckpointStore::release() {
  std::scoped_lock lock(mutex_);
  if (lock_fd_ >= 0) ::close(lock_fd_);
  lock_fd_ = -1;
  return Status::ok();
}

}  // namespace inlet
