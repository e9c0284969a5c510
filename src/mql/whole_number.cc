#include "mql/whole_number.h"

#include <cmath>

#include "bson/decimal128.h"

namespace inlet {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;

std::optional<WholeNumber> whole_double(double number) {
  if (!(number >= -kTwoTo63 && number < kTwoTo63)) return std::nullopt;
  const auto whole = static_cast<int64_t>(number);
  return WholeNumber{whole, static_cast<double>(whole) == number};
}

std::optional<WholeNumber> whole_decimal(const DecimalParts& parts) {
  if (parts.kind != DecimalParts::Kind::kFinite) return std::nullopt;
  constexpr unsigned __int128 kMagnitudeMax = static_cast<unsigned __int128>(1) << 63;
  unsigned __int128 coefficient = parts.coefficient;
  bool is_exact = true;
  for (int exponent = parts.exponent; exponent < 0 && coefficient != 0; ++exponent) {
    is_exact = is_exact && coefficient % 10 == 0;
    coefficient /= 10;
  }
  for (int exponent = parts.exponent; exponent > 0 && coefficient != 0; --exponent) {
    if (coefficient > kMagnitudeMax) return std::nullopt;
    coefficient *= 10;
  }
  if (coefficient > kMagnitudeMax || (coefficient == kMagnitudeMax && !parts.negative))
    return std::nullopt;
  const auto magnitude = static_cast<uint64_t>(coefficient);
  return WholeNumber{static_cast<int64_t>(parts.negative ? 0 - magnitude : magnitude), is_exact};
}

}  // namespace

std::optional<WholeNumber> whole_number(const Value& value) {
  switch (value.type()) {
    case BsonType::kInt32:
      return WholeNumber{value.as_int32()};
    case BsonType::kInt64:
      return WholeNumber{value.as_int64()};
    case BsonType::kDouble:
      return whole_double(value.as_double());
    case BsonType::kDecimal128:
      return whole_decimal(decimal_parts(Decimal128::load(value.data())));
    default:
      return std::nullopt;
  }
}

bool is_nan(const Value& value) {
  if (value.type() == BsonType::kDouble) return std::isnan(value.as_double());
  return value.type() == BsonType::kDecimal128 &&
         decimal_parts(Decimal128::load(value.data())).kind == DecimalParts::Kind::kNan;
}

}  // namespace inlet
