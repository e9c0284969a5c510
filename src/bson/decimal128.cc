#include "bson/decimal128.h"

#include <cstring>
#include <limits>

#include "bson/number_text.h"

namespace inlet {

namespace {

using Coefficient = unsigned __int128;

constexpr int kExponentBias = 6176;
constexpr uint64_t k1e17 = 100000000000000000;
/// 10^34: the first coefficient that is too large.
constexpr Coefficient kCoefficientEnd = Coefficient{k1e17} * k1e17;

/// Digits of a coefficient without leading zeros, at least one.
int write_coefficient(char* out, Coefficient value) {
  if (value < k1e17) return static_cast<int>(write_uint64(out, static_cast<uint64_t>(value)) - out);
  char* end = write_uint64(out, static_cast<uint64_t>(value / k1e17));
  char low[20];
  const auto rest = static_cast<uint64_t>(value % k1e17);
  // The added 10^17 supplies the leading zeros and is then left out.
  const char* low_end = write_uint64(low, rest + k1e17);
  const auto low_size = static_cast<size_t>(low_end - low) - 1;
  std::memcpy(end, low + 1, low_size);
  return static_cast<int>(end + low_size - out);
}

char* write_word(char* out, std::string_view word) {
  std::memcpy(out, word.data(), word.size());
  return out + word.size();
}

char* write_scientific(char* out, const char* digits, int count, int exponent) {
  *out++ = digits[0];
  if (count > 1) {
    *out++ = '.';
    out = write_word(out, {digits + 1, static_cast<size_t>(count - 1)});
  }
  *out++ = 'E';
  *out++ = exponent < 0 ? '-' : '+';
  return write_uint64(out, static_cast<uint64_t>(exponent < 0 ? -exponent : exponent));
}

char* write_plain(char* out, const char* digits, int count, int exponent) {
  if (exponent == 0) return write_word(out, {digits, static_cast<size_t>(count)});
  const int whole = count + exponent;
  if (whole > 0) {
    out = write_word(out, {digits, static_cast<size_t>(whole)});
    *out++ = '.';
    return write_word(out, {digits + whole, static_cast<size_t>(count - whole)});
  }
  out = write_word(out, "0.");
  for (int i = whole; i < 0; ++i) *out++ = '0';
  return write_word(out, {digits, static_cast<size_t>(count)});
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char letter =
        text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (letter != lower_case[i]) return false;
  }
  return true;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Collects digits into at most 34; what comes after decides the rounding.
class DigitCollector {
 public:
  void add(char digit, bool behind_point) {
    seen_ = true;
    if (behind_point) --exponent_;
    if (coefficient_ == 0 && digit == '0') return;
    if (count_ < Decimal128::kDigitsMax) {
      coefficient_ = coefficient_ * 10 + static_cast<unsigned>(digit - '0');
      ++count_;
      return;
    }
    ++exponent_;
    note_dropped(digit - '0');
  }

  bool seen() const { return seen_; }

  std::optional<ParsedDecimal> finish(bool negative, int64_t exponent) {
    exponent_ += exponent;
    while (exponent_ < Decimal128::kExponentMin && coefficient_ != 0) drop_last_digit();
    // Still below the range: less than a tenth of the smallest number.
    if (exponent_ < Decimal128::kExponentMin) first_dropped_ = 0;
    round();
    while (exponent_ > Decimal128::kExponentMax && coefficient_ != 0) {
      if (coefficient_ * 10 >= kCoefficientEnd) return std::nullopt;
      coefficient_ *= 10;
      --exponent_;
    }
    if (coefficient_ == 0) clamp_exponent_of_zero();
    DecimalParts parts;
    parts.negative = negative;
    parts.coefficient = coefficient_;
    parts.exponent = static_cast<int>(exponent_);
    return ParsedDecimal{decimal_from_parts(parts), exact_};
  }

 private:
  void note_dropped(int digit) {
    if (first_dropped_ < 0) {
      first_dropped_ = digit;
    } else if (digit != 0) {
      more_dropped_ = true;
    }
    if (digit != 0) exact_ = false;
  }

  void drop_last_digit() {
    more_dropped_ = more_dropped_ || first_dropped_ > 0;
    first_dropped_ = static_cast<int>(coefficient_ % 10);
    if (first_dropped_ != 0) exact_ = false;
    coefficient_ /= 10;
    ++exponent_;
  }

  /// Half to even, by the digits dropped so far.
  void round() {
    const bool half = first_dropped_ == 5 && !more_dropped_;
    const bool up = half ? (coefficient_ & 1) != 0 : first_dropped_ >= 5;
    first_dropped_ = -1;
    more_dropped_ = false;
    if (!up) return;
    if (++coefficient_ < kCoefficientEnd) return;
    coefficient_ /= 10;
    ++exponent_;
  }

