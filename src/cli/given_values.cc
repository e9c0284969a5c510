#include "cli/given_values.h"

#include <CLI/CLI.hpp>
#include <exception>

#include "base/nearest_name.h"

namespace inlet {
namespace {

Status unknown_key(const std::string& key) {
  std::vector<std::string_view> known;
  for (const FlagEntry& entry : flag_table()) known.push_back(entry.name);
  return Status(Code::kInvalidArgument, "unknown key in the configuration file")
      .with("key", key)
      .with_hint(nearest_name_hint(key, known));
}

Status unknown_section(const std::string& section) {
  std::vector<std::string_view> known;
  for (const CommandEntry& entry : command_table()) known.push_back(entry.name);
  return Status(Code::kInvalidArgument, "unknown section in the configuration file")
      .with("section", section)
      .with_hint(nearest_name_hint(section, known));
}

}  // namespace

Status read_configuration(std::istream& toml, const CommandEntry& command, GivenValues& given) {
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(toml);
  } catch (const std::exception&) {
    return Status(Code::kInvalidArgument, "the configuration file is not TOML")
        .with_hint("write name = \"value\", a flag's name without the dashes in each line");
  }
  GivenValues general;
  for (const CLI::ConfigItem& item : items) {
    const bool is_mark = item.name == "++" || item.name == "--";  // CLI11's, of a section's ends.
    const bool is_general = item.parents.empty();
    if (!is_general && find_command(item.parents.front()) == nullptr)
      return unknown_section(item.parents.front());
    if (is_mark || (!is_general && item.parents.front() != command.name)) continue;
    const FlagEntry* const flag = find_flag(item.name);
    if (flag == nullptr || item.parents.size() > 1) return unknown_key(item.fullname());
    if (!command.takes(*flag)) continue;
    (is_general ? general : given).try_emplace(item.name, item.inputs);
  }
  given.merge(general);
  return Status::ok();
}

Status apply_values(const GivenValues& given, Settings& settings) {
  for (const auto& [name, values] : given) {
    const FlagEntry* flag = find_flag(name);
    if (flag == nullptr || name == "config") continue;
    for (const std::string& value : values) {
      Status status = flag->apply(value, settings);
      if (!status.is_ok()) return std::move(status).with("flag", "--" + name);
    }
  }
  return Status::ok();
}

}  // namespace inlet
