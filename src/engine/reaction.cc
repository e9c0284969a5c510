#include "engine/reaction.h"

#include "base/assert.h"

namespace inlet {

Reaction reaction_to(const Status& status) {
  switch (status.code()) {
    case Code::kOk:
      return Reaction::kContinue;
    case Code::kBadDocument:
      return Reaction::kDeadLetter;
    case Code::kUnavailable:
    case Code::kTimeout:
      return Reaction::kRetry;
    case Code::kCancelled:
      return Reaction::kDrain;
    case Code::kInvalidArgument:
    case Code::kUnimplemented:
    case Code::kPermissionDenied:
    case Code::kNotFound:
    case Code::kResumePointLost:
    case Code::kResourceExhausted:
    case Code::kCorruption:
    case Code::kInternal:
      return Reaction::kStop;
  }
  INLET_UNREACHABLE();  // No default above: a new code must not compile until it is placed here.
}

}  // namespace inlet
