#pragma once

#include "mql/expression.h"

namespace inlet {

/// Parses what stands in the place of an expression: a path `"$a.b"`, a variable, a constant, a
/// document or an array of expressions, `{$operator: argument}`.
/// Errors: kInvalidArgument for what the server refuses; kUnimplemented for operators and variables
///         that are not here yet. The operator or the path is named.
Result<ExpressionPtr> parse_expression(const Value& operand);

/// True for `{$operator: …}`: a document whose first name begins with a dollar.
bool is_operator_document(const Value& value);

}  // namespace inlet
