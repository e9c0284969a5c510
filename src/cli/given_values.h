#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/flag_table.h"
#include "cli/settings.h"

namespace inlet {

/// Values as they were given, by flag; a flag that may be repeated has several. Who knows better
/// writes first: later sources only add what is not there.
using GivenValues = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Adds what a TOML file says to a command: the flags' names as keys, and below a section of the
/// command's name what beats them there.
///
/// Errors: kInvalidArgument with the key or section and the nearest known one; never a value, which
/// may be a secret.
Status read_configuration(std::istream& toml, const CommandEntry& command, GivenValues& given);

/// Puts the values where they go. Errors: kInvalidArgument with the flag.
Status apply_values(const GivenValues& given, Settings& settings);

}  // namespace inlet
