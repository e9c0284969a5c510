#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace inlet {

struct ObjectInfo {
  std::string path;  ///< Relative to the store's root, '/' between parts, no leading '/'.
  uint64_t bytes = 0;
};

/// Writes one object front to back.
///
/// Threads: one. Destroying it without `finish` aborts: nothing becomes visible.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  /// Errors: kUnavailable, kTimeout: what was appended since creation is lost; begin anew with a
  /// new writer.
  virtual Status append(std::string_view bytes) = 0;
  /// Makes the object durable and visible as a whole, replacing one of that path.
  virtual Status finish() = 0;
};

/// Reads one object front to back or at an offset. Threads: one.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  virtual uint64_t size() const = 0;
  /// Up to `size` bytes from the current place into `buffer`; 0 at the end.
  virtual Result<size_t> read(char* buffer, size_t size) = 0;
};

/// The folder, right below a store's root, of objects that nobody but their writer reads until it
/// has moved them to their place. A store that cannot make an object appear at once may show one of
/// this folder empty or in part before `finish`: so it is uploaded once and not copied twice.
inline constexpr std::string_view kStagingFolder = "_staging/";

/// Named bytes in one root: a folder, a container with a prefix, or memory.
///
/// Objects appear whole or not at all, and are durable when a call returns. A missing object is an
/// answer where the method says so, else kNotFound.
///
/// Errors:  kUnavailable, kTimeout (retry), kPermissionDenied, kNotFound, kResourceExhausted (disk
///          or quota full), each with the path and the store's own words. Calls do not retry by
///          themselves.
/// Threads: any, at once.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  /// For messages: the URL without secrets.
  virtual std::string description() const = 0;

  virtual Result<std::unique_ptr<ObjectWriter>> open_writer(const std::string& path) = 0;
  virtual Result<std::unique_ptr<ObjectReader>> open_reader(const std::string& path) = 0;
  /// Writes a small object in one call, replacing one of that path atomically.
  virtual Status put(const std::string& path, std::string_view bytes) = 0;
  virtual Result<std::string> get(const std::string& path) = 0;
  /// Nothing when the object is missing.
  virtual Result<std::optional<ObjectInfo>> info(const std::string& path) = 0;
  /// Every object below the folder `prefix` ("" = all), recursively, sorted by path. A missing
  /// folder is empty.
  virtual Result<std::vector<ObjectInfo>> list(const std::string& prefix) = 0;
  /// Gives the object `from` the name `to`, replacing one of that name; atomic for readers of `to`.
  /// A missing `from` is kNotFound. Where the store has no rename: server-side copy, then delete,
  /// so that after a crash both may exist and a repeat is right.
  virtual Status move(const std::string& from, const std::string& to) = 0;
  /// A missing object is success. Folders that become empty may go too.
  virtual Status remove(const std::string& path) = 0;
  /// Removes what writers of other processes, now dead, have left half-written right in `folder`.
  /// `list` does not show it. Most stores drop it by themselves.
  virtual Status remove_abandoned(const std::string& /*folder*/) { return Status::ok(); }
};

}  // namespace inlet
