#pragma once

#include "base/status.h"

namespace inlet {

/// What the process tells its caller. Source: docs/reference/cli.md.
enum ExitCode : int {
  kExitDone = 0,
  kExitFailed = 1,
  kExitBadUsage = 2,
  kExitDifference = 3,
  kExitResumePointLost = 4,
};

ExitCode exit_code_for(const Status& status);

}  // namespace inlet
