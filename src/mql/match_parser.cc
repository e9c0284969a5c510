#include "mql/match_parser.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/nearest_name.h"
#include "bson/compare.h"
#include "mql/whole_number.h"

namespace inlet {
namespace {

/// What stands to the right of one operator, and the path it is about.
struct Operand {
  std::string_view path;
  std::string_view name;  ///< Of the operator, with the dollar.
  Value value;

  Status failure(std::string_view text, Code code = Code::kInvalidArgument) const {
    Status status = Status(code, text).with("path", path);
    return name.empty() ? status : std::move(status).with("operator", name);
  }
};

using ParseOperator = Result<MatchNodePtr> (*)(const Operand& operand);

struct OperatorEntry {
  std::string_view name;
  ParseOperator parse;
};

Result<MatchNodePtr> parse_operators(std::string_view path, DocumentView operators);

MatchNodePtr one_or_all(MatchNodes nodes) {
  if (nodes.size() == 1) return std::move(nodes.front());
  return std::make_unique<LogicalMatch>(LogicalMatch::Kind::kAnd, std::move(nodes));
}

MatchNodePtr negated(MatchNodePtr node) {
  MatchNodes nodes;
  nodes.push_back(std::move(node));
  return std::make_unique<LogicalMatch>(LogicalMatch::Kind::kNor, std::move(nodes));
}

bool is_database_reference_name(std::string_view name) {
  return name == "$ref" || name == "$id" || name == "$db";
}

bool is_database_reference(DocumentView document) {
  return !document["$ref"].is_missing() && !document["$id"].is_missing();
}

/// A document of operators: `{$gt: 5}`; any other is a value to be equal to.
bool has_operators(const Value& value) {
  if (!value.is_document() || value.as_document().is_empty()) return false;
  const DocumentView document = value.as_document();
  return document.begin()->name.starts_with('$') && !is_database_reference(document);
}

// --- One parser for each operator.

Status check_constant(const Operand& operand, const Value& constant) {
  if (constant.type() == BsonType::kUndefined)
    return operand.failure("undefined cannot be compared with").with_hint("write null");
  return Status::ok();
}

Status regex_refused(const Operand& operand) {
  return operand.failure("regular expressions are not supported yet", Code::kUnimplemented);
}

template <ComparisonMatch::Kind kind>
Result<MatchNodePtr> parse_comparison(const Operand& operand) {
  INLET_RETURN_IF_ERROR(check_constant(operand, operand.value));
  if (operand.value.type() == BsonType::kRegex && kind != ComparisonMatch::Kind::kEqual)
    return operand.failure("a regular expression has no order");
  return MatchNodePtr(std::make_unique<ComparisonMatch>(operand.path, kind, operand.value));
}

Result<MatchNodePtr> parse_equal(const Operand& operand) {
  return parse_comparison<ComparisonMatch::Kind::kEqual>(operand);
}

Result<MatchNodePtr> parse_not_equal(const Operand& operand) {
  if (operand.value.type() == BsonType::kRegex)
    return operand.failure("a regular expression does not belong here").with_hint("use $not");
  INLET_ASSIGN_OR_RETURN(MatchNodePtr equal, parse_equal(operand));
  return negated(std::move(equal));
}

Result<MatchNodePtr> parse_in(const Operand& operand) {
  if (!operand.value.is_array()) return operand.failure("the operator needs an array");
  for (const Element& element : operand.value.as_document()) {
    INLET_RETURN_IF_ERROR(check_constant(operand, element.value));
    if (element.value.type() == BsonType::kRegex) return regex_refused(operand);
    if (has_operators(element.value))
      return operand.failure("an operator does not belong into a list of values")
          .with("found", element.value.as_document().begin()->name);
  }
  return MatchNodePtr(std::make_unique<InMatch>(operand.path, operand.value.as_document()));
}

Result<MatchNodePtr> parse_not_in(const Operand& operand) {
  INLET_ASSIGN_OR_RETURN(MatchNodePtr in, parse_in(operand));
  return negated(std::move(in));
}

Result<MatchNodePtr> parse_not(const Operand& operand) {
  if (operand.value.type() == BsonType::kRegex) return regex_refused(operand);
  if (!operand.value.is_document() || operand.value.as_document().is_empty())
    return operand.failure("the operator needs a document of operators")
        .with_hint("{$not: {$gt: 5}}");
  INLET_ASSIGN_OR_RETURN(MatchNodePtr inner,
                         parse_operators(operand.path, operand.value.as_document()));
  return negated(std::move(inner));
}

Result<MatchNodePtr> parse_exists(const Operand& operand) {
  MatchNodePtr exists = std::make_unique<ExistsMatch>(operand.path);
  return operand.value.truthy() ? std::move(exists) : negated(std::move(exists));
}

struct TypeName {
  std::string_view name;
  BsonType type;
};

/// Source: the MongoDB manual, "$type", "Available Types".
constexpr std::array kTypeNames{
    TypeName{"double", BsonType::kDouble},
    TypeName{"string", BsonType::kString},
    TypeName{"object", BsonType::kDocument},
    TypeName{"array", BsonType::kArray},
    TypeName{"binData", BsonType::kBinary},
    TypeName{"undefined", BsonType::kUndefined},
    TypeName{"objectId", BsonType::kObjectId},
    TypeName{"bool", BsonType::kBool},
    TypeName{"date", BsonType::kDate},
    TypeName{"null", BsonType::kNull},
    TypeName{"regex", BsonType::kRegex},
    TypeName{"dbPointer", BsonType::kDbPointer},
    TypeName{"javascript", BsonType::kCode},
    TypeName{"symbol", BsonType::kSymbol},
    TypeName{"javascriptWithScope", BsonType::kCodeWithScope},
    TypeName{"int", BsonType::kInt32},
    TypeName{"timestamp", BsonType::kTimestamp},
    TypeName{"long", BsonType::kInt64},
    TypeName{"decimal", BsonType::kDecimal128},
    TypeName{"minKey", BsonType::kMinKey},
    TypeName{"maxKey", BsonType::kMaxKey},
};

Status add_type_name(const Operand& operand, std::string_view name, TypeMatch::Types& out) {
  constexpr std::string_view kAnyNumber = "number";
  std::vector<std::string_view> known{kAnyNumber};
  for (const TypeName& entry : kTypeNames) {
    known.push_back(entry.name);
    const bool is_number = Value(entry.type, nullptr, 0).is_number();
    if (entry.name == name || (name == kAnyNumber && is_number))
      out.set(static_cast<size_t>(entry.type));
  }
  if (std::find(known.begin(), known.end(), name) != known.end()) return Status::ok();
  if (name == "missing")
    return operand.failure("'missing' is not the name of a type").with_hint("{$exists: false}");
  return operand.failure("unknown type name")
      .with("type", name)
      .with_hint(nearest_name_hint(name, known));
}

Status add_type(const Operand& operand, const Value& type, TypeMatch::Types& out) {
  if (type.is_string()) return add_type_name(operand, type.as_string(), out);
  if (!type.is_number()) return operand.failure("a type is a number or a name");
  const std::optional<WholeNumber> number = whole_number(type);
  const int64_t code = number && number->is_exact ? number->value : 0;
  constexpr int64_t kMinKeyCode = -1;  // As users write the byte 255.
  for (const TypeName& entry : kTypeNames) {
    const bool is_min_key = entry.type == BsonType::kMinKey;
    if (code != (is_min_key ? kMinKeyCode : static_cast<int64_t>(entry.type))) continue;
    out.set(static_cast<size_t>(entry.type));
    return Status::ok();
  }
  return operand.failure("no type has this number").with_hint("write its name: 'string', 'date'");
}

Result<MatchNodePtr> parse_type(const Operand& operand) {
  TypeMatch::Types types;
  if (!operand.value.is_array()) {
    INLET_RETURN_IF_ERROR(add_type(operand, operand.value, types));
  } else {
    for (const Element& element : operand.value.as_document())
      INLET_RETURN_IF_ERROR(add_type(operand, element.value, types));
    if (types.none()) return operand.failure("the list of types is empty");
  }
  return MatchNodePtr(std::make_unique<TypeMatch>(operand.path, types));
}

Result<MatchNodePtr> parse_size(const Operand& operand) {
  const std::optional<WholeNumber> size = whole_number(operand.value);
  if (!size || !size->is_exact || size->value < 0)
    return operand.failure("a size is a whole number, not negative");
  return MatchNodePtr(std::make_unique<SizeMatch>(operand.path, size->value));
}

Result<MatchNodePtr> parse_mod(const Operand& operand) {
  std::vector<Value> parts;
  if (operand.value.is_array()) {
    for (const Element& element : operand.value.as_document()) parts.push_back(element.value);
  }
  const auto divisor = parts.size() == 2 ? whole_number(parts[0]) : std::nullopt;
  const auto remainder = parts.size() == 2 ? whole_number(parts[1]) : std::nullopt;
  if (!divisor || !remainder)
    return operand.failure("the operator needs two numbers of at most 64 bits")
        .with_hint("{$mod: [divisor, remainder]}");
  if (divisor->value == 0) return operand.failure("the divisor is zero");
  return MatchNodePtr(std::make_unique<ModMatch>(operand.path, divisor->value, remainder->value));
}

bool is_logical_name(std::string_view name) {
  return name == "$and" || name == "$or" || name == "$nor";
}

Result<MatchNodePtr> parse_elem_match(const Operand& operand) {
  if (!operand.value.is_document()) return operand.failure("the operator needs a document");
  const DocumentView condition = operand.value.as_document();
  const std::string_view first = condition.is_empty() ? "" : condition.begin()->name;
  const bool of_values =
      first.starts_with('$') && !is_logical_name(first) && !is_database_reference_name(first);
  Result<MatchNodePtr> inner =
      of_values ? parse_operators("", condition) : parse_match_filter(condition);
  if (!inner.is_ok()) return std::move(inner).error().with("inside", operand.path);
  const auto of = of_values ? ElemMatch::Of::kValues : ElemMatch::Of::kDocuments;
  return MatchNodePtr(std::make_unique<ElemMatch>(operand.path, of, *std::move(inner)));
}

bool is_elem_match(const Value& value) {
  return has_operators(value) && value.as_document().begin()->name == "$elemMatch";
}

Result<MatchNodePtr> parse_all(const Operand& operand) {
  if (!operand.value.is_array()) return operand.failure("the operator needs an array");
  const DocumentView array = operand.value.as_document();
  if (array.is_empty()) return MatchNodePtr(std::make_unique<NothingMatch>());
  const bool of_elem_matches = is_elem_match(array.begin()->value);
  MatchNodes nodes;
  for (const Element& element : array) {
    if (of_elem_matches != is_elem_match(element.value) ||
        (!of_elem_matches && has_operators(element.value))) {
      return operand.failure("the list holds values only, or $elemMatch only");
    }
    if (element.value.type() == BsonType::kRegex) return regex_refused(operand);
    Result<MatchNodePtr> node = of_elem_matches
                                    ? parse_operators(operand.path, element.value.as_document())
                                    : parse_equal({operand.path, operand.name, element.value});
    if (!node.is_ok()) return node;
    nodes.push_back(*std::move(node));
  }
  return one_or_all(std::move(nodes));
}

/// The only registry of what may stand in `{path: {$…: …}}`.
constexpr std::array kOperators{
    OperatorEntry{"$eq", parse_equal},
    OperatorEntry{"$ne", parse_not_equal},
    OperatorEntry{"$gt", parse_comparison<ComparisonMatch::Kind::kGreater>},
    OperatorEntry{"$gte", parse_comparison<ComparisonMatch::Kind::kGreaterOrEqual>},
    OperatorEntry{"$lt", parse_comparison<ComparisonMatch::Kind::kLess>},
    OperatorEntry{"$lte", parse_comparison<ComparisonMatch::Kind::kLessOrEqual>},
    OperatorEntry{"$in", parse_in},
    OperatorEntry{"$nin", parse_not_in},
    OperatorEntry{"$not", parse_not},
    OperatorEntry{"$exists", parse_exists},
    OperatorEntry{"$type", parse_type},
    OperatorEntry{"$size", parse_size},
    OperatorEntry{"$all", parse_all},
    OperatorEntry{"$elemMatch", parse_elem_match},
    OperatorEntry{"$mod", parse_mod},
};

/// The server knows these; they are not here yet.
constexpr std::array<std::string_view, 22> kNotYet{
    "$regex",      "$options",       "$expr",       "$jsonSchema",   "$where",       "$text",
    "$bitsAllSet", "$bitsAllClear",  "$bitsAnySet", "$bitsAnyClear", "$near",        "$nearSphere",
    "$geoWithin",  "$geoIntersects", "$within",     "$geoNear",      "$maxDistance", "$minDistance",
    "$sampleRate", "$rand",          "$alwaysTrue", "$alwaysFalse",
};

Status unknown_operator(const Operand& operand, std::vector<std::string_view> known) {
  if (std::find(kNotYet.begin(), kNotYet.end(), operand.name) != kNotYet.end())
    return operand.failure("the operator is not supported yet", Code::kUnimplemented);
  return operand.failure("unknown operator").with_hint(nearest_name_hint(operand.name, known));
}

/// `{$gt: 1, $lt: 5}`: all of them hold, each of any value on the path.
Result<MatchNodePtr> parse_operators(std::string_view path, DocumentView operators) {
  MatchNodes nodes;
  for (const Element& element : operators) {
    const Operand operand{path, element.name, element.value};
    const auto* entry =
        std::find_if(kOperators.begin(), kOperators.end(),
                     [&](const OperatorEntry& known) { return known.name == element.name; });
    if (entry == kOperators.end()) {
      std::vector<std::string_view> known;
      known.reserve(kOperators.size());
      for (const OperatorEntry& one : kOperators) known.push_back(one.name);
      return unknown_operator(operand, std::move(known));
    }
    Result<MatchNodePtr> node = entry->parse(operand);
    if (!node.is_ok()) return node;
    nodes.push_back(*std::move(node));
  }
  return one_or_all(std::move(nodes));
}

Result<MatchNodePtr> parse_logical(const Operand& operand) {
  if (!operand.value.is_array() || operand.value.as_document().is_empty())
    return Status(Code::kInvalidArgument, "the operator needs an array of filters, not empty")
        .with("operator", operand.name);
  MatchNodes nodes;
  for (const Element& element : operand.value.as_document()) {
    if (!element.value.is_document())
      return Status(Code::kInvalidArgument, "a filter must be a document")
          .with("operator", operand.name)
          .with("index", element.name);
    INLET_ASSIGN_OR_RETURN(MatchNodePtr node, parse_match_filter(element.value.as_document()));
    nodes.push_back(std::move(node));
  }
  const auto kind = operand.name == "$and"  ? LogicalMatch::Kind::kAnd
                    : operand.name == "$or" ? LogicalMatch::Kind::kOr
                                            : LogicalMatch::Kind::kNor;
  return MatchNodePtr(std::make_unique<LogicalMatch>(kind, std::move(nodes)));
}

Result<MatchNodePtr> parse_path(std::string_view path, const Value& value) {
  const Operand operand{path, "", value};
  if (value.type() == BsonType::kRegex) return regex_refused(operand);
  if (has_operators(value)) return parse_operators(path, value.as_document());
  return parse_equal(operand);
}

Status unknown_top_level(std::string_view name) {
  std::vector<std::string_view> known{"$and", "$or", "$nor", "$comment"};
  Status status = unknown_operator({"", name, {}}, known);
  const bool belongs_to_path =
      std::any_of(kOperators.begin(), kOperators.end(),
                  [&](const OperatorEntry& entry) { return entry.name == name; });
  if (!belongs_to_path) return status;
  return Status(Code::kInvalidArgument, "the operator must stand below a path")
      .with("operator", name)
      .with_hint(name == "$not" ? "to negate a whole filter use $nor"
                                : "{path: {" + std::string(name) + ": …}}");
}

}  // namespace

Result<MatchNodePtr> parse_match_filter(DocumentView filter) {
  MatchNodes nodes;
  for (const Element& element : filter) {
    const std::string_view name = element.name;
    if (name == "$comment") continue;  // For the readers of a filter.
    const bool is_operator = name.starts_with('$') && !is_database_reference_name(name);
    if (is_operator && !is_logical_name(name)) return unknown_top_level(name);
    Result<MatchNodePtr> node =
        is_operator ? parse_logical({"", name, element.value}) : parse_path(name, element.value);
    if (!node.is_ok()) return node;
    nodes.push_back(*std::move(node));
  }
  return one_or_all(std::move(nodes));
}

}  // namespace inlet
