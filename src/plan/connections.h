#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "plan/plan.h"

namespace inlet {

/// The URL of a connection, with its references to secrets still in it.
/// Errors: kInvalidArgument with the nearest known name.
Result<std::string> connection_url(const PlanContext& context, const std::string& name,
                                   std::string_view stage);

}  // namespace inlet
