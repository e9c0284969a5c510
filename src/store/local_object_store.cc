// A write ends in four steps, so that a crash at any moment leaves the old object or the new one,
// whole: write `.name.tmp-N` beside the place, fsync it, rename it over the place, fsync the
// folder.

#include "store/local_object_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <system_error>

#include "store/object_path.h"

namespace inlet {
namespace {

namespace fs = std::filesystem;

Status errno_status(std::string_view text, const fs::path& path, int error) {
  Code code = Code::kUnavailable;  // What is not known to be final is retried, never dropped.
  std::string_view hint;
  switch (error) {
    case ENOENT:
      code = Code::kNotFound;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = Code::kPermissionDenied;
      hint = "give this user the right to write there, or choose another folder";
      break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      code = Code::kResourceExhausted;
      hint =
          "the disk is full: free some space and start again; nothing that was published is lost";
      break;
    case ENOTDIR:
      code = Code::kInvalidArgument;
      hint = "a file stands where a folder is needed: choose another folder";
      break;
    case EISDIR:
    case ENAMETOOLONG:
    case EINVAL:
      code = Code::kInvalidArgument;
      break;
    default:
      break;
  }
  Status status = Status(code, text)
                      .with("path", path.string())
                      .with("error", std::generic_category().message(error));
  return hint.empty() ? status : std::move(status).with_hint(hint);
}

/// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

Status sync_folder(const fs::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open() || ::fsync(fd.get()) != 0)
    return errno_status("cannot sync the folder", folder, errno);
  return Status::ok();
}

/// Makes the folder and those above it, each durable.
Status make_folders(const fs::path& folder) {
  if (::access(folder.c_str(), F_OK) == 0) return Status::ok();
  const fs::path parent = folder.parent_path();
  if (!parent.empty() && parent != folder) INLET_RETURN_IF_ERROR(make_folders(parent));
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    return errno_status("cannot make the folder", folder, errno);
  return parent.empty() ? Status::ok() : sync_folder(parent);
}

/// The same, where that the folder has gone is as good.
Status sync_folder_if_there(const fs::path& folder) {
  Status status = sync_folder(folder);
  return status.code() == Code::kNotFound ? Status::ok() : status;
}

/// Makes the folder and then what `use` makes in it; both again while other threads, whose removals
/// prune empty folders, take it away in between.
Status make_in_folder(const fs::path& folder, const std::function<Status()>& use) {
  constexpr int kAttemptsMax = 100;
  for (int attempt = 1;; ++attempt) {
    Status status = make_folders(folder);
    if (status.is_ok()) status = use();
    if (status.code() != Code::kNotFound || attempt == kAttemptsMax) return status;
  }
}

/// The root without a slash or a dot at its end: the folders of objects are compared with it.
fs::path trimmed(fs::path root) {
  while ((!root.has_filename() || root.filename() == ".") && !root.parent_path().empty() &&
         root != root.root_path())
    root = root.parent_path();
  return root;
}

Status write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno_status("cannot write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return Status::ok();
}

/// Writes beside `target` and takes its place at `finish`.
class LocalWriter final : public ObjectWriter {
 public:
  static constexpr size_t kBufferBytes = 1 << 20;
  /// So much is handed to the disk at a time while writing goes on, so that the sync at the end is
  /// short.
  static constexpr int64_t kWriteBackBytes = 16 << 20;

  static Result<std::unique_ptr<LocalWriter>> open(const fs::path& target) {
    const fs::path temporary = unfinished_path(target.string());
    int fd = -1;
    INLET_RETURN_IF_ERROR(make_in_folder(target.parent_path(), [&] {
      fd = ::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
      return fd >= 0 ? Status::ok() : errno_status("cannot create the file", target, errno);
    }));
    return std::unique_ptr<LocalWriter>(new LocalWriter(target, temporary, fd));
  }

  ~LocalWriter() override {
    if (!finished_) ::unlink(temporary_.c_str());
  }

