#pragma once

#include <memory>

#include "base/result.h"
#include "bson/value.h"
#include "stream/operator.h"

namespace inlet {

/// `{$match: filter}`: drops the records whose document does not match.
///
/// Shape:  as they come. From a change stream a document is the event: `{operationType: "insert",
///         "fullDocument.status": "paid"}`.
/// Errors: kInvalidArgument and kUnimplemented of MatchExpression::parse.
Result<std::unique_ptr<Operator>> make_match(const Value& options);

}  // namespace inlet
