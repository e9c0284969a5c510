#include "cli/environment_file.h"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>

namespace inlet {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool is_name(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  for (const char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
      return false;
  }
  return true;
}

/// The value without its quotes or its trailing comment; nothing when a quote is not closed.
std::optional<std::string> unquoted(std::string_view text) {
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    const size_t close = text.find(text.front(), 1);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = trimmed(text.substr(close + 1));
    if (!rest.empty() && rest.front() != '#') return std::nullopt;
    return std::string(text.substr(1, close - 1));
  }
  return std::string(trimmed(text.substr(0, text.find(" #"))));
}

}  // namespace

Status load_environment_file(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    if (text.starts_with("export ")) text = trimmed(text.substr(7));
    const size_t equals = text.find('=');
    const std::string_view name = trimmed(text.substr(0, equals));
    const std::optional<std::string> value = equals == std::string_view::npos || !is_name(name)
                                                 ? std::nullopt
                                                 : unquoted(trimmed(text.substr(equals + 1)));
    if (!value) {
      return Status(Code::kInvalidArgument, "a line is not NAME=VALUE")
          .with("file", path)
          .with("line", number);
    }
    ::setenv(std::string(name).c_str(), value->c_str(), 0);
  }
  return Status::ok();
}

}  // namespace inlet