  Status append(std::string_view bytes) override {
    if (buffer_.size() + bytes.size() > kBufferBytes) INLET_RETURN_IF_ERROR(flush());
    if (bytes.size() >= kBufferBytes) return write(bytes);
    buffer_ += bytes;
    return Status::ok();
  }

  Status finish() override {
    INLET_RETURN_IF_ERROR(flush());
    if (::fsync(fd_.get()) != 0) return errno_status("cannot sync the file", target_, errno);
    if (::rename(temporary_.c_str(), target_.c_str()) != 0)
      return errno_status("cannot name the file", target_, errno);
    finished_ = true;
    return sync_folder(target_.parent_path());
  }

 private:
  LocalWriter(fs::path target, fs::path temporary, int fd)
      : target_(std::move(target)), temporary_(std::move(temporary)), fd_(fd) {}

  Status flush() {
    Status status = write(buffer_);
    buffer_.clear();
    return status;
  }

  Status write(std::string_view bytes) {
    INLET_RETURN_IF_ERROR(write_all(fd_.get(), bytes, target_));
    written_ += static_cast<int64_t>(bytes.size());
    if (written_ - handed_over_ >= kWriteBackBytes) {
      ::sync_file_range(fd_.get(), handed_over_, written_ - handed_over_, SYNC_FILE_RANGE_WRITE);
      handed_over_ = written_;
    }
    return Status::ok();
  }

  const fs::path target_;
  const fs::path temporary_;
  const Descriptor fd_;
  std::string buffer_;
  int64_t written_ = 0;
  int64_t handed_over_ = 0;
  bool finished_ = false;
};

class LocalReader final : public ObjectReader {
 public:
  LocalReader(fs::path path, int fd, uint64_t size)
      : path_(std::move(path)), fd_(fd), size_(size) {}
  uint64_t size() const override { return size_; }
  Result<size_t> read(char* buffer, size_t size) override {
    while (true) {
      const ssize_t got = ::read(fd_.get(), buffer, size);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return errno_status("cannot read", path_, errno);
    }
  }

 private:
  const fs::path path_;
  const Descriptor fd_;
  const uint64_t size_;
};

/// Adds the files below `folder`, in no order. What goes meanwhile is as if it had gone before.
Status list_folder(const fs::path& folder, const fs::path& root, std::vector<ObjectInfo>& out) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  while (!error && entry != fs::directory_iterator()) {
    std::error_code vanished;
    if (entry->symlink_status(vanished).type() == fs::file_type::directory) {
      INLET_RETURN_IF_ERROR(list_folder(entry->path(), root, out));
    } else if (entry->is_regular_file(vanished) &&
               !is_unfinished(entry->path().filename().string())) {
      const uint64_t bytes = entry->file_size(vanished);
      if (!vanished)
        out.push_back({entry->path().lexically_relative(root).generic_string(), bytes});
    }
    entry.increment(error);
  }
  if (!error || error.value() == ENOENT || error.value() == ENOTDIR) return Status::ok();
  return errno_status("cannot list", folder, error.value());
}

}  // namespace

LocalObjectStore::LocalObjectStore(fs::path root) : root_(trimmed(std::move(root))) {}

Result<fs::path> LocalObjectStore::file_of(const std::string& path) const {
  INLET_RETURN_IF_ERROR(check_object_path(path));
  return root_ / path;
}

Result<std::unique_ptr<ObjectWriter>> LocalObjectStore::open_writer(const std::string& path) {
  INLET_ASSIGN_OR_RETURN(const fs::path file, file_of(path));
  INLET_ASSIGN_OR_RETURN(std::unique_ptr<LocalWriter> writer, LocalWriter::open(file));
  return std::unique_ptr<ObjectWriter>(std::move(writer));
}

