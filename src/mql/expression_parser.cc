#include "mql/expression_parser.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/nearest_name.h"
#include "mql/field_path.h"

namespace inlet {
namespace {

constexpr std::string_view kSupported =
    "supported: paths \"$a.b\", $$ROOT, $$CURRENT, $$REMOVE, $literal, constants, and documents "
    "and "
    "arrays of these";

using ParseOperator = Result<ExpressionPtr> (*)(const Value& argument);

struct OperatorEntry {
  std::string_view name;
  ParseOperator parse;
};

Result<ExpressionPtr> parse_literal(const Value& argument) {
  return ExpressionPtr(std::make_unique<ConstantExpression>(argument));
}

/// The only registry of what may stand in `{$…: …}` in the place of an expression.
constexpr std::array kOperators{
    OperatorEntry{"$const", parse_literal},
    OperatorEntry{"$literal", parse_literal},
};

Result<ExpressionPtr> parse_operator(DocumentView document) {
  const Element first = *document.begin();
  const auto* entry =
      std::find_if(kOperators.begin(), kOperators.end(),
                   [&](const OperatorEntry& known) { return known.name == first.name; });
  if (first.end != document.data() + document.size() - 1)
    return Status(Code::kInvalidArgument, "an expression must have one field, its operator")
        .with("operator", first.name);
  if (entry == kOperators.end()) {
    constexpr std::array<std::string_view, 1> kNames{"$literal"};
    const std::string_view nearest = nearest_name(first.name, kNames);
    return Status(nearest.empty() ? Code::kUnimplemented : Code::kInvalidArgument,
                  "the expression operator is not supported")
        .with("operator", first.name)
        .with_hint(nearest.empty() ? kSupported : nearest_name_hint(first.name, kNames));
  }
  return entry->parse(first.value);
}

Result<ExpressionPtr> make_path(std::string_view path) {
  INLET_ASSIGN_OR_RETURN(std::vector<std::string> names, parse_field_path(path));
  return ExpressionPtr(std::make_unique<FieldPathExpression>(std::move(names)));
}

/// `$$NAME` or `$$NAME.path`.
Result<ExpressionPtr> parse_variable(std::string_view text) {
  const size_t dot = text.find('.');
  const std::string_view name = text.substr(0, dot);
  const auto failure = [text](Code code, std::string_view what) {
    return Status(code, what).with("variable", "$$" + std::string(text)).with_hint(kSupported);
  };
  if (name.empty()) return failure(Code::kInvalidArgument, "a variable must have a name");
  const bool is_document = name == "ROOT" || name == "CURRENT";
  if (is_document && dot == std::string_view::npos)
    return ExpressionPtr(std::make_unique<FieldPathExpression>(std::vector<std::string>()));
  if (is_document) return make_path(text.substr(dot + 1));
  if (name == "REMOVE") {
    if (dot != std::string_view::npos)
      INLET_RETURN_IF_ERROR(parse_field_path(text.substr(dot + 1)).status());
    return ExpressionPtr(std::make_unique<MissingExpression>());
  }
  const bool is_known = name == "NOW" || name == "CLUSTER_TIME" || name == "SEARCH_META" ||
                        name == "DESCEND" || name == "PRUNE" || name == "KEEP";
  if (is_known) return failure(Code::kUnimplemented, "the variable is not supported yet");
  return failure(Code::kInvalidArgument, "unknown variable");
}

Result<ExpressionPtr> parse_dollar_text(std::string_view text) {
  if (text.starts_with("$$")) return parse_variable(text.substr(2));
  if (text.size() == 1)
    return Status(Code::kInvalidArgument, "'$' alone is not a path")
        .with_hint("write {$literal: \"$\"} for the text itself");
  return make_path(text.substr(1));
}

Result<ExpressionPtr> parse_document(DocumentView document) {
  std::vector<DocumentExpression::Field> fields;
  std::set<std::string_view> names;
  for (const Element& element : document) {
    INLET_ASSIGN_OR_RETURN(const std::vector<std::string> name, parse_field_path(element.name));
    if (name.size() > 1)
      return Status(Code::kInvalidArgument, "a field's name must not contain '.' here")
          .with("path", element.name);
    if (!names.insert(element.name).second)
      return Status(Code::kInvalidArgument, "the field is there twice").with("path", element.name);
    Result<ExpressionPtr> value = parse_expression(element.value);
    if (!value.is_ok()) return std::move(value).error().with("field", element.name);
    fields.push_back({name.front(), *std::move(value)});
  }
  return ExpressionPtr(std::make_unique<DocumentExpression>(std::move(fields)));
}

Result<ExpressionPtr> parse_array(DocumentView array) {
  std::vector<ExpressionPtr> elements;
  for (const Element& element : array) {
    Result<ExpressionPtr> value = parse_expression(element.value);
    if (!value.is_ok()) return std::move(value).error().with("index", element.name);
    elements.push_back(*std::move(value));
  }
  return ExpressionPtr(std::make_unique<ArrayExpression>(std::move(elements)));
}

}  // namespace

bool is_operator_document(const Value& value) {
  return value.is_document() && !value.as_document().is_empty() &&
         value.as_document().begin()->name.starts_with('$');
}

Result<ExpressionPtr> parse_expression(const Value& operand) {
  if (operand.is_string() && operand.as_string().starts_with('$'))
    return parse_dollar_text(operand.as_string());
  if (is_operator_document(operand)) return parse_operator(operand.as_document());
  if (operand.is_document()) return parse_document(operand.as_document());
  if (operand.is_array()) return parse_array(operand.as_document());
  return ExpressionPtr(std::make_unique<ConstantExpression>(operand));
}

}  // namespace inlet
