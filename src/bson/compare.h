#pragma once

#include "bson/document.h"
#include "bson/value.h"

namespace inlet {

/// The place of a type in MongoDB's sort order. Types of one rank compare by value: all numbers;
/// strings and symbols; missing and undefined.
/// Source: the MongoDB manual, "Comparison/Sort Order".
int type_rank(BsonType type);

/// Negative, zero or positive: `left` sorts before, with, or after `right` in MongoDB's order.
///
/// Numbers compare by their exact value whatever their types; NaN sorts below all of them and is
/// equal to itself. Text compares byte by byte.
int compare_values(const Value& left, const Value& right);

/// Field by field: the rank of the type, then the name, then the value; a prefix sorts first.
int compare_documents(DocumentView left, DocumentView right);

inline bool equal_values(const Value& left, const Value& right) {
  return compare_values(left, right) == 0;
}

}  // namespace inlet
