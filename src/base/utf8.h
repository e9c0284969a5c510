#pragma once

#include <cstddef>
#include <cstdint>

namespace inlet {

/// What stands at the start of some bytes, seen as UTF-8.
struct Utf8Step {
  uint32_t size;  ///< Bytes of the code point, or of the part to replace by one U+FFFD.
  bool valid;
};

/// Classifies the bytes at `at`. A bad sequence ends before the first byte that cannot continue it.
/// Source: The Unicode Standard, table 3-7 and "U+FFFD substitution of maximal subparts".
inline Utf8Step utf8_step(const uint8_t* at, size_t remaining) {
  const uint8_t lead = at[0];
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  // The second byte's range excludes overlong forms, surrogates and values above U+10FFFF.
  uint8_t low = 0x80;
  uint8_t high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  const uint32_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (remaining < 2 || at[1] < low || at[1] > high) return {1, false};
  for (uint32_t i = 2; i < size; ++i) {
    if (i >= remaining || (at[i] & 0xC0) != 0x80) return {i, false};
  }
  return {size, true};
}

}  // namespace inlet
