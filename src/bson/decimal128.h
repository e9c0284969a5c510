#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace inlet {

/// IEEE 754 decimal128 in the binary integer form that BSON stores.
struct Decimal128 {
  uint64_t low = 0;
  uint64_t high = 0;

  static constexpr uint32_t kSize = 16;
  static constexpr int kDigitsMax = 34;
  static constexpr int kExponentMin = -6176;
  static constexpr int kExponentMax = 6111;

  static Decimal128 load(const uint8_t* bytes);
  void store(uint8_t* bytes) const;
};

/// A decimal taken apart: (-1)^negative * coefficient * 10^exponent.
struct DecimalParts {
  enum class Kind { kFinite, kInfinity, kNan };
  Kind kind = Kind::kFinite;
  bool negative = false;
  unsigned __int128 coefficient = 0;
  int exponent = 0;
};

/// A coefficient beyond 34 digits counts as zero, as IEEE 754 says of non-canonical encodings.
DecimalParts decimal_parts(Decimal128 decimal);
Decimal128 decimal_from_parts(const DecimalParts& parts);

/// The text of a decimal; at most 43 bytes.
/// Source: BSON Decimal128 specification, "To String Representation".
char* write_decimal128(char* out, Decimal128 decimal);

struct ParsedDecimal {
  Decimal128 decimal;
  bool exact = true;  ///< False when digits were rounded away (half to even).
};

/// Reads a decimal text: digits with optional sign, point and exponent, `Infinity`, `Inf`, `NaN`.
/// Nothing when it is not one, or is too large to be represented.
/// Source: BSON Decimal128 specification, "From String Representation".
std::optional<ParsedDecimal> parse_decimal128(std::string_view text);

}  // namespace inlet
