#pragma once

#include <memory>

#include "base/result.h"
#include "bson/value.h"
#include "stream/operator.h"

namespace inlet {

/// `{$unset: "name"}` or `{$unset: ["name", "address.street"]}`. Errors: those of
/// Projection::parse_unset.
Result<std::unique_ptr<Operator>> make_unset(const Value& options);

}  // namespace inlet
