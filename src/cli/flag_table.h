#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/settings.h"

namespace inlet {

/// Commands that take a flag, as bits.
enum CommandSet : unsigned {
  kOnSync = 1,
  kOnSnapshot = 2,
  kOnChanges = 4,
  kOnRun = 8,
  kOnVerify = 16,
  kOnCheck = 32,
  kOnPresets = kOnSync | kOnSnapshot | kOnChanges,
  kOnCopies = kOnSync | kOnSnapshot,
  kOnStreams = kOnSync | kOnChanges,
  kOnRunning = kOnPresets | kOnRun,
  kOnAll = kOnRunning | kOnVerify | kOnCheck,
};

/// One flag: the only place that knows its name, its meaning and where its value goes.
struct FlagEntry {
  std::string_view name;   ///< Without the dashes; also the key in TOML.
  std::string_view value;  ///< What stands for the value in help; empty for a switch.
  std::string_view group;
  std::string_view help;
  std::string_view default_text;  ///< As shown; empty when nothing is assumed.
  unsigned commands = 0;
  Status (*apply)(const std::string& value, Settings& settings) = nullptr;
  bool repeatable = false;
};

struct CommandEntry {
  std::string_view name;
  std::string_view argument;  ///< The positional one, as shown; empty for none.
  std::string_view summary;
  std::string_view help;
  std::string_view examples;
  unsigned bit = 0;
  bool takes(const FlagEntry& flag) const { return (flag.commands & bit) != 0; }
};

std::span<const FlagEntry> flag_table();
std::span<const CommandEntry> command_table();
const FlagEntry* find_flag(std::string_view name);
const CommandEntry* find_command(std::string_view name);

}  // namespace inlet
