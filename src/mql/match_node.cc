// The walk along a path follows the server's: a path stops at the first array, and from there every
// document in it is followed with what is left of the path, and the element whose index the next
// part names. A nested array is entered through its index only.
#include "mql/match_node.h"

#include <algorithm>

#include "bson/compare.h"
#include "mql/whole_number.h"

namespace inlet {

template <class Ask>
bool LogicalMatch::combine(const Ask& ask) const {
  switch (kind_) {
    case Kind::kAnd:
      return std::all_of(children_.begin(), children_.end(), ask);
    case Kind::kOr:
      return std::any_of(children_.begin(), children_.end(), ask);
    case Kind::kNor:
      return std::none_of(children_.begin(), children_.end(), ask);
  }
  INLET_UNREACHABLE();
}

bool LogicalMatch::matches(DocumentView document) const {
  return combine([&](const MatchNodePtr& child) { return child->matches(document); });
}

bool LogicalMatch::matches_value(const Value& value) const {
  return combine([&](const MatchNodePtr& child) { return child->matches_value(value); });
}

PathMatch::PathMatch(std::string_view path, Leaf leaf) : leaf_(leaf) {
  while (true) {
    const size_t dot = path.find('.');
    parts_.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return;
    path.remove_prefix(dot + 1);
  }
}

bool PathMatch::matches(DocumentView document) const {
  return matches_below(document, 0);
}

bool PathMatch::matches_below(DocumentView document, size_t part) const {
  Value value = document[parts_[part]];
  while (value.is_document() && !is_last(part)) {
    ++part;
    value = value.as_document()[parts_[part]];
  }
  if (!value.is_array()) return matches_value(is_last(part) ? value : Value());
  if (!is_last(part)) return matches_elements(value.as_document(), part + 1);
  if (leaf_ == Leaf::kElementsToo) {
    for (const Element& element : value.as_document()) {
      if (matches_value(element.value)) return true;
    }
  }
  return matches_value(value);
}

bool PathMatch::matches_elements(DocumentView array, size_t part) const {
  for (const Element& element : array) {
    const Value& value = element.value;
    if (value.is_document() && matches_below(value.as_document(), part)) return true;
    if (element.name != parts_[part]) continue;
    if (is_last(part)) {
      if (matches_value(value)) return true;
    } else if (value.is_document()) {
      if (matches_below(value.as_document(), part + 1)) return true;
    } else if (value.is_array()) {
      if (matches_elements(value.as_document(), part + 1)) return true;
    }
  }
  return false;
}

ComparisonMatch::ComparisonMatch(std::string_view path, Kind kind, const Value& constant)
    : PathMatch(path, Leaf::kElementsToo),
      kind_(kind),
      constant_(constant),
      rank_(type_rank(constant.type())),
      is_nan_(is_nan(constant)) {}

bool ComparisonMatch::takes(int order) const {
  switch (kind_) {
    case Kind::kEqual:
      return order == 0;
    case Kind::kGreater:
      return order > 0;
    case Kind::kGreaterOrEqual:
      return order >= 0;
    case Kind::kLess:
      return order < 0;
    case Kind::kLessOrEqual:
      return order <= 0;
  }
  INLET_UNREACHABLE();
}

bool ComparisonMatch::takes_equal() const {
  return kind_ != Kind::kGreater && kind_ != Kind::kLess;
}

bool ComparisonMatch::matches_other_kind(int rank) const {
  const Value constant = constant_.view();
  // What is missing or undefined counts as null.
  if (constant.is_null()) return rank == type_rank(BsonType::kMissing) && takes_equal();
  // The two ends of the order compare with every kind.
  const bool is_end = constant.type() == BsonType::kMinKey || constant.type() == BsonType::kMaxKey;
  return is_end && takes(rank < rank_ ? -1 : 1);
}

bool ComparisonMatch::matches_value(const Value& value) const {
  const int rank = type_rank(value.type());
  if (rank != rank_) return matches_other_kind(rank);
  // NaN has no order: it is equal to itself, and neither below nor above a number.
  if (is_nan_ || is_nan(value)) return is_nan_ && is_nan(value) && takes_equal();
  return takes(compare_values(value, constant_.view()));
}

InMatch::InMatch(std::string_view path, DocumentView constants)
    : PathMatch(path, Leaf::kElementsToo), holder_(constants) {
  for (const Element& element : holder_.view()) {
    has_null_ = has_null_ || element.value.is_null();
    sorted_.push_back(element.value);
  }
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Value& a, const Value& b) { return compare_values(a, b) < 0; });
}

bool InMatch::matches_value(const Value& value) const {
  if (has_null_ && type_rank(value.type()) == type_rank(BsonType::kMissing)) return true;
  const auto place = std::lower_bound(
      sorted_.begin(), sorted_.end(), value,
      [](const Value& known, const Value& wanted) { return compare_values(known, wanted) < 0; });
  return place != sorted_.end() && equal_values(*place, value);
}

bool TypeMatch::matches_value(const Value& value) const {
  return types_.test(static_cast<size_t>(value.type()));
}

bool SizeMatch::matches_value(const Value& value) const {
  if (!value.is_array()) return false;
  int64_t size = 0;
  for ([[maybe_unused]] const Element& element : value.as_document()) {
    if (++size > size_) return false;
  }
  return size == size_;
}

bool ModMatch::matches_value(const Value& value) const {
  const std::optional<WholeNumber> dividend = whole_number(value);
  if (!dividend) return false;
  // The least integer by -1 does not fit, though its remainder is 0 as well.
  const int64_t remainder = divisor_ == -1 ? 0 : dividend->value % divisor_;
  return remainder == remainder_;
}

bool ElemMatch::matches_value(const Value& value) const {
  if (!value.is_array()) return false;
  for (const Element& element : value.as_document()) {
    if (of_ == Of::kValues) {
      if (condition_->matches_value(element.value)) return true;
    } else if (element.value.is_document() || element.value.is_array()) {
      if (condition_->matches(element.value.as_document())) return true;
    }
  }
  return false;
}

}  // namespace inlet
