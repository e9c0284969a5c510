#include "cli/settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "base/nearest_name.h"
#include "base/quantity.h"
#include "bson/json_parser.h"
#include "cli/environment_file.h"
#include "cli/flag_table.h"
#include "cli/given_values.h"

namespace inlet {
namespace {

/// The known flags of a command, for hints.
std::vector<std::string_view> flag_names(const CommandEntry& command) {
  std::vector<std::string_view> names;
  for (const FlagEntry& flag : flag_table()) {
    if (command.takes(flag)) names.push_back(flag.name);
  }
  return names;
}

Status unknown_flag(const CommandEntry& command, std::string word) {
  word = word.substr(0, word.find('='));
  Status status = Status(Code::kInvalidArgument, "unknown flag or argument")
                      .with("flag", word)
                      .with("command", command.name);
  while (!word.empty() && word.front() == '-') word.erase(0, 1);
  const std::string_view nearest = nearest_name(word, flag_names(command));
  if (nearest.empty())
    return std::move(status).with_hint("inlet " + std::string(command.name) +
                                       " --help lists the flags");
  return std::move(status).with_hint("did you mean --" + std::string(nearest) + "?");
}

std::string usage_of(const CommandEntry& command) {
  std::string out = "Usage: inlet " + std::string(command.name) +
                    std::string(command.argument.empty() ? "" : " ") +
                    std::string(command.argument) + " [flags]\n\n" + std::string(command.help) +
                    "\n";
  std::string_view group;
  for (const FlagEntry& flag : flag_table()) {
    if (!command.takes(flag)) continue;
    if (flag.group != group) {
      group = flag.group;
      out.append("\n").append(group).append("\n");
    }
    std::string left =
        "  --" + std::string(flag.name) + (flag.value.empty() ? "" : " " + std::string(flag.value));
    if (left.size() < 36) left.resize(36, ' ');
    out.append(left).append(" ").append(flag.help);
    if (!flag.default_text.empty()) out.append(" [").append(flag.default_text).append("]");
    out += "\n";
  }
  out.append("\nExamples\n").append(command.examples);
  out.append(
      "\nEach flag may also be set as INLET_<NAME> in the environment or in .env, or in --config "
      "FILE.toml.\n");
  return out;
}

std::string overview() {
  std::string out =
      "inlet moves MongoDB data, what is there now and every change after, into a data "
      "lake.\n\nUsage: inlet COMMAND [flags]\n\n";
  for (const CommandEntry& command : command_table()) {
    std::string left = "  " + std::string(command.name);
    left.resize(12, ' ');
    out.append(left).append(command.summary).append("\n");
  }
  out +=
      "\nTry this\n"
      "  inlet sync --from mongodb://localhost/?replicaSet=rs0 --db shop --to ./lake\n"
      "  inlet verify ./lake\n"
      "\ninlet COMMAND --help tells more; inlet --version the version.\n"
      "Exit codes: 0 done, 1 failed, 2 bad usage, 3 verification found a difference, 4 resume "
      "point lost.\n";
  return out;
}

Status read_configuration_file(const std::string& path, const CommandEntry& command,
                               GivenValues& given) {
  std::ifstream file(path);
  if (!file) {
    return Status(Code::kInvalidArgument, "cannot read the configuration file").with("file", path);
  }
  Status status = read_configuration(file, command, given);
  return status.is_ok() ? std::move(status) : std::move(status).with("file", path);
}

std::string environment_name(std::string_view flag) {
  std::string out = "INLET_";
  for (const char c : flag)
    out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

void read_environment(const CommandEntry& command, GivenValues& given) {
  for (const FlagEntry& flag : flag_table()) {
    if (!command.takes(flag)) continue;
    const char* const value = std::getenv(environment_name(flag.name).c_str());
    if (value == nullptr) continue;
    std::vector<std::string> values{value};
    if (flag.repeatable) values = CLI::detail::split(value, ',');
    given.try_emplace(std::string(flag.name), std::move(values));
  }
  // What many deployments have set already.
  // A lake is held against MongoDB only when that is asked for.
  const char* const uri = command.name == "verify" ? nullptr : std::getenv("MONGO_URI");
  if (uri != nullptr) given.try_emplace("from", std::vector<std::string>{uri});
}

Result<GivenValues> read_flags(const CommandEntry& command, int argc, const char* const* argv,
                               std::string& target, bool& wants_help) {
  GivenValues given;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras(true);
  app.add_flag("-h,--help", wants_help);
  std::map<std::string, std::vector<std::string>> values;
  struct Switch {
    bool on = false;
    const CLI::Option* option = nullptr;
  };
  std::map<std::string, Switch> switches;
  for (const FlagEntry& flag : flag_table()) {
    if (!command.takes(flag)) continue;
    const std::string name(flag.name);
    if (flag.value.empty()) {
      Switch& added = switches[name];
      added.option = app.add_flag("--" + name, added.on);
    } else {
      // A value in brackets is one value, not a list: a pipeline is one.
      app.add_option("--" + name, values[name])->expected(1)->take_all()->allow_extra_args(false);
    }
  }
  std::string argument;
  if (!command.argument.empty()) app.add_option("argument", argument);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Error& error) {
    return Status(Code::kInvalidArgument, "the command line is not understood")
        .with("error", error.what())
        .with_hint("inlet " + std::string(command.name) + " --help lists the flags");
  }
  const std::vector<std::string> extras = app.remaining();
  if (!extras.empty()) return unknown_flag(command, extras.front());
  for (auto& [name, list] : values) {
    if (!list.empty()) given[name] = std::move(list);
  }
  for (const auto& [name, given_switch] : switches) {
    // Also one that was turned off: `--x=false` beats the environment.
    if (given_switch.option->count() > 0) given[name] = {given_switch.on ? "true" : "false"};
  }
  target = argument;
  return given;
}

}  // namespace

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
  CommandLine out;
  const std::string_view first = argc > 1 ? argv[1] : "--help";
  if (first == "--help" || first == "-h" || first == "help") {
    const CommandEntry* topic = argc > 2 ? find_command(argv[2]) : nullptr;
    out.text = topic != nullptr ? usage_of(*topic) : overview();
    return out;
  }
  if (first == "--version") {
    out.text = "inlet " INLET_VERSION "\n";
    return out;
  }
  const CommandEntry* command = find_command(first);
  if (command == nullptr) {
    std::vector<std::string_view> known;
    for (const CommandEntry& entry : command_table()) known.push_back(entry.name);
    return Status(Code::kInvalidArgument, "unknown command")
        .with("command", first)
        .with_hint(nearest_name_hint(first, known));
  }
  Settings& settings = out.settings;
  settings.command = command->name;
  bool wants_help = false;
  INLET_ASSIGN_OR_RETURN(GivenValues given,
                         read_flags(*command, argc - 1, argv + 1, settings.target, wants_help));
  if (wants_help) {
    out.text = usage_of(*command);
    return out;
  }
  INLET_RETURN_IF_ERROR(load_environment_file(".env"));
  read_environment(*command, given);
  const auto config = given.find("config");
  if (config != given.end())
    INLET_RETURN_IF_ERROR(read_configuration_file(config->second.back(), *command, given));
  INLET_RETURN_IF_ERROR(apply_values(given, settings));
  return out;
}

