#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "checkpoint/checkpoint_store.h"

namespace inlet {

/// Opens the place that keeps a processor's checkpoints: a folder of this machine (`DIR`,
/// `file://`), a collection (`mongodb://HOST/DB.COLLECTION`), or any other lake URL.
///
/// The option `inletLeaseMs` in the query of the last two sets the life of the lease.
/// Errors: kInvalidArgument for a URL that is not understood. No network is touched.
Result<std::unique_ptr<CheckpointStore>> open_checkpoint_store(const std::string& url,
                                                               const std::string& processor,
                                                               Clock& clock);

}  // namespace inlet
