#include "mql/expression.h"

namespace inlet {
namespace {

/// The value of an expression that writes itself: built aside and kept in the arena.
Result<Value> build_aside(const Expression& expression, Evaluation& evaluation) {
  BuilderPool::Lease holder(evaluation.scratch.builders);
  Result<bool> appended = expression.append_to(*holder, "", evaluation);
  if (!appended.is_ok()) return appended.status();
  const DocumentView kept = holder->finish_into(evaluation.arena);
  return kept.is_empty() ? Value() : kept.begin()->value;
}

}  // namespace

Result<bool> Expression::append_to(DocumentBuilder& out, std::string_view name,
                                   Evaluation& evaluation) const {
  INLET_ASSIGN_OR_RETURN(const Value value, evaluate(evaluation));
  out.append(name, value);
  return !value.is_missing();
}

FieldPathExpression::Place FieldPathExpression::find(DocumentView document,
                                                     size_t names_left) const {
  while (true) {
    const Value value = document[names_[names_.size() - names_left]];
    --names_left;
    if (names_left == 0) return {value, 0};
    if (value.is_array()) return {value, names_left};
    if (!value.is_document()) return {};
    document = value.as_document();
  }
}

void FieldPathExpression::collect(DocumentView array, size_t names_left,
                                  DocumentBuilder& out) const {
  ArrayIndex index;
  for (const Element& element : array) {
    if (!element.value.is_document()) continue;  // Nor is an array in an array gone into.
    const Place place = find(element.value.as_document(), names_left);
    if (place.names_left > 0) {
      out.open_array(index.next());
      collect(place.value.as_document(), place.names_left, out);
      out.close();
    } else if (!place.value.is_missing()) {
      out.append(index.next(), place.value);
    }
  }
}

Result<Value> FieldPathExpression::evaluate(Evaluation& evaluation) const {
  const DocumentView root = evaluation.root;
  if (names_.empty()) return Value(BsonType::kDocument, root.data(), root.size());
  const Place place = find(root, names_.size());
  return place.names_left == 0 ? Result<Value>(place.value) : build_aside(*this, evaluation);
}

Result<bool> FieldPathExpression::append_to(DocumentBuilder& out, std::string_view name,
                                            Evaluation& evaluation) const {
  if (names_.empty()) {
    out.append_document(name, evaluation.root);
    return true;
  }
  const Place place = find(evaluation.root, names_.size());
  if (place.names_left == 0) {
    out.append(name, place.value);
    return !place.value.is_missing();
  }
  out.open_array(name);
  collect(place.value.as_document(), place.names_left, out);
  out.close();
  return true;
}

Result<Value> DocumentExpression::evaluate(Evaluation& evaluation) const {
  return build_aside(*this, evaluation);
}

Result<bool> DocumentExpression::append_to(DocumentBuilder& out, std::string_view name,
                                           Evaluation& evaluation) const {
  out.open_document(name);
  for (const Field& field : fields_) {
    Result<bool> appended = field.value->append_to(out, field.name, evaluation);
    if (!appended.is_ok()) return appended;
  }
  out.close();
  return true;
}

Result<Value> ArrayExpression::evaluate(Evaluation& evaluation) const {
  return build_aside(*this, evaluation);
}

Result<bool> ArrayExpression::append_to(DocumentBuilder& out, std::string_view name,
                                        Evaluation& evaluation) const {
  out.open_array(name);
  ArrayIndex index;
  for (const ExpressionPtr& element : elements_) {
    const std::string_view place = index.next();
    Result<bool> appended = element->append_to(out, place, evaluation);
    if (!appended.is_ok()) return appended;
    if (!*appended) out.append_null(place);
  }
  out.close();
  return true;
}

}  // namespace inlet
