#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace inlet {

/// More letters than MongoDB knows, and as many as are put into order.
inline constexpr size_t kRegexOptionsMax = 16;

/// True for options that Extended JSON wants in alphabetical order. Anything else, which no server
/// would take, stays as it is, so that it stays UTF-8 and reads back.
inline bool are_sortable_regex_options(std::string_view options) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return options.size() <= kRegexOptionsMax && std::ranges::all_of(options, is_letter);
}

}  // namespace inlet
