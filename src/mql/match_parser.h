#pragma once

#include "base/result.h"
#include "mql/match_node.h"

namespace inlet {

/// Parses a filter into a checked tree that owns its constants. Errors: as MatchExpression::parse.
Result<MatchNodePtr> parse_match_filter(DocumentView filter);

}  // namespace inlet
