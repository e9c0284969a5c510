#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "job/preset.h"

namespace inlet {

/// Everything that a command line, the environment, `.env` and a configuration file say together.
struct Settings {
  std::string command;  ///< "sync", "verify", …
  std::string from;     ///< May hold `${env:NAME}` and `${file:PATH}`.
  std::string to;
  PresetOptions preset;
  std::string target;  ///< The argument of `verify` (a lake) and `run` (a file).
  std::string state;
  std::string name;
  log::Options log;
  std::string metrics_listen;
  std::string report = "text";
  std::string schedule;
  std::string time_zone = "UTC";
  bool print_schedule = false;
  bool print_pipeline = false;
  bool wait_for_lease = false;
  std::chrono::milliseconds drain_timeout{30'000};
  std::chrono::milliseconds progress_interval{10'000};
};

/// What to do after parsing: go on, or leave at once with text for the user.
struct CommandLine {
  Settings settings;
  std::optional<std::string> text;  ///< Help or version: print it and exit 0.
};

/// Reads the command line; a flag beats the environment, that beats `.env`, that beats `--config
/// FILE`. Errors: kInvalidArgument with the flag, and the nearest known one.
Result<CommandLine> parse_command_line(int argc, const char* const* argv);

/// The reference page of every flag, made from the same table (docs/reference/cli.md).
std::string flags_reference();

}  // namespace inlet
