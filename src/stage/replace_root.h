#pragma once

#include <memory>

#include "base/result.h"
#include "bson/value.h"
#include "stream/operator.h"

namespace inlet {

/// `{$replaceRoot: {newRoot: "$fullDocument"}}`: an expression that gives a document takes the
/// record's place, which from then on is no event.
///
/// Errors: kInvalidArgument and kUnimplemented of parse_expression; while it runs kBadDocument
/// where
///         the expression gives no document.
Result<std::unique_ptr<Operator>> make_replace_root(const Value& options);
/// The same, written `{$replaceWith: "$fullDocument"}`.
Result<std::unique_ptr<Operator>> make_replace_with(const Value& options);

}  // namespace inlet
