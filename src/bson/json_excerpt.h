#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace inlet {

/// Counted from 1; a column is a code point.
struct TextPosition {
  size_t line = 1;
  size_t column = 1;
};

TextPosition text_position(std::string_view text, size_t offset);

/// The part of the line around `offset`, and a caret under the place, on two lines of their own.
std::string caret_excerpt(std::string_view text, size_t offset);

}  // namespace inlet