Result<std::unique_ptr<ObjectReader>> LocalObjectStore::open_reader(const std::string& path) {
  INLET_ASSIGN_OR_RETURN(const fs::path file, file_of(path));
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno_status("cannot open", file, errno);
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return Status(Code::kNotFound, "not a file").with("path", file.string());
  }
  return std::unique_ptr<ObjectReader>(
      std::make_unique<LocalReader>(file, fd, static_cast<uint64_t>(info.st_size)));
}

Status LocalObjectStore::put(const std::string& path, std::string_view bytes) {
  INLET_ASSIGN_OR_RETURN(std::unique_ptr<ObjectWriter> writer, open_writer(path));
  INLET_RETURN_IF_ERROR(writer->append(bytes));
  return writer->finish();
}

Result<std::string> LocalObjectStore::get(const std::string& path) {
  INLET_ASSIGN_OR_RETURN(std::unique_ptr<ObjectReader> reader, open_reader(path));
  std::string bytes(reader->size(), '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    INLET_ASSIGN_OR_RETURN(const size_t got,
                           reader->read(bytes.data() + filled, bytes.size() - filled));
    if (got == 0) break;
    filled += got;
  }
  bytes.resize(filled);
  return bytes;
}

Result<std::optional<ObjectInfo>> LocalObjectStore::info(const std::string& path) {
  INLET_ASSIGN_OR_RETURN(const fs::path file, file_of(path));
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<ObjectInfo>();
    return errno_status("cannot look at", file, errno);
  }
  if (!S_ISREG(found.st_mode)) return std::optional<ObjectInfo>();
  return std::optional(ObjectInfo{path, static_cast<uint64_t>(found.st_size)});
}

Result<std::vector<ObjectInfo>> LocalObjectStore::list(const std::string& prefix) {
  fs::path folder = root_;
  if (!prefix.empty()) {
    INLET_ASSIGN_OR_RETURN(folder, file_of(prefix));
  }
  std::vector<ObjectInfo> objects;
  INLET_RETURN_IF_ERROR(list_folder(folder, root_, objects));
  std::sort(objects.begin(), objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.path < b.path; });
  return objects;
}

Status LocalObjectStore::move(const std::string& from, const std::string& to) {
  INLET_ASSIGN_OR_RETURN(const fs::path source, file_of(from));
  INLET_ASSIGN_OR_RETURN(const fs::path target, file_of(to));
  struct stat found {};
  if (::stat(source.c_str(), &found) != 0) return errno_status("cannot move", source, errno);
  INLET_RETURN_IF_ERROR(make_in_folder(target.parent_path(), [&] {
    if (::rename(source.c_str(), target.c_str()) == 0) return Status::ok();
    return errno_status("cannot move", source, errno).with("to", target.string());
  }));
  INLET_RETURN_IF_ERROR(sync_folder_if_there(target.parent_path()));
  return source.parent_path() == target.parent_path() ? Status::ok()
                                                      : sync_folder_if_there(source.parent_path());
}

Status LocalObjectStore::remove_abandoned(const std::string& folder) {
  fs::path place = root_;
  if (!folder.empty()) {
    INLET_ASSIGN_OR_RETURN(place, file_of(folder));
  }
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(place, error)) {
    if (!is_abandoned(entry.path().filename().string())) continue;
    if (::unlink(entry.path().c_str()) != 0 && errno != ENOENT)
      return errno_status("cannot remove what a dead run has left", entry.path(), errno);
  }
  return Status::ok();
}

Status LocalObjectStore::remove(const std::string& path) {
  INLET_ASSIGN_OR_RETURN(const fs::path file, file_of(path));
  if (::unlink(file.c_str()) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? Status::ok()
                                               : errno_status("cannot remove", file, errno);
  }
  fs::path folder = file.parent_path();
  INLET_RETURN_IF_ERROR(sync_folder_if_there(folder));
  for (; folder != root_ && ::rmdir(folder.c_str()) == 0; folder = folder.parent_path()) {
  }
  return Status::ok();
}

}  // namespace inlet
