#pragma once

#include <memory>

#include "base/result.h"
#include "bson/document.h"

namespace inlet {

class MatchNode;

/// A checked predicate over documents: what `find` and `$match` call a filter.
///
/// Parsed once; matching allocates nothing.
/// Threads: immutable, any number may match at once.
/// Source:  the MongoDB manual, "Query and Projection Operators"; judged by mongod 6.0
///          (tests/e2e/test_mql.py).
class MatchExpression {
 public:
  /// Errors: kInvalidArgument with path, operator and a hint; kUnimplemented for an operator of the
  ///         server that is not here yet.
  static Result<MatchExpression> parse(DocumentView filter);

  MatchExpression(MatchExpression&&) noexcept;
  MatchExpression& operator=(MatchExpression&&) noexcept;
  ~MatchExpression();

  bool matches(DocumentView document) const;

 private:
  explicit MatchExpression(std::unique_ptr<const MatchNode> root);

  std::unique_ptr<const MatchNode> root_;
};

}  // namespace inlet
