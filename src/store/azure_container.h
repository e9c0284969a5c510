#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/azure_url.h"

namespace arrow::fs {
class FileSystem;
}
namespace arrow::io {
class OutputStream;
class RandomAccessFile;
}  // namespace arrow::io

namespace inlet {

/// One container's part below a prefix, call by call: what Arrow's file system asks to be handled
/// with care is handled here. Paths are below the prefix. Errors: as `azure_failure` has them.
/// Threads: any, at once.
class AzureContainer {
 public:
  struct Entry {
    std::string path;
    uint64_t bytes = 0;
    bool is_folder = false;
  };

  static Result<std::shared_ptr<AzureContainer>> open(const AzureLocation& location);
  ~AzureContainer();

  /// Shows an empty object at once, whatever was there: only for names that nobody reads.
  Result<std::shared_ptr<arrow::io::OutputStream>> open_output(const std::string& path);
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> open_input(const std::string& path);
  Result<std::optional<Entry>> find(const std::string& path);
  /// What lies right in the folder ("" = all), unsorted. A missing folder is empty.
  Result<std::vector<Entry>> list_folder(const std::string& folder);
  /// Gives the object `from` the name `to`, or copies it there where the account cannot: true when
  /// `from` is still there and must be removed. A missing `from` is kNotFound.
  Result<bool> rename_or_copy(const std::string& from, const std::string& to);
  /// A missing object is success. Four requests; leaves a mark of the folder behind.
  Status remove(const std::string& path);
  /// Removes all below a folder. A missing one is success. Two requests for a small one.
  Status remove_folder(const std::string& folder);

 private:
  AzureContainer(std::shared_ptr<arrow::fs::FileSystem> files, const AzureLocation& location);
  std::string full(const std::string& path) const;
  /// Nothing when the account cannot do it: it has no hierarchical namespace.
  std::optional<Status> rename(const std::string& from, const std::string& to);
  Status copy(const std::string& from, const std::string& to);
  Status check_container();

  const std::shared_ptr<arrow::fs::FileSystem> files_;
  const std::string container_;
  const std::string root_;            ///< Container and prefix.
  std::atomic<bool> is_flat_{false};  ///< Known from the first move on.
  std::atomic<bool> container_seen_{false};
};

}  // namespace inlet
