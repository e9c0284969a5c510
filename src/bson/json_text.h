#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "bson/raw_buffer.h"

namespace inlet {

/// Bytes that the text functions look at in one step.
inline constexpr size_t kTextBlock = 16;

/// One bit for each of 16 bytes that may not stand as it is in a JSON string: control characters,
/// the quote, the backslash, and everything that is not ASCII.
inline uint32_t json_special_mask(const uint8_t* block) {
#if defined(__SSE2__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
  // Signed: bytes from 0x80 are negative, so one comparison finds them and the controls.
  const __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, slash))));
#else
  uint32_t mask = 0;
  for (size_t i = 0; i < kTextBlock; ++i) {
    const uint8_t byte = block[i];
    const bool special = byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
    mask |= static_cast<uint32_t>(special) << i;
  }
  return mask;
#endif
}

/// Source bytes of a JSON string: `[at, end)` is the text, reading is allowed up to `readable_end`.
struct JsonText {
  const uint8_t* at;
  const uint8_t* end;
  const uint8_t* readable_end;
};

/// Free bytes that `write_json_text` leaves behind what it wrote.
inline constexpr size_t kTextTailBytes = 96;

/// Writes text escaped for a JSON string, without the quotes. What is not UTF-8 becomes U+FFFD and
/// is counted in `replaced`.
char* write_json_text(RawBuffer& buffer, char* out, JsonText text, uint64_t& replaced);

}  // namespace inlet
