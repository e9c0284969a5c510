#pragma once

#include <string>

#include "base/status.h"

namespace inlet {

/// Refuses a path that is empty, begins with '/' or would leave the root. Errors: kInvalidArgument.
Status check_object_path(const std::string& path);

/// The path, beside `path`, under which an object is written until it is whole; another each time.
/// The name begins with a dot, so that readers of the lake pass over it.
std::string unfinished_path(const std::string& path);

/// True for the name (without its folder) of an object that is being written.
bool is_unfinished(const std::string& name);

/// True for such a name when it is not of this process: left behind by a writer that has died, if
/// no other writes there.
bool is_abandoned(const std::string& name);

}  // namespace inlet
