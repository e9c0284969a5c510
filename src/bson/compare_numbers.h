#pragma once

#include "bson/value.h"

namespace inlet {

/// Compares two numbers of any types by their exact values; NaN is the least and equal to itself.
int compare_numbers(const Value& left, const Value& right);

}  // namespace inlet
