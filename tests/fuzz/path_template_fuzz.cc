// Aim: whatever the template and whatever the names, a folder stays in the lake, has no part that
// is empty, dotted or hidden, and where the template tells collections apart no two share one. The
// input is a template, two namespaces and a time, a zero byte between them.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "sink/lake/path_template.h"

using namespace inlet;  // A fuzz target is a global function.

namespace {

void check_folder(std::string_view folder) {
  INLET_ASSERT(!folder.empty() && folder.back() == '/');
  for (size_t begin = 0; begin < folder.size();) {
    const size_t end = folder.find('/', begin);
    const std::string_view part = folder.substr(begin, end - begin);
    INLET_ASSERT(!part.empty());
    INLET_ASSERT(part.front() != '.' && part.front() != '_');
    INLET_ASSERT(part.find_first_of(std::string_view("\\\n\r\t\0", 5)) == part.npos);
    begin = end + 1;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::array<std::string, 6> fields;
  for (std::string& field : fields) {
    const size_t end = rest.find('\0');
    field = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
  // The names are the server's, which have no zero byte; nor has a template that a user types.
  const auto& [text, db, collection, other_db, other_collection, time] = fields;
  const Result<PathTemplate> path = PathTemplate::parse(text);
  if (!path.is_ok()) {
    INLET_ASSERT(path.error().code() == Code::kInvalidArgument);
    return 0;
  }
  uint32_t seconds = 0;
  for (const char c : time) seconds = seconds * 256 + static_cast<uint8_t>(c);
  const int64_t hour = int64_t{seconds} - seconds % 3600;
  const Namespace ns{db, collection};
  const Namespace other{other_db, other_collection};
  const std::string folder = path->folder(ns, Operation::kInsert, hour);
  const std::string other_folder = path->folder(other, Operation::kInsert, hour);
  check_folder(folder);
  check_folder(other_folder);
  INLET_ASSERT(path->folder(ns, Operation::kInsert, hour) == folder);
  INLET_ASSERT(path->period_seconds() == 0 || path->period_seconds() == 3600 ||
               path->period_seconds() == 86'400);

  // '$' begins no name of a database or a collection.
  const auto is_name = [](const std::string& name) { return name.find('$') == name.npos; };
  if (!is_name(db) || !is_name(collection) || !is_name(other_db) || !is_name(other_collection))
    return 0;
  const std::string standard = PathTemplate::standard(true).folder(ns, Operation::kInsert, hour);
  const bool same =
      standard == PathTemplate::standard(true).folder(other, Operation::kInsert, hour);
  INLET_ASSERT(same == (ns == other));
  INLET_ASSERT((escape_path_part(collection) == escape_path_part(other_collection)) ==
               (collection == other_collection));
  return 0;
}
