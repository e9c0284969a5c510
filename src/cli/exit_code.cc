#include "cli/exit_code.h"

namespace inlet {

ExitCode exit_code_for(const Status& status) {
  switch (status.code()) {
    case Code::kOk:
      return kExitDone;
    case Code::kInvalidArgument:
      return kExitBadUsage;
    case Code::kResumePointLost:
      return kExitResumePointLost;
    default:
      return kExitFailed;
  }
}

}  // namespace inlet
