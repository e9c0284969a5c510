#include "mql/match_expression.h"

#include "mql/match_node.h"
#include "mql/match_parser.h"

namespace inlet {

MatchExpression::MatchExpression(std::unique_ptr<const MatchNode> root) : root_(std::move(root)) {}
MatchExpression::MatchExpression(MatchExpression&&) noexcept = default;
MatchExpression& MatchExpression::operator=(MatchExpression&&) noexcept = default;
MatchExpression::~MatchExpression() = default;

Result<MatchExpression> MatchExpression::parse(DocumentView filter) {
  INLET_ASSIGN_OR_RETURN(std::unique_ptr<const MatchNode> root, parse_match_filter(filter));
  return MatchExpression(std::move(root));
}

bool MatchExpression::matches(DocumentView document) const {
  return root_->matches(document);
}

}  // namespace inlet
