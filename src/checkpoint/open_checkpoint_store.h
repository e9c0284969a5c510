#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "checkpoint/checkpoint_store.h"
#include "checkpoint/mongo_state_url.h"

namespace inlet {

/// Opens the place that keeps a processor's checkpoints: a folder of this machine (`DIR`,
/// `file://`), a collection (`mongodb://HOST/DB.COLLECTION`), or any other lake URL.
///
/// The option `inletLeaseMs` in the query of the last two sets the life of the lease.
/// Errors: kInvalidArgument for a URL that is not understood. No network is touched.
Result<std::unique_ptr<CheckpointStore>> open_checkpoint_store(const std::string& url,
                                                               const std::string& processor,
                                                               Clock& clock);

/// Where in MongoDB the state of that URL is; nothing when it is elsewhere.
Result<std::optional<MongoStateUrl>> mongo_state_of(const std::string& url);

}  // namespace inlet
