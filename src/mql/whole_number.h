#pragma once

#include <cstdint>
#include <optional>

#include "bson/value.h"

namespace inlet {

/// A number without its fraction.
struct WholeNumber {
  int64_t value = 0;
  bool is_exact = true;  ///< There was no fraction.
};

/// Cuts a number of any type towards zero. Nothing for what is no number, NaN, an infinity, and
/// what 64 bits do not hold.
std::optional<WholeNumber> whole_number(const Value& value);

/// NaN of either type that has one.
bool is_nan(const Value& value);

}  // namespace inlet
