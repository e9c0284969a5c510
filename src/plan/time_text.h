#pragma once

#include <string_view>

#include "base/result.h"
#include "stream/cluster_time.h"

namespace inlet {

/// A moment as users write it: `2025-01-31T13:00:00Z` (or a date alone), seconds since 1970, or
/// `seconds.increment`. Errors: kInvalidArgument with the text and the forms.
Result<ClusterTime> parse_cluster_time(std::string_view text);

}  // namespace inlet
