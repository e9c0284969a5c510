#include "mql/field_path.h"

namespace inlet {

Result<std::vector<std::string>> parse_field_path(std::string_view path) {
  const auto failure = [whole = path](std::string_view text) {
    return Status(Code::kInvalidArgument, text).with("path", whole);
  };
  std::vector<std::string> names;
  while (true) {
    const size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    if (name.empty()) return failure("a path must not have empty names");
    if (name.front() == '$') return failure("a field's name must not begin with '$'");
    names.emplace_back(name);
    if (names.size() > kFieldPathDepthMax) return failure("the path is too long");
    if (dot == std::string_view::npos) return names;
    path.remove_prefix(dot + 1);
  }
}

}  // namespace inlet
