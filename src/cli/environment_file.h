#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace inlet {

/// The variables of a `.env` file's text, in order: `NAME=VALUE` lines, `export ` in front allowed,
/// `#` comments, values in single or double quotes.
///
/// Errors: kInvalidArgument with the line's number, never its content, which may be a secret.
Result<std::vector<std::pair<std::string, std::string>>> parse_environment(std::string_view text);

/// Puts the variables of the file, if it is there, into the process environment, behind what is
/// set there already. Called before any thread starts. Errors: as `parse_environment`.
Status load_environment_file(const std::string& path);

}  // namespace inlet