  void clamp_exponent_of_zero() {
    if (exponent_ < Decimal128::kExponentMin) exponent_ = Decimal128::kExponentMin;
    if (exponent_ > Decimal128::kExponentMax) exponent_ = Decimal128::kExponentMax;
  }

  Coefficient coefficient_ = 0;
  int count_ = 0;
  int64_t exponent_ = 0;
  int first_dropped_ = -1;
  bool more_dropped_ = false;
  bool exact_ = true;
  bool seen_ = false;
};

}  // namespace

Decimal128 Decimal128::load(const uint8_t* bytes) {
  Decimal128 decimal;
  std::memcpy(&decimal.low, bytes, 8);
  std::memcpy(&decimal.high, bytes + 8, 8);
  return decimal;
}

void Decimal128::store(uint8_t* bytes) const {
  std::memcpy(bytes, &low, 8);
  std::memcpy(bytes + 8, &high, 8);
}

DecimalParts decimal_parts(Decimal128 decimal) {
  DecimalParts parts;
  parts.negative = decimal.high >> 63 != 0;
  const uint64_t combination = decimal.high >> 58 & 31;
  if (combination == 31) {
    parts.kind = DecimalParts::Kind::kNan;
  } else if (combination == 30) {
    parts.kind = DecimalParts::Kind::kInfinity;
  } else if (combination >= 24) {
    // The implied leading bits 100 put every such coefficient beyond 34 digits.
    parts.exponent = static_cast<int>(decimal.high >> 47 & 0x3FFF) - kExponentBias;
  } else {
    parts.exponent = static_cast<int>(decimal.high >> 49 & 0x3FFF) - kExponentBias;
    const uint64_t top = decimal.high & ((uint64_t{1} << 49) - 1);
    parts.coefficient = Coefficient{top} << 64 | decimal.low;
    if (parts.coefficient >= kCoefficientEnd) parts.coefficient = 0;
  }
  return parts;
}

Decimal128 decimal_from_parts(const DecimalParts& parts) {
  const uint64_t sign = parts.negative ? uint64_t{1} << 63 : 0;
  if (parts.kind == DecimalParts::Kind::kNan) return {0, uint64_t{31} << 58};
  if (parts.kind == DecimalParts::Kind::kInfinity) return {0, sign | uint64_t{30} << 58};
  const auto exponent = static_cast<uint64_t>(parts.exponent) + kExponentBias;
  return {static_cast<uint64_t>(parts.coefficient),
          sign | exponent << 49 | static_cast<uint64_t>(parts.coefficient >> 64)};
}

char* write_decimal128(char* out, Decimal128 decimal) {
  const DecimalParts parts = decimal_parts(decimal);
  if (parts.kind == DecimalParts::Kind::kNan) return write_word(out, "NaN");
  if (parts.negative) *out++ = '-';
  if (parts.kind == DecimalParts::Kind::kInfinity) return write_word(out, "Infinity");
  char digits[40];
  const int count = write_coefficient(digits, parts.coefficient);
  const int adjusted = parts.exponent + count - 1;
  if (parts.exponent > 0 || adjusted < -6) return write_scientific(out, digits, count, adjusted);
  return write_plain(out, digits, count, parts.exponent);
}

std::optional<ParsedDecimal> parse_decimal128(std::string_view text) {
  DecimalParts special;
  size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
    special.negative = text[at] == '-';
    ++at;
  }
  const std::string_view word = text.substr(at);
  if (equals_ignoring_case(word, "nan")) {
    special.kind = DecimalParts::Kind::kNan;
    return ParsedDecimal{decimal_from_parts(special), true};
  }
  if (equals_ignoring_case(word, "infinity") || equals_ignoring_case(word, "inf")) {
    special.kind = DecimalParts::Kind::kInfinity;
    return ParsedDecimal{decimal_from_parts(special), true};
  }
  DigitCollector digits;
  bool behind_point = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !behind_point) {
      behind_point = true;
    } else if (is_digit(text[at])) {
      digits.add(text[at], behind_point);
    } else {
      break;
    }
  }
  if (!digits.seen()) return std::nullopt;
  int64_t exponent = 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    bool negative = false;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
    if (at == text.size()) return std::nullopt;
    constexpr int64_t kFarBeyond = 1000000000;  // Enough to be out of range whatever the digits.
    for (; at < text.size() && is_digit(text[at]); ++at) {
      if (exponent < kFarBeyond) exponent = exponent * 10 + (text[at] - '0');
    }
    if (negative) exponent = -exponent;
  }
  if (at != text.size()) return std::nullopt;
  return digits.finish(special.negative, exponent);
}

}  // namespace inlet
