#pragma once

#include <memory>

#include "base/result.h"
#include "bson/value.h"
#include "stream/operator.h"

namespace inlet {

/// `{$set: {"address.city": "$city"}}`. Errors: those of Projection::parse_set.
Result<std::unique_ptr<Operator>> make_set(const Value& options);
/// The same under its older name, `$addFields`.
Result<std::unique_ptr<Operator>> make_add_fields(const Value& options);

}  // namespace inlet
