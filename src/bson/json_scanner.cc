#include "bson/json_scanner.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

#include "base/utf8.h"
#include "bson/json_text.h"

namespace inlet {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_identifier_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         static_cast<uint8_t>(c) >= 0x80;
}

void append_code_point(ByteBuffer& out, uint32_t code_point) {
  const auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put(0x80 | (code_point & 63));
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 63));
    put(0x80 | (code_point & 63));
  } else {
    put(0xF0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 63));
    put(0x80 | (code_point >> 6 & 63));
    put(0x80 | (code_point & 63));
  }
}

bool is_high_surrogate(uint32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low_surrogate(uint32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

}  // namespace

bool JsonScanner::fail(size_t offset, std::string_view reason, std::string_view hint) {
  if (reason_.empty()) {
    failed_at_ = offset;
    reason_ = reason;
    hint_ = hint;
  }
  return false;
}

bool JsonScanner::skip_comment() {
  const size_t start = offset();
  if (peek_second() == '/') {
    while (at_ != end_ && *at_ != '\n') ++at_;
    return true;
  }
  at_ += 2;
  while (end_ - at_ >= 2) {
    if (at_[0] == '*' && at_[1] == '/') {
      at_ += 2;
      return true;
    }
    ++at_;
  }
  return fail(start, "a comment is not closed");
}

bool JsonScanner::skip_blanks_slow() {
  while (at_ != end_) {
    const char c = *at_;
    const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (blank || (is_shell() && (c == '\v' || c == '\f'))) {
      ++at_;
    } else if (is_shell() && c == '\xC2' && peek_second() == '\xA0') {
      at_ += 2;  // A no-break space, as web pages put them into code.
    } else if (is_shell() && end_ - at_ >= 3 && std::memcmp(at_, "\xEF\xBB\xBF", 3) == 0) {
      at_ += 3;  // A byte order mark.
    } else if (is_shell() && c == '/' && (peek_second() == '/' || peek_second() == '*')) {
      if (!skip_comment()) return false;
    } else {
      break;
    }
  }
  return true;
}

/// Stops at the quote, a backslash, a control character, a byte above ASCII, or the end.
void JsonScanner::skip_ordinary_text(char quote) {
  // The mask knows double quotes only; single quotes are for what people type.
  while (quote == '"' && end_ - at_ >= static_cast<std::ptrdiff_t>(kTextBlock)) {
    const uint32_t mask = json_special_mask(reinterpret_cast<const uint8_t*>(at_));
    if (mask != 0) {
      at_ += std::countr_zero(mask);
      return;
    }
    at_ += kTextBlock;
  }
  while (at_ != end_ && *at_ != quote && *at_ != '\\' && static_cast<int8_t>(*at_) >= 0x20) ++at_;
}

bool JsonScanner::scan_string(ByteBuffer& out) {
  const char quote = *at_;
  const size_t start = offset();
  ++at_;
  const char* run = at_;  // Text that can be copied as it is.
  while (true) {
    skip_ordinary_text(quote);
    if (at_ == end_) return fail(start, "a string is not closed");
    const char c = *at_;
    if (c == quote) {
      out.append(run, static_cast<size_t>(at_ - run));
      ++at_;
      return true;
    }
    if (c == '\\') {
      out.append(run, static_cast<size_t>(at_ - run));
      if (!scan_escape(out)) return false;
      run = at_;
    } else if (static_cast<uint8_t>(c) >= 0x80) {
      const Utf8Step step =
          utf8_step(reinterpret_cast<const uint8_t*>(at_), static_cast<size_t>(end_ - at_));
      if (!step.valid) return fail_here("the text is not UTF-8");
      at_ += step.size;
    } else {
      if (c == '\n') return fail(start, "a string is not closed before the end of the line");
      if (!is_shell()) return fail_here("a control character in a string is not escaped");
      ++at_;
    }
  }
}

bool JsonScanner::scan_code_unit(uint32_t& unit) {
  unit = 0;
  if (end_ - at_ < 4) return fail_here("\\u is not followed by four hexadecimal digits");
  const auto read = std::from_chars(at_, at_ + 4, unit, 16);
  if (read.ptr != at_ + 4) return fail_here("\\u is not followed by four hexadecimal digits");
  at_ += 4;
  return true;
}

bool JsonScanner::scan_unicode_escape(ByteBuffer& out) {
  const size_t start = offset() - 2;
  uint32_t unit = 0;
  if (is_shell() && accept('{')) {
    const auto read = std::from_chars(at_, end_, unit, 16);
    if (read.ptr == at_ || read.ptr == end_ || *read.ptr != '}' || unit > 0x10FFFF ||
        is_high_surrogate(unit) || is_low_surrogate(unit)) {
      return fail(start, "\\u{…} does not hold a code point");
    }
    at_ = read.ptr + 1;
    append_code_point(out, unit);
    return true;
  }
  if (!scan_code_unit(unit)) return false;
  if (is_low_surrogate(unit)) return fail(start, "an escape is half of a surrogate pair");
  if (is_high_surrogate(unit)) {
    uint32_t second = 0;
    if (peek() != '\\' || peek_second() != 'u') {
      return fail(start, "an escape is half of a surrogate pair");
    }
    at_ += 2;
    if (!scan_code_unit(second)) return false;
    if (!is_low_surrogate(second)) return fail(start, "an escape is half of a surrogate pair");
    unit = 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00);
  }
  append_code_point(out, unit);
  return true;
}

