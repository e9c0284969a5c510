#include "store/azure_object_store.h"

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <cstring>

#include "store/azure_block_upload.h"
#include "store/azure_container.h"
#include "store/azure_failure.h"
#include "store/azure_url.h"
#include "store/object_path.h"

namespace inlet {
namespace {

constexpr std::string_view kPassingName = "/data";

std::string_view name_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

/// Objects that do not stay: staged ones, and those that are being written.
bool is_passing(std::string_view path) {
  return path.starts_with(kStagingFolder) || is_unfinished(std::string(name_of(path)));
}

/// Where the object lies. Arrow removes a folder with two requests, and an object with four, among
/// them a lease that outlives a crash, and leaves a mark of the folder: so what does not stay has a
/// folder of its own.
std::string place_of(const std::string& path) {
  return is_passing(path) ? path + std::string(kPassingName) : path;
}

Status remove_object(AzureContainer& container, const std::string& path) {
  return is_passing(path) ? container.remove_folder(path) : container.remove(path);
}

Status move_object(AzureContainer& container, const std::string& from, const std::string& to) {
  if (from == to) {
    INLET_ASSIGN_OR_RETURN(const auto there, container.find(place_of(from)));
    return there ? Status::ok()
                 : Status(Code::kNotFound, "cannot move").with("path", from).with("to", to);
  }
  INLET_ASSIGN_OR_RETURN(const bool remains,
                         container.rename_or_copy(place_of(from), place_of(to)));
  return remains || is_passing(from) ? remove_object(container, from) : Status::ok();
}

std::string without_last_slash(std::string folder) {
  if (folder.ends_with('/')) folder.pop_back();
  return folder;
}

class AzureWriter final : public ObjectWriter {
 public:
  static Result<std::unique_ptr<AzureWriter>> open(std::shared_ptr<AzureContainer> container,
                                                   const std::string& path) {
    const bool in_place = path.starts_with(kStagingFolder);
    const std::string written = in_place ? path : unfinished_path(path);
    INLET_ASSIGN_OR_RETURN(std::shared_ptr<arrow::io::OutputStream> stream,
                           container->open_output(place_of(written)));
    return std::unique_ptr<AzureWriter>(
        new AzureWriter(std::move(container), path, written, std::move(stream)));
  }

  ~AzureWriter() override {
    // After a failure the service may be away: the next start removes what is left.
    if (is_finished_ || upload_.has_failed()) return;
    const Status removed = remove_object(*container_, written_);
    static_cast<void>(removed);  // As above.
  }

  Status append(std::string_view bytes) override { return upload_.append(bytes); }

  Status finish() override {
    INLET_RETURN_IF_ERROR(upload_.finish());
    if (written_ != path_) INLET_RETURN_IF_ERROR(move_object(*container_, written_, path_));
    is_finished_ = true;
    return Status::ok();
  }

 private:
  AzureWriter(std::shared_ptr<AzureContainer> container, std::string path, std::string written,
              std::shared_ptr<arrow::io::OutputStream> stream)
      : container_(std::move(container)),
        path_(std::move(path)),
        written_(std::move(written)),
        upload_(std::move(stream), path_) {}

  const std::shared_ptr<AzureContainer> container_;
  const std::string path_;
  const std::string written_;  ///< Where the bytes go until they are whole.
  AzureBlockUpload upload_;
  bool is_finished_ = false;
};

/// Asks the service for larger pieces than its caller asks for.
class AzureReader final : public ObjectReader {
 public:
  static constexpr size_t kPieceBytes = 4 << 20;

  static Result<std::unique_ptr<AzureReader>> open(AzureContainer& container,
                                                   const std::string& path) {
    INLET_ASSIGN_OR_RETURN(std::shared_ptr<arrow::io::RandomAccessFile> file,
                           container.open_input(place_of(path)));
    int64_t size = 0;
    std::shared_ptr<const arrow::KeyValueMetadata> metadata;
    INLET_RETURN_IF_ERROR(try_azure("cannot read", path, [&] {
      ARROW_ASSIGN_OR_RAISE(size, file->GetSize());
      return file->ReadMetadata().Value(&metadata);
    }));
    std::string version =
        metadata == nullptr ? std::string() : metadata->Get("ETag").ValueOr(std::string());
    return std::unique_ptr<AzureReader>(
        new AzureReader(std::move(file), path, static_cast<uint64_t>(size), std::move(version)));
  }

  uint64_t size() const override { return size_; }
  const std::string& version() const { return version_; }

  Result<size_t> read(char* buffer, size_t size) override {
    if (taken_ == piece_.size() && size >= kPieceBytes) return fetch(buffer, size);
    if (taken_ == piece_.size()) {
      piece_.resize(std::min<uint64_t>(kPieceBytes, size_ - fetched_));
      taken_ = 0;
      Result<size_t> got = fetch(piece_.data(), piece_.size());
      piece_.resize(got.value_or(0));
      INLET_RETURN_IF_ERROR(got.status());
    }
    const size_t given = std::min(size, piece_.size() - taken_);
    std::memcpy(buffer, piece_.data() + taken_, given);
    taken_ += given;
    return given;
  }

 private:
  AzureReader(std::shared_ptr<arrow::io::RandomAccessFile> file, std::string path, uint64_t size,
              std::string version)
      : file_(std::move(file)), path_(std::move(path)), size_(size), version_(std::move(version)) {}

