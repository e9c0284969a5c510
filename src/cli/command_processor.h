#pragma once

#include "cli/settings.h"
#include "cli/signals.h"

namespace inlet {

/// `sync`, `snapshot`, `changes` and `run`: builds the pipeline, runs it, shows it. Gives the exit
/// code.
int run_processor_command(const Settings& settings, SignalWatcher& signals);

}  // namespace inlet