bool JsonScanner::scan_escape(ByteBuffer& out) {
  const size_t start = offset();
  ++at_;
  const char c = peek();
  if (at_ != end_) ++at_;
  switch (c) {
    case '"':
    case '\\':
    case '/':
      out += c;
      return true;
    case 'b':
      out += '\b';
      return true;
    case 'f':
      out += '\f';
      return true;
    case 'n':
      out += '\n';
      return true;
    case 'r':
      out += '\r';
      return true;
    case 't':
      out += '\t';
      return true;
    case 'u':
      return scan_unicode_escape(out);
    default:
      break;
  }
  if (!is_shell()) return fail(start, "an escape in a string is unknown");
  uint32_t unit = 0;
  switch (c) {
    case '\'':
    case '`':
      out += c;
      return true;
    case 'v':
      out += '\v';
      return true;
    case '\n':
      return true;  // The line goes on.
    case '0':
      if (is_digit(peek())) break;
      out += '\0';
      return true;
    case 'x':
      if (end_ - at_ < 2 || std::from_chars(at_, at_ + 2, unit, 16).ptr != at_ + 2) break;
      at_ += 2;
      append_code_point(out, unit);
      return true;
    default:
      if (is_identifier_byte(c) || c == '\0') break;
      out += c;  // As in JavaScript: the character itself.
      return true;
  }
  return fail(start, "an escape in a string is unknown");
}

std::string_view JsonScanner::scan_identifier() {
  const char* start = at_;
  while (at_ != end_ && is_identifier_byte(*at_)) ++at_;
  return {start, static_cast<size_t>(at_ - start)};
}

bool JsonScanner::scan_regex(std::string_view& pattern, std::string_view& flags) {
  const size_t start = offset();
  const char* first = ++at_;
  bool in_class = false;
  for (; at_ != end_ && *at_ != '\n' && (*at_ != '/' || in_class); ++at_) {
    if (*at_ == '[') in_class = true;
    if (*at_ == ']') in_class = false;
    if (*at_ == '\\' && at_ + 1 != end_) ++at_;
  }
  if (at_ == end_ || *at_ == '\n') return fail(start, "a regular expression is not closed");
  pattern = {first, static_cast<size_t>(at_ - first)};
  ++at_;
  flags = scan_identifier();
  for (size_t i = 0; i < pattern.size();) {
    const Utf8Step step =
        utf8_step(reinterpret_cast<const uint8_t*>(pattern.data()) + i, pattern.size() - i);
    if (!step.valid) return fail(start, "the text is not UTF-8");
    i += step.size;
  }
  return true;
}

void JsonScanner::set_integer(JsonNumber& number, uint64_t magnitude, bool negative, bool overflow,
                              std::string_view digits) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (overflow || magnitude > kMax + (negative ? 1 : 0)) {
    double real = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), real);
    number.type = JsonNumber::Type::kDouble;
    number.real = negative ? -real : real;
    return;
  }
  number.integer = static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
  const bool small = number.integer >= std::numeric_limits<int32_t>::min() &&
                     number.integer <= std::numeric_limits<int32_t>::max();
  number.type = small ? JsonNumber::Type::kInt32 : JsonNumber::Type::kInt64;
}

bool JsonScanner::scan_hex_number(bool negative, JsonNumber& number) {
  at_ += 2;
  uint64_t magnitude = 0;
  const auto read = std::from_chars(at_, end_, magnitude, 16);
  if (read.ec != std::errc() || magnitude > uint64_t{std::numeric_limits<int64_t>::max()}) {
    return fail_here("not a hexadecimal number of up to 63 bits");
  }
  at_ = read.ptr;
  set_integer(number, magnitude, negative, false, {});
  return true;
}

bool JsonScanner::scan_number(JsonNumber& number) {
  const size_t start = offset();
  bool negative = false;
  if (*at_ == '-' || (*at_ == '+' && is_shell())) negative = *at_++ == '-';
  if (is_shell() && peek() == '0' && (peek_second() == 'x' || peek_second() == 'X')) {
    return scan_hex_number(negative, number);
  }
  const char* const first = at_;
  uint64_t magnitude = 0;
  bool overflow = false;
  for (; at_ != end_ && is_digit(*at_); ++at_) {
    const auto digit = static_cast<uint64_t>(*at_ - '0');
    overflow = overflow || magnitude > (std::numeric_limits<uint64_t>::max() - digit) / 10;
    magnitude = magnitude * 10 + digit;
  }
  const auto whole_digits = at_ - first;
  if (whole_digits > 1 && *first == '0') return fail(start, "a number begins with a zero too many");
  bool whole = true;
  auto fraction_digits = at_ - at_;
  if (peek() == '.') {
    whole = false;
    const char* point = ++at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    fraction_digits = at_ - point;
    if (fraction_digits == 0 && !is_shell()) return fail(start, "no digit follows the point");
  }
  if (whole_digits + fraction_digits == 0 || (whole_digits == 0 && !is_shell())) {
    return fail(start, "a number has no digits");
  }
  if (peek() == 'e' || peek() == 'E') {
    whole = false;
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!is_digit(peek())) return fail(start, "a number has an exponent without digits");
    while (at_ != end_ && is_digit(*at_)) ++at_;
  }
  if (whole) {
    set_integer(number, magnitude, negative, overflow, {first, static_cast<size_t>(at_ - first)});
    return true;
  }
  number.type = JsonNumber::Type::kDouble;
  const auto read = std::from_chars(first, at_, number.real);
  if (read.ec == std::errc::result_out_of_range) return fail(start, "a number is out of range");
  if (negative) number.real = -number.real;
  return true;
}

}  // namespace inlet