  Result<size_t> fetch(char* buffer, size_t size) {
    int64_t got = 0;
    if (size == 0 || fetched_ == size_) return size_t{0};
    INLET_RETURN_IF_ERROR(try_azure("cannot read", path_, [&] {
      return file_->Read(static_cast<int64_t>(size), buffer).Value(&got);
    }));
    fetched_ += static_cast<uint64_t>(got);
    return static_cast<size_t>(got);
  }

  const std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const std::string path_;
  const uint64_t size_;
  const std::string version_;
  std::string piece_;
  size_t taken_ = 0;      ///< Of piece_.
  uint64_t fetched_ = 0;  ///< Of the object.
};

Result<std::string> read_all(AzureReader& reader) {
  std::string bytes(reader.size(), '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    INLET_ASSIGN_OR_RETURN(const size_t got,
                           reader.read(bytes.data() + filled, bytes.size() - filled));
    if (got == 0) break;
    filled += got;
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace

AzureObjectStore::AzureObjectStore(std::shared_ptr<AzureContainer> container,
                                   std::string description)
    : container_(std::move(container)), description_(std::move(description)) {}

AzureObjectStore::~AzureObjectStore() = default;

Result<std::shared_ptr<AzureObjectStore>> AzureObjectStore::open(std::string_view url,
                                                                 const SecretReader& reader) {
  INLET_ASSIGN_OR_RETURN(const AzureLocation location, parse_azure_url(url, reader));
  INLET_ASSIGN_OR_RETURN(std::shared_ptr<AzureContainer> container, AzureContainer::open(location));
  return std::shared_ptr<AzureObjectStore>(
      new AzureObjectStore(std::move(container), location.description()));
}

Result<std::unique_ptr<ObjectWriter>> AzureObjectStore::open_writer(const std::string& path) {
  INLET_RETURN_IF_ERROR(check_object_path(path));
  INLET_ASSIGN_OR_RETURN(std::unique_ptr<AzureWriter> writer, AzureWriter::open(container_, path));
  return std::unique_ptr<ObjectWriter>(std::move(writer));
}

Result<std::unique_ptr<ObjectReader>> AzureObjectStore::open_reader(const std::string& path) {
  INLET_RETURN_IF_ERROR(check_object_path(path));
  INLET_ASSIGN_OR_RETURN(std::unique_ptr<AzureReader> reader, AzureReader::open(*container_, path));
  return std::unique_ptr<ObjectReader>(std::move(reader));
}

Status AzureObjectStore::put(const std::string& path, std::string_view bytes) {
  INLET_ASSIGN_OR_RETURN(const std::unique_ptr<ObjectWriter> writer, open_writer(path));
  INLET_RETURN_IF_ERROR(writer->append(bytes));
  return writer->finish();
}

Result<std::string> AzureObjectStore::get(const std::string& path) {
  INLET_RETURN_IF_ERROR(check_object_path(path));
  // The bytes are asked for after the size: in between, another version may have come.
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    INLET_ASSIGN_OR_RETURN(const std::unique_ptr<AzureReader> reader,
                           AzureReader::open(*container_, path));
    Result<std::string> bytes = read_all(*reader);
    INLET_ASSIGN_OR_RETURN(const std::unique_ptr<AzureReader> after,
                           AzureReader::open(*container_, path));
    if (reader->version() == after->version()) return bytes;
  }
  return Status(Code::kUnavailable, "the object is replaced faster than it can be read")
      .with("path", path);
}

Result<std::optional<ObjectInfo>> AzureObjectStore::info(const std::string& path) {
  INLET_RETURN_IF_ERROR(check_object_path(path));
  INLET_ASSIGN_OR_RETURN(const std::optional<AzureContainer::Entry> found,
                         container_->find(place_of(path)));
  if (!found) return std::optional<ObjectInfo>();
  return std::optional(ObjectInfo{path, found->bytes});
}

Result<std::vector<ObjectInfo>> AzureObjectStore::list(const std::string& prefix) {
  if (!prefix.empty()) INLET_RETURN_IF_ERROR(check_object_path(prefix));
  std::vector<ObjectInfo> objects;
  std::vector<std::string> folders = {without_last_slash(prefix)};
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    INLET_ASSIGN_OR_RETURN(const std::vector<AzureContainer::Entry> entries,
                           container_->list_folder(folder));
    for (const AzureContainer::Entry& entry : entries) {
      const bool is_staged = entry.path.starts_with(kStagingFolder);
      if (entry.is_folder) {
        if (!is_unfinished(std::string(name_of(entry.path)))) folders.push_back(entry.path);
      } else if (!is_staged) {
        objects.push_back({entry.path, entry.bytes});
      } else if (entry.path.ends_with(kPassingName)) {
        objects.push_back({folder, entry.bytes});
      }
    }
  }
  std::sort(objects.begin(), objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.path < b.path; });
  return objects;
}

Status AzureObjectStore::move(const std::string& from, const std::string& to) {
  INLET_RETURN_IF_ERROR(check_object_path(from));
  INLET_RETURN_IF_ERROR(check_object_path(to));
  return move_object(*container_, from, to);
}

Status AzureObjectStore::remove(const std::string& path) {
  INLET_RETURN_IF_ERROR(check_object_path(path));
  return remove_object(*container_, path);
}

Status AzureObjectStore::remove_abandoned(const std::string& folder) {
  INLET_ASSIGN_OR_RETURN(const std::vector<AzureContainer::Entry> entries,
                         container_->list_folder(without_last_slash(folder)));
  for (const AzureContainer::Entry& entry : entries) {
    if (entry.is_folder && is_abandoned(std::string(name_of(entry.path))))
      INLET_RETURN_IF_ERROR(container_->remove_folder(entry.path));
  }
  return Status::ok();
}

}  // namespace inlet
