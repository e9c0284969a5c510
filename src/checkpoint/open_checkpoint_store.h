#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "checkpoint/checkpoint_store.h"

namespace inlet {

/// Opens the place that keeps a processor's checkpoints: a folder of this machine.
/// Errors: kInvalidArgument for a URL that is not understood.
Result<std::unique_ptr<CheckpointStore>> open_checkpoint_store(const std::string& url,
                                                               const std::string& processor,
                                                               Clock& clock);

}  // namespace inlet
