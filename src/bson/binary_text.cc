#include "bson/binary_text.h"

#include <array>

namespace inlet {

namespace {

constexpr uint8_t kNoDigit = 0xFF;

constexpr std::array<uint8_t, 256> make_hex_values() {
  std::array<uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (uint8_t i = 0; i < 10; ++i) values[static_cast<size_t>('0' + i)] = i;
  for (uint8_t i = 0; i < 6; ++i) {
    values[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(10 + i);
    values[static_cast<size_t>('A' + i)] = static_cast<uint8_t>(10 + i);
  }
  return values;
}

constexpr std::array<uint8_t, 256> kHexValues = make_hex_values();

constexpr std::array<uint8_t, 256> make_base64_values() {
  std::array<uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (uint8_t i = 0; i < 26; ++i) {
    values[static_cast<size_t>('A' + i)] = i;
    values[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(26 + i);
  }
  for (uint8_t i = 0; i < 10; ++i)
    values[static_cast<size_t>('0' + i)] = static_cast<uint8_t>(52 + i);
  values['+'] = 62;
  values['/'] = 63;
  return values;
}

constexpr std::array<uint8_t, 256> kBase64Values = make_base64_values();

}  // namespace

bool decode_hex(std::string_view text, char* out) {
  if (text.size() % 2 != 0) return false;
  uint32_t wrong = 0;
  for (size_t i = 0; i < text.size(); i += 2) {
    const uint32_t high = kHexValues[static_cast<uint8_t>(text[i])];
    const uint32_t low = kHexValues[static_cast<uint8_t>(text[i + 1])];
    wrong |= high | low;
    *out++ = static_cast<char>(high << 4 | low);
  }
  return wrong < 16;
}

bool append_hex_decoded(std::string_view text, std::string& out) {
  const size_t before = out.size();
  out.resize(before + text.size() / 2);
  if (decode_hex(text, out.data() + before)) return true;
  out.resize(before);
  return false;
}

bool append_base64_decoded(std::string_view text, std::string& out) {
  if (text.size() % 4 == 0 && text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.size() % 4 == 0 && text.ends_with('=')) {
    text.remove_suffix(1);
  }
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const uint8_t value = kBase64Values[static_cast<uint8_t>(c)];
    if (value == kNoDigit) return false;
    group = group << 6 | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 0xFF);
  }
  return text.size() % 4 != 1;
}

bool append_uuid_decoded(std::string_view text, std::string& out) {
  if (text.size() == 32) return append_hex_decoded(text, out);
  if (text.size() != 36) return false;
  std::string digits;
  digits.reserve(32);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return false;
    if (!dash) digits += text[i];
  }
  return append_hex_decoded(digits, out);
}

}  // namespace inlet
