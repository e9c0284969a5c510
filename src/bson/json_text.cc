// Escaping works in blocks of 16 bytes: a block is copied first and examined afterwards. The copy
// is kept up to the first byte that needs care; that byte is then handled alone. Ordinary text
// thus costs one load, one store and one test for every 16 bytes.
#include "bson/json_text.h"

#include <cstring>

#include "base/utf8.h"

namespace inlet {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
/// U+FFFD.
constexpr char kReplacement[3] = {'\xEF', '\xBF', '\xBD'};

/// The letter behind the backslash, or zero where only \u00XX will do.
char short_escape(uint8_t byte) {
  switch (byte) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

/// At most 6 bytes.
char* write_escape(char* out, uint8_t byte) {
  *out++ = '\\';
  if (const char letter = short_escape(byte); letter != 0) {
    *out++ = letter;
    return out;
  }
  out[0] = 'u';
  out[1] = '0';
  out[2] = '0';
  out[3] = kHexDigits[byte >> 4];
  out[4] = kHexDigits[byte & 15];
  return out + 5;
}

/// Copies a run of bytes above ASCII. Each source byte needs at most 3 bytes here.
char* write_non_ascii(RawBuffer& buffer, char* out, JsonText& text, uint64_t& replaced) {
  while (text.at < text.end && *text.at >= 0x80) {
    const auto remaining = static_cast<size_t>(text.end - text.at);
    const Utf8Step step = utf8_step(text.at, remaining);
    if (step.valid) {
      std::memcpy(out, text.at, step.size);
      out += step.size;
    } else {
      out = buffer.ensure(out, remaining + kTextTailBytes + 3);
      std::memcpy(out, kReplacement, sizeof kReplacement);
      out += 3;
      ++replaced;
    }
    text.at += step.size;
  }
  return out;
}

}  // namespace

char* write_json_text(RawBuffer& buffer, char* out, JsonText text, uint64_t& replaced) {
  static_assert(kTextTailBytes >= 2 * kTextBlock);
  out = buffer.ensure(out, static_cast<size_t>(text.end - text.at) + kTextTailBytes);
  while (text.at < text.end) {
    const auto remaining = static_cast<size_t>(text.end - text.at);
    const size_t step = remaining < kTextBlock ? remaining : kTextBlock;
    uint8_t copied[kTextBlock];
    const uint8_t* block = text.at;
    if (static_cast<size_t>(text.readable_end - text.at) < kTextBlock) {
      std::memset(copied, ' ', sizeof copied);
      std::memcpy(copied, text.at, step);
      block = copied;
    }
    std::memcpy(out, block, kTextBlock);
    const uint32_t mask = json_special_mask(block) & ((uint32_t{1} << step) - 1);
    if (mask == 0) {
      out += step;
      text.at += step;
      continue;
    }
    const auto clean = static_cast<size_t>(std::countr_zero(mask));
    out += clean;
    text.at += clean;
    if (*text.at >= 0x80) {
      out = write_non_ascii(buffer, out, text, replaced);
    } else {
      out = buffer.ensure(out, remaining + kTextTailBytes + 6);
      out = write_escape(out, *text.at++);
    }
  }
  return out;
}

}  // namespace inlet