std::string flags_reference() {
  std::string out =
      "# Commands and flags\n\n"
      "Made from the program's own table by `inlet reference cli`; a test fails when this page is "
      "stale.\n\n"
      "A flag beats the environment (`INLET_` and the name in capitals, `_` for `-`), which beats "
      "`.env` in the working folder,\n"
      "which beats `--config FILE.toml` (the flag's name as key, or below a section named after "
      "the command).\n"
      "Flags that may be repeated take a list there, separated by commas in the environment.\n\n"
      "Exit codes: 0 done, 1 failed, 2 bad usage, 3 verification found a difference, 4 resume "
      "point lost.\n";
  for (const CommandEntry& command : command_table()) {
    out.append("\n## inlet ")
        .append(command.name)
        .append("\n\n")
        .append(command.help)
        .append("\n\n```\n")
        .append(command.examples);
    out += "```\n\n| flag | meaning | default |\n|---|---|---|\n";
    for (const FlagEntry& flag : flag_table()) {
      if (!command.takes(flag)) continue;
      out.append("| `--")
          .append(flag.name)
          .append(flag.value.empty() ? "" : " ")
          .append(flag.value)
          .append("` | ");
      for (const char c : flag.help) out.append(c == '|' ? "\\|" : std::string(1, c));
      out.append(flag.repeatable ? " (may be repeated)" : "")
          .append(" | ")
          .append(flag.default_text)
          .append(" |\n");
    }
  }
  return out;
}

}  // namespace inlet
