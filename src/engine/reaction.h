#pragma once

#include "base/status.h"

namespace inlet {

/// What the engine does about a failure.
enum class Reaction {
  kContinue,
  kDeadLetter,  ///< This record never succeeds: set it aside with its reason, go on.
  kRetry,       ///< Wait and try again; past that, start over from the last checkpoint.
  kDrain,       ///< Shutdown was asked for: no alarm.
  kStop,        ///< Nobody but a person can act: keep the checkpoint, show the hint.
};

/// The only place that turns a failure into an action.
Reaction reaction_to(const Status& status);

}  // namespace inlet
