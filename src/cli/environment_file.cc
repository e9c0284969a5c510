#include "cli/environment_file.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
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

Result<std::vector<std::pair<std::string, std::string>>> parse_environment(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  for (int number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    const size_t equals = line.find('=');
    const std::string_view name = trimmed(line.substr(0, equals));
    std::optional<std::string> value;
    // The environment cannot hold a zero byte: what is behind it would be lost.
    if (equals != std::string_view::npos && is_name(name) && line.find('\0') == line.npos)
      value = unquoted(trimmed(line.substr(equals + 1)));
    if (!value) {
      return Status(Code::kInvalidArgument, "a line is not NAME=VALUE").with("line", number);
    }
    out.emplace_back(name, *std::move(value));
  }
  return out;
}

Status load_environment_file(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto variables = parse_environment(text);
  if (!variables.is_ok()) return std::move(variables).error().with("file", path);
  for (const auto& [name, value] : *variables) ::setenv(name.c_str(), value.c_str(), 0);
  return Status::ok();
}

}  // namespace inlet
