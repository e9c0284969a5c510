// Integers and doubles compare without rounding. Where a Decimal128 takes part, sign and magnitude
// decide nearly always; what is left are two numbers of the same magnitude, and those are brought
// to whole numbers by multiplying both sides and compared digit by digit.
#include "bson/compare_numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "bson/decimal128.h"

namespace inlet {

namespace {

template <class T>
int three_way(T left, T right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

/// A whole number of up to 4096 bits. The largest here is 34 digits * 10^360 * 2^1074.
class WholeNumber {
 public:
  explicit WholeNumber(unsigned __int128 value) {
    for (size_t i = 0; i < 4; ++i) words_[i] = static_cast<uint32_t>(value >> (32 * i));
  }
  void multiply(uint32_t factor, int times) {
    for (; times > 0; --times) {
      uint64_t carry = 0;
      for (uint32_t& word : words_) {
        carry += uint64_t{word} * factor;
        word = static_cast<uint32_t>(carry);
        carry >>= 32;
      }
      INLET_ASSERT(carry == 0);
    }
  }
  void multiply_power_of_two(int power) {
    multiply(1U << 30, power / 30);
    multiply(1U << (power % 30), 1);
  }
  void multiply_power_of_ten(int power) {
    multiply(1000000000, power / 9);
    multiply(10, power % 9);
  }
  int compare(const WholeNumber& other) const {
    for (size_t i = words_.size(); i-- > 0;) {
      if (words_[i] != other.words_[i]) return three_way(words_[i], other.words_[i]);
    }
    return 0;
  }

 private:
  std::array<uint32_t, 128> words_{};
};

int digits_of(unsigned __int128 value) {
  int digits = 1;
  for (; value >= 10; value /= 10) ++digits;
  return digits;
}

/// A finite number as (-1)^negative * coefficient * 10^ten * 2^two.
struct Exact {
  bool negative = false;
  unsigned __int128 coefficient = 0;
  int ten = 0;
  int two = 0;

  bool is_zero() const { return coefficient == 0; }
  /// About the decimal logarithm: at most 2 off.
  int magnitude() const {
    return digits_of(coefficient) + ten + static_cast<int>(std::floor(two * 0.30103));
  }
};

Exact exact_integer(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  return {.negative = value < 0, .coefficient = value < 0 ? 0 - bits : bits, .ten = 0, .two = 0};
}

Exact exact_double(double value) {
  constexpr int kMantissaBits = 53;
  int exponent = 0;
  const double mantissa = std::frexp(std::fabs(value), &exponent);
  const auto coefficient = static_cast<uint64_t>(std::ldexp(mantissa, kMantissaBits));
  return {.negative = std::signbit(value),
          .coefficient = coefficient,
          .ten = 0,
          .two = coefficient == 0 ? 0 : exponent - kMantissaBits};
}

int compare_magnitudes(const Exact& left, const Exact& right) {
  const int by_magnitude = left.magnitude() - right.magnitude();
  constexpr int kCertain = 6;
  if (std::abs(by_magnitude) > kCertain) return by_magnitude;
  WholeNumber left_whole(left.coefficient);
  WholeNumber right_whole(right.coefficient);
  const int ten = std::min(left.ten, right.ten);
  const int two = std::min(left.two, right.two);
  left_whole.multiply_power_of_ten(left.ten - ten);
  right_whole.multiply_power_of_ten(right.ten - ten);
  left_whole.multiply_power_of_two(left.two - two);
  right_whole.multiply_power_of_two(right.two - two);
  return left_whole.compare(right_whole);
}

int compare_exact(const Exact& left, const Exact& right) {
  if (left.is_zero() && right.is_zero()) return 0;
  if (left.is_zero()) return right.negative ? 1 : -1;
  if (right.is_zero()) return left.negative ? -1 : 1;
  if (left.negative != right.negative) return left.negative ? -1 : 1;
  const int magnitudes = compare_magnitudes(left, right);
  return left.negative ? -magnitudes : magnitudes;
}

/// -2 for NaN, -1 and 1 for the infinities, 0 for a finite number.
int special_rank(const Value& value) {
  if (value.type() == BsonType::kDouble) {
    const double number = value.as_double();
    if (std::isnan(number)) return -2;
    return std::isinf(number) ? (number < 0 ? -1 : 1) : 0;
  }
  if (value.type() != BsonType::kDecimal128) return 0;
  const DecimalParts parts = decimal_parts(Decimal128::load(value.data()));
  if (parts.kind == DecimalParts::Kind::kNan) return -2;
  if (parts.kind == DecimalParts::Kind::kInfinity) return parts.negative ? -1 : 1;
  return 0;
}

Exact exact_value(const Value& value) {
  switch (value.type()) {
    case BsonType::kInt32:
      return exact_integer(value.as_int32());
    case BsonType::kInt64:
      return exact_integer(value.as_int64());
    case BsonType::kDouble:
      return exact_double(value.as_double());
    default:
      break;
  }
  const DecimalParts parts = decimal_parts(Decimal128::load(value.data()));
  return {.negative = parts.negative,
          .coefficient = parts.coefficient,
          .ten = parts.exponent,
          .two = 0};
}

bool is_integer(const Value& value) {
  return value.type() == BsonType::kInt32 || value.type() == BsonType::kInt64;
}

int64_t integer_of(const Value& value) {
  return value.type() == BsonType::kInt32 ? value.as_int32() : value.as_int64();
}

int compare_doubles(double left, double right) {
  if (std::isnan(left) || std::isnan(right))
    return three_way(!std::isnan(left), !std::isnan(right));
  return three_way(left, right);
}

int compare_integer_to_double(int64_t integer, double real) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (std::isnan(real)) return 1;
  if (real >= kTwoTo63) return -1;
  if (real < -kTwoTo63) return 1;
  const auto whole = static_cast<int64_t>(real);  // Towards zero.
  if (integer != whole) return three_way(integer, whole);
  return three_way(0.0, real - static_cast<double>(whole));
}

}  // namespace

int compare_numbers(const Value& left, const Value& right) {
  const bool with_decimal =
      left.type() == BsonType::kDecimal128 || right.type() == BsonType::kDecimal128;
  if (with_decimal) {
    const int left_special = special_rank(left);
    const int right_special = special_rank(right);
    if (left_special != 0 || right_special != 0) return three_way(left_special, right_special);
    return compare_exact(exact_value(left), exact_value(right));
  }
  if (is_integer(left)) {
    if (is_integer(right)) return three_way(integer_of(left), integer_of(right));
    return compare_integer_to_double(integer_of(left), right.as_double());
  }
  if (is_integer(right)) return -compare_integer_to_double(integer_of(right), left.as_double());
  return compare_doubles(left.as_double(), right.as_double());
}

}  // namespace inlet
