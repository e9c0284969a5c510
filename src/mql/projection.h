#pragma once

#include "base/result.h"
#include "mql/projection_node.h"

namespace inlet {

/// A checked way to reshape documents: `$project`, `$set` and `$unset`.
///
/// Shape:   a document in, a new document in the evaluation's arena out. Fields keep the input's
///          order; what is new comes behind, in the order of the definition. Runs of untouched
///          fields are copied as one block.
/// Errors:  of the parsers, kInvalidArgument with the path for what the server refuses, and
///          kUnimplemented for expressions that are not here yet.
/// Threads: immutable.
/// Source:  the MongoDB manual; judged by mongod 6.0 (tests/e2e/test_mql.py).
class Projection {
 public:
  /// `{a: 1, b: {c: 1}, d: "$x"}`, or `{a: 0}`.
  static Result<Projection> parse_project(DocumentView definition);
  /// `{a: 1, "b.c": "$x"}`: every value is an expression.
  static Result<Projection> parse_set(DocumentView definition);
  /// `"a.b"` or `["a", "b.c"]`.
  static Result<Projection> parse_unset(const Value& definition);

  /// `evaluation.root` reshaped. Errors: those of its expressions.
  Result<DocumentView> apply(Evaluation& evaluation) const;

 private:
  explicit Projection(ProjectionNode root) : root_(std::move(root)) { root_.freeze(); }

  ProjectionNode root_;
};

}  // namespace inlet
