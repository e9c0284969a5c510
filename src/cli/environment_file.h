#pragma once

#include <string>

#include "base/status.h"

namespace inlet {

/// Puts the variables of a `.env` file into the process environment, behind what is set there
/// already.
///
/// Reads `path` if it is there: `NAME=VALUE` lines, `export ` in front allowed, `#` comments,
/// values in single or double quotes. Called before any thread starts. Errors: kInvalidArgument
/// with the line's number (never its content, which may be a secret).
Status load_environment_file(const std::string& path);

}  // namespace inlet
