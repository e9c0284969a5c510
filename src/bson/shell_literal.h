#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bson/value_slot.h"

namespace inlet {

/// Replaces the array of arguments in `slot` by what `name(arguments…)` means in `mongosh`.
/// `name` must not stand in `slot`.
/// Source: the MongoDB Shell manual, "Data Types".
Conversion convert_shell_call(ValueSlot& slot, std::string_view name,
                              std::optional<int64_t> now_ms);

/// Writes the value of a word without parentheses: `undefined`, `NaN`, `Infinity`, `MinKey`,
/// `MaxKey`. False for any other.
bool put_shell_word(ValueSlot& slot, std::string_view word);

/// What an unknown word may have meant.
std::string shell_word_hint(std::string_view word);

/// Writes `/pattern/flags`.
Conversion put_regex_literal(ValueSlot& slot, std::string_view pattern, std::string_view flags);

}  // namespace inlet
