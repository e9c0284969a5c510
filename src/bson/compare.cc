#include "bson/compare.h"

#include <algorithm>

#include "bson/compare_numbers.h"

namespace inlet {

namespace {

template <class T>
int three_way(T left, T right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

int compare_bytes(std::string_view left, std::string_view right) {
  return left.compare(right);
}

int compare_binary(const Value& left, const Value& right) {
  const int by_size = three_way(left.size(), right.size());
  if (by_size != 0) return by_size;
  constexpr size_t kSubtypeAt = 4;
  return compare_bytes(left.raw().substr(kSubtypeAt), right.raw().substr(kSubtypeAt));
}

/// Pattern, then options; both end with a zero byte, so the bytes in a row have this order.
int compare_regex(const Value& left, const Value& right) {
  return compare_bytes(left.raw(), right.raw());
}

int compare_code_with_scope(const Value& left, const Value& right) {
  constexpr uint32_t kTextAt = 4;
  const auto text = [](const Value& value) {
    const auto size = load_little_endian<uint32_t>(value.data() + kTextAt);
    return Value(BsonType::kCode, value.data() + kTextAt, 4 + size);
  };
  const Value left_text = text(left);
  const Value right_text = text(right);
  const int by_text = compare_bytes(left_text.as_string(), right_text.as_string());
  if (by_text != 0) return by_text;
  return compare_documents(DocumentView(left_text.data() + left_text.size()),
                           DocumentView(right_text.data() + right_text.size()));
}

int compare_db_pointers(const Value& left, const Value& right) {
  const int by_size = three_way(left.size(), right.size());
  return by_size != 0 ? by_size : compare_bytes(left.raw(), right.raw());
}

}  // namespace

int type_rank(BsonType type) {
  switch (type) {
    case BsonType::kMinKey:
      return -1;
    case BsonType::kMissing:
    case BsonType::kUndefined:
      return 0;
    case BsonType::kNull:
      return 5;
    case BsonType::kDouble:
    case BsonType::kInt32:
    case BsonType::kInt64:
    case BsonType::kDecimal128:
      return 10;
    case BsonType::kString:
    case BsonType::kSymbol:
      return 15;
    case BsonType::kDocument:
      return 20;
    case BsonType::kArray:
      return 25;
    case BsonType::kBinary:
      return 30;
    case BsonType::kObjectId:
      return 35;
    case BsonType::kBool:
      return 40;
    case BsonType::kDate:
      return 45;
    case BsonType::kTimestamp:
      return 47;
    case BsonType::kRegex:
      return 50;
    case BsonType::kDbPointer:
      return 55;
    case BsonType::kCode:
      return 60;
    case BsonType::kCodeWithScope:
      return 65;
    case BsonType::kMaxKey:
      return 127;
  }
  INLET_UNREACHABLE();
}

int compare_values(const Value& left, const Value& right) {
  const int left_rank = type_rank(left.type());
  const int right_rank = type_rank(right.type());
  if (left_rank != right_rank) return three_way(left_rank, right_rank);
  switch (left.type()) {
    case BsonType::kMissing:
    case BsonType::kUndefined:
    case BsonType::kNull:
    case BsonType::kMinKey:
    case BsonType::kMaxKey:
      return 0;
    case BsonType::kDouble:
    case BsonType::kInt32:
    case BsonType::kInt64:
    case BsonType::kDecimal128:
      return compare_numbers(left, right);
    case BsonType::kString:
    case BsonType::kSymbol:
    case BsonType::kCode:
      return compare_bytes(left.as_string(), right.as_string());
    case BsonType::kDocument:
    case BsonType::kArray:
      return compare_documents(left.as_document(), right.as_document());
    case BsonType::kBinary:
      return compare_binary(left, right);
    case BsonType::kObjectId:
      return compare_bytes(left.raw(), right.raw());
    case BsonType::kBool:
      return three_way(left.as_bool(), right.as_bool());
    case BsonType::kDate:
      return three_way(left.as_date_ms(), right.as_date_ms());
    case BsonType::kTimestamp:
      return three_way(left.as_timestamp(), right.as_timestamp());
    case BsonType::kRegex:
      return compare_regex(left, right);
    case BsonType::kDbPointer:
      return compare_db_pointers(left, right);
    case BsonType::kCodeWithScope:
      return compare_code_with_scope(left, right);
  }
  INLET_UNREACHABLE();
}

int compare_documents(DocumentView left, DocumentView right) {
  auto left_at = left.begin();
  auto right_at = right.begin();
  for (; left_at != left.end() && right_at != right.end(); ++left_at, ++right_at) {
    const int by_rank =
        three_way(type_rank(left_at->value.type()), type_rank(right_at->value.type()));
    if (by_rank != 0) return by_rank;
    if (const int by_name = compare_bytes(left_at->name, right_at->name); by_name != 0) {
      return by_name;
    }
    if (const int by_value = compare_values(left_at->value, right_at->value); by_value != 0) {
      return by_value;
    }
  }
  return three_way(left_at != left.end(), right_at != right.end());
}

}  // namespace inlet
