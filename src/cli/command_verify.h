#pragma once

#include "cli/settings.h"

namespace inlet {

/// `inlet verify LAKE [--from URI]`. Gives the exit code: 3 for a difference.
int run_verify_command(const Settings& settings);

}  // namespace inlet
