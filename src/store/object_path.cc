#include "store/object_path.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string_view>

namespace inlet {
namespace {

/// Names of files may have 255 bytes; the mark needs some of them.
constexpr size_t kNameBytesMax = 200;

/// Tells this process's unfinished objects from those of others, also where each has the same id.
const std::string& mark_of_process() {
  static const std::string mark =
      ".tmp-" + std::to_string(::getpid()) + "-" +
      std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) + "-";
  return mark;
}

}  // namespace

Status check_object_path(const std::string& path) {
  bool inside = !path.empty() && path.front() != '/' && path.find('\0') == std::string::npos;
  for (size_t begin = 0; begin < path.size() && inside;) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = std::string_view(path).substr(begin, end - begin);
    inside = part != "." && part != "..";
    begin = end + 1;
  }
  if (inside) return Status::ok();
  return Status(Code::kInvalidArgument, "an object's path must stay below the root")
      .with("path", path);
}

std::string unfinished_path(const std::string& path) {
  static std::atomic<uint64_t> counter{0};
  const size_t name = path.rfind('/') + 1;  // 0 when there is no folder.
  return path.substr(0, name) + "." + path.substr(name, kNameBytesMax) + mark_of_process() +
         std::to_string(counter++);
}

bool is_unfinished(const std::string& name) {
  return name.starts_with('.') && name.find(".tmp-") != std::string::npos;
}

bool is_abandoned(const std::string& name) {
  return is_unfinished(name) && name.find(mark_of_process()) == std::string::npos;
}

}  // namespace inlet
