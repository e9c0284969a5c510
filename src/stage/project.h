#pragma once

#include <memory>

#include "base/result.h"
#include "bson/value.h"
#include "stream/operator.h"

namespace inlet {

/// `{$project: {name: 1, total: "$amount", _id: 0}}`. Errors: those of Projection::parse_project.
Result<std::unique_ptr<Operator>> make_project(const Value& options);

}  // namespace inlet
