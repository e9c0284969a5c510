#include "bson/number_text.h"

#include <charconv>
#include <cmath>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace inlet {

const char kTwoDigits[201] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546"
    "4748"
    "4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495"
    "9697"
    "9899";

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char* write_four_digits(char* out, uint32_t below_1e4) {
  out = write_two_digits(out, below_1e4 / 100);
  return write_two_digits(out, below_1e4 % 100);
}

char* write_eight_digits(char* out, uint32_t below_1e8) {
  out = write_four_digits(out, below_1e8 / 10000);
  return write_four_digits(out, below_1e8 % 10000);
}

char* write_one_or_two_digits(char* out, uint32_t below_100) {
  if (below_100 >= 10) return write_two_digits(out, below_100);
  *out = static_cast<char>('0' + below_100);
  return out + 1;
}

/// Up to four digits, without leading zeros.
char* write_below_1e4(char* out, uint32_t value) {
  if (value < 100) return write_one_or_two_digits(out, value);
  out = write_one_or_two_digits(out, value / 100);
  return write_two_digits(out, value % 100);
}

/// Up to eight digits, without leading zeros.
char* write_below_1e8(char* out, uint32_t value) {
  if (value < 10000) return write_below_1e4(out, value);
  out = write_below_1e4(out, value / 10000);
  return write_four_digits(out, value % 10000);
}

}  // namespace

char* write_uint64(char* out, uint64_t value) {
  constexpr uint64_t k1e8 = 100000000;
  if (value < k1e8) return write_below_1e8(out, static_cast<uint32_t>(value));
  if (value < k1e8 * k1e8) {
    out = write_below_1e8(out, static_cast<uint32_t>(value / k1e8));
    return write_eight_digits(out, static_cast<uint32_t>(value % k1e8));
  }
  const uint64_t low = value % (k1e8 * k1e8);
  out = write_below_1e8(out, static_cast<uint32_t>(value / (k1e8 * k1e8)));
  out = write_eight_digits(out, static_cast<uint32_t>(low / k1e8));
  return write_eight_digits(out, static_cast<uint32_t>(low % k1e8));
}

char* write_int64(char* out, int64_t value) {
  auto magnitude = static_cast<uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  return write_uint64(out, magnitude);
}

namespace {

/// Numbers with at most six decimals and fifteen digits in all: prices, measurements, positions.
///
/// With n = round(value * 10^6) below 10^15, value == n / 10^6 says that this decimal reads back as
/// `value`. No other decimal of at most 15 digits does (they all map to different doubles), so it
/// is also the shortest.
char* write_short_decimal(char* out, double value) {
  constexpr double kScale = 1e6;
  const double magnitude = std::fabs(value);
  if (!(magnitude >= 1e-3 && magnitude < 1e9)) return nullptr;
  const double exact = magnitude * kScale;
  auto scaled = static_cast<uint64_t>(exact);
  scaled += exact - static_cast<double>(scaled) >= 0.5 ? 1 : 0;
  if (static_cast<double>(scaled) / kScale != magnitude) return nullptr;
  if (value < 0) *out++ = '-';
  out = write_uint64(out, scaled / 1000000);
  *out++ = '.';
  const auto fraction = static_cast<uint32_t>(scaled % 1000000);
  write_two_digits(out, fraction / 10000);
  write_two_digits(out + 2, fraction / 100 % 100);
  write_two_digits(out + 4, fraction % 100);
  size_t digits = 6;
  while (digits > 1 && out[digits - 1] == '0') --digits;
  return out + digits;
}

char* write_point_zero(char* out) {
  out[0] = '.';
  out[1] = '0';
  return out + 2;
}

}  // namespace

char* write_double(char* out, double value) {
  if (std::fabs(value) < 1e15) {
    const auto whole = static_cast<int64_t>(value);
    if (static_cast<double>(whole) == value) {
      if (whole == 0 && std::signbit(value)) *out++ = '-';
      out = write_int64(out, whole);
      return write_point_zero(out);
    }
    if (char* end = write_short_decimal(out, value); end != nullptr) return end;
  }
  const auto written = std::to_chars(out, out + 25, value);
  for (const char* at = out; at < written.ptr; ++at) {
    if (*at == '.' || *at == 'e') return written.ptr;
  }
  return write_point_zero(written.ptr);
}

char* write_hex(char* out, const uint8_t* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    *out++ = kHexDigits[bytes[i] >> 4];
    *out++ = kHexDigits[bytes[i] & 15];
  }
  return out;
}

char* write_object_id(char* out, const uint8_t* bytes) {
#if defined(__SSE2__)
  alignas(16) uint8_t padded[16] = {};
  std::memcpy(padded, bytes, 12);
  const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(padded));
  const __m128i nibble = _mm_set1_epi8(0x0F);
  const __m128i high = _mm_and_si128(_mm_srli_epi16(all, 4), nibble);
  const __m128i low = _mm_and_si128(all, nibble);
  const auto digits = [](__m128i values) {
    const __m128i letter = _mm_cmpgt_epi8(values, _mm_set1_epi8(9));
    const __m128i offset = _mm_and_si128(letter, _mm_set1_epi8('a' - '0' - 10));
    return _mm_add_epi8(_mm_add_epi8(values, _mm_set1_epi8('0')), offset);
  };
  const __m128i first = digits(_mm_unpacklo_epi8(high, low));
  const __m128i second = digits(_mm_unpackhi_epi8(high, low));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), first);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out + 16), second);
  return out + 24;
#else
  return write_hex(out, bytes, 12);
#endif
}

char* write_uuid(char* out, const uint8_t* bytes) {
  out = write_hex(out, bytes, 4);
  for (size_t at = 4; at <= 8; at += 2) {
    *out++ = '-';
    out = write_hex(out, bytes + at, 2);
  }
  *out++ = '-';
  return write_hex(out, bytes + 10, 6);
}

char* write_base64(char* out, const uint8_t* bytes, size_t size) {
  size_t at = 0;
  for (; at + 3 <= size; at += 3) {
    const uint32_t group = uint32_t{bytes[at]} << 16 | uint32_t{bytes[at + 1]} << 8 | bytes[at + 2];
    *out++ = kBase64Digits[group >> 18];
    *out++ = kBase64Digits[group >> 12 & 63];
    *out++ = kBase64Digits[group >> 6 & 63];
    *out++ = kBase64Digits[group & 63];
  }
  if (at == size) return out;
  const bool two = size - at == 2;
  const uint32_t group = uint32_t{bytes[at]} << 16 | (two ? uint32_t{bytes[at + 1]} << 8 : 0);
  *out++ = kBase64Digits[group >> 18];
  *out++ = kBase64Digits[group >> 12 & 63];
  *out++ = two ? kBase64Digits[group >> 6 & 63] : '=';
  *out++ = '=';
  return out;
}

}  // namespace inlet
