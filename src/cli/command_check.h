#pragma once

#include "cli/settings.h"

namespace inlet {

/// `inlet check --from URI --to URL`. Gives the exit code: 1 when a needed right is missing.
int run_check_command(const Settings& settings);

}  // namespace inlet
