#pragma once

#include <cstdint>
#include <cstring>

namespace inlet {

/// "00" to "99" one behind another.
extern const char kTwoDigits[201];

inline char* write_two_digits(char* out, uint32_t below_100) {
  std::memcpy(out, kTwoDigits + 2 * below_100, 2);
  return out + 2;
}

/// Decimal text of a number; at most 20 bytes.
char* write_uint64(char* out, uint64_t value);
char* write_int64(char* out, int64_t value);

/// Shortest text of a finite double that reads back as the same double and never as an integer:
/// `1.0`, `-0.0`, `12.5`, `1e+300`. At most 26 bytes.
char* write_double(char* out, double value);

/// Two lower-case hexadecimal digits for each byte.
char* write_hex(char* out, const uint8_t* bytes, size_t size);
/// The 12 bytes of an ObjectId as 24 digits.
char* write_object_id(char* out, const uint8_t* bytes);
/// 16 bytes as `8-4-4-4-12` digits.
char* write_uuid(char* out, const uint8_t* bytes);

/// Standard alphabet with padding; 4 bytes for every 3.
char* write_base64(char* out, const uint8_t* bytes, size_t size);
inline size_t base64_size(size_t size) {
  return (size + 2) / 3 * 4;
}

}  // namespace inlet
