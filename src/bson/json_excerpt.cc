#include "bson/json_excerpt.h"

#include <algorithm>
#include <cstdint>

namespace inlet {

namespace {

constexpr size_t kBytesBefore = 48;
constexpr size_t kBytesAfter = 32;

bool continues_code_point(char c) {
  return (static_cast<uint8_t>(c) & 0xC0) == 0x80;
}

}  // namespace

TextPosition text_position(std::string_view text, size_t offset) {
  TextPosition position;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++position.line;
      position.column = 1;
    } else if (!continues_code_point(c)) {
      ++position.column;
    }
  }
  return position;
}

std::string caret_excerpt(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  const size_t previous = text.substr(0, offset).rfind('\n');
  const size_t line_begin = previous == std::string_view::npos ? 0 : previous + 1;
  const size_t line_end = std::min(text.find('\n', offset), text.size());
  size_t begin = std::max(line_begin, offset - std::min(offset, kBytesBefore));
  size_t end = std::min(line_end, offset + kBytesAfter);
  while (begin < offset && continues_code_point(text[begin])) ++begin;
  while (end > offset && end < line_end && continues_code_point(text[end])) --end;

  std::string excerpt = "\n    ";
  std::string caret = "\n    ";
  for (size_t i = begin; i < end; ++i) {
    const bool control = static_cast<uint8_t>(text[i]) < 0x20;
    excerpt += control ? ' ' : text[i];
    if (i < offset && !continues_code_point(text[i])) caret += ' ';
  }
  return excerpt + caret + "^";
}

}  // namespace inlet
