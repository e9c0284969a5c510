#include "bson/extended_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "bson/binary_text.h"
#include "bson/date_text.h"
#include "bson/decimal128.h"
#include "bson/regex_options.h"

namespace inlet {

namespace {

/// The fields of a wrapper; none has more than two.
struct Fields {
  std::string_view first_name;
  Value first;
  std::string_view second_name;
  Value second;
  size_t count = 0;

  explicit Fields(DocumentView document) {
    for (const Element& element : document) {
      if (count == 0) {
        first_name = element.name;
        first = element.value;
      } else if (count == 1) {
        second_name = element.name;
        second = element.value;
      }
      ++count;
    }
  }

  /// The two fields, whichever comes first.
  bool are(std::string_view one, std::string_view other) const {
    return count == 2 && ((first_name == one && second_name == other) ||
                          (first_name == other && second_name == one));
  }
  Value get(std::string_view name) const { return first_name == name ? first : second; }
};

template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  Integer value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_double_text(std::string_view text) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (text == "Infinity") return kInfinity;
  if (text == "-Infinity") return -kInfinity;
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text.starts_with('+')) text.remove_prefix(1);
  // from_chars would take other spellings of infinity and NaN too.
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != text.npos) return std::nullopt;
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint32_t> as_uint32(const Value& value) {
  const std::optional<int64_t> integer = value.as_integer_if();
  if (!integer || *integer < 0 || *integer > std::numeric_limits<uint32_t>::max()) return {};
  return static_cast<uint32_t>(*integer);
}

Conversion convert_number_int(ValueSlot& slot, const Value& value) {
  if (value.type() == BsonType::kInt32) {
    slot.put_number(BsonType::kInt32, value.as_int32());
    return Conversion::converted();
  }
  const auto text = value.as_string_if();
  const auto number = text ? parse_integer<int32_t>(*text) : std::nullopt;
  if (!number) return Conversion::failed("$numberInt does not hold a 32-bit integer");
  slot.put_number(BsonType::kInt32, *number);
  return Conversion::converted();
}

Conversion convert_number_long(ValueSlot& slot, const Value& value) {
  const auto text = value.as_string_if();
  const auto number = text ? parse_integer<int64_t>(*text) : value.as_integer_if();
  if (!number) return Conversion::failed("$numberLong does not hold a 64-bit integer");
  slot.put_number(BsonType::kInt64, *number);
  return Conversion::converted();
}

Conversion convert_number_double(ValueSlot& slot, const Value& value) {
  std::optional<double> number;
  if (const auto text = value.as_string_if()) number = parse_double_text(*text);
  if (value.type() == BsonType::kDouble) number = value.as_double();
  if (value.type() == BsonType::kInt32) number = value.as_int32();
  if (!number) return Conversion::failed("$numberDouble does not hold a number");
  slot.put_number(BsonType::kDouble, *number);
  return Conversion::converted();
}

Conversion convert_number_decimal(ValueSlot& slot, const Value& value) {
  const auto text = value.as_string_if();
  if (!text) return Conversion::failed("$numberDecimal does not hold a string");
  return put_decimal(slot, std::string(*text), false);
}

Conversion convert_date(ValueSlot& slot, const Value& value) {
  std::optional<int64_t> ms;
  if (const auto text = value.as_string_if()) {
    ms = parse_iso_date(*text);
  } else {
    ms = value.as_integer_if();
  }
  if (!ms) {
    return Conversion::failed("$date is neither an ISO 8601 date nor milliseconds",
                              "write it as 2024-01-31T10:20:30.000Z");
  }
  slot.put_number(BsonType::kDate, *ms);
  return Conversion::converted();
}

Conversion convert_object_id(ValueSlot& slot, const Value& value) {
  const auto text = value.as_string_if();
  std::string bytes;
  if (!text || text->size() != 24 || !append_hex_decoded(*text, bytes)) {
    return Conversion::failed("$oid does not hold 24 hexadecimal digits");
  }
  slot.put_bytes(BsonType::kObjectId, bytes);
  return Conversion::converted();
}

Conversion convert_uuid(ValueSlot& slot, const Value& value) {
  constexpr uint8_t kUuid = 4;
  const auto text = value.as_string_if();
  std::string bytes;
  if (!text || text->size() != 36 || !append_uuid_decoded(*text, bytes)) {
    return Conversion::failed("$uuid does not hold a UUID with dashes");
  }
  slot.put_binary(kUuid, bytes);
  return Conversion::converted();
}

Conversion put_base64(ValueSlot& slot, const Value& content, const Value& subtype) {
  const auto text = content.as_string_if();
  std::string bytes;
  if (!text || !append_base64_decoded(*text, bytes)) {
    return Conversion::failed("$binary does not hold base64");
  }
  std::optional<int64_t> type = subtype.as_integer_if();
  if (const auto digits = subtype.as_string_if()) {
    std::string decoded;
    const std::string padded =
        digits->size() == 1 ? "0" + std::string(*digits) : std::string(*digits);
    if (append_hex_decoded(padded, decoded) && decoded.size() == 1) {
      type = static_cast<uint8_t>(decoded[0]);
    }
  }
  if (!type || *type < 0 || *type > 255) {
    return Conversion::failed("the subtype of $binary is not one or two hexadecimal digits");
  }
  slot.put_binary(static_cast<uint8_t>(*type), bytes);
  return Conversion::converted();
}

Conversion convert_binary(ValueSlot& slot, const Fields& fields) {
  if (fields.are("$binary", "$type")) {
    return put_base64(slot, fields.get("$binary"), fields.get("$type"));
  }
  if (fields.count != 1 || fields.first.type() != BsonType::kDocument) {
    return Conversion::failed("$binary does not hold base64 and subType");
  }
  const Fields inner(fields.first.as_document());
  if (!inner.are("base64", "subType")) {
    return Conversion::failed("$binary does not hold base64 and subType");
  }
  return put_base64(slot, inner.get("base64"), inner.get("subType"));
}

Conversion convert_timestamp(ValueSlot& slot, const Value& value) {
  if (value.type() == BsonType::kDocument) {
    const Fields inner(value.as_document());
    if (inner.are("t", "i")) {
      const auto seconds = as_uint32(inner.get("t"));
      const auto increment = as_uint32(inner.get("i"));
      if (seconds && increment) {
        slot.put_number(BsonType::kTimestamp, uint64_t{*seconds} << 32 | *increment);
        return Conversion::converted();
      }
    }
  }
  return Conversion::failed("$timestamp does not hold t and i as 32-bit unsigned integers");
}

Conversion convert_regex(ValueSlot& slot, const Value& pattern, const Value& options) {
  const auto pattern_text = pattern.as_string_if();
  const auto options_text = options.as_string_if();
  if (!pattern_text || !options_text) {
    return Conversion::failed("a regular expression needs pattern and options as strings");
  }
  return put_regex(slot, std::string(*pattern_text), std::string(*options_text));
}

Conversion convert_regular_expression(ValueSlot& slot, const Value& value) {
  if (value.type() == BsonType::kDocument) {
    const Fields inner(value.as_document());
    if (inner.are("pattern", "options")) {
      return convert_regex(slot, inner.get("pattern"), inner.get("options"));
    }
  }
  return Conversion::failed("$regularExpression does not hold pattern and options");
}

Conversion convert_code(ValueSlot& slot, const Fields& fields) {
  const bool with_scope = fields.are("$code", "$scope");
  const Value code = with_scope ? fields.get("$code") : fields.first;
  if ((!with_scope && fields.count != 1) || !code.is_string()) {
    return Conversion::failed("$code does not hold a string");
  }
  const std::string text(code.as_string());
  if (!with_scope) {
    put_code(slot, text, nullptr);
    return Conversion::converted();
  }
  if (fields.get("$scope").type() != BsonType::kDocument) {
    return Conversion::failed("$scope does not hold a document");
  }
  const Document scope(fields.get("$scope").as_document());
  put_code(slot, text, &scope);
  return Conversion::converted();
}

Conversion convert_db_pointer(ValueSlot& slot, const Value& value) {
  if (value.type() == BsonType::kDocument) {
    const Fields inner(value.as_document());
    if (inner.are("$ref", "$id") && inner.get("$ref").is_string() &&
        inner.get("$id").type() == BsonType::kObjectId) {
      const std::string ns(inner.get("$ref").as_string());
      const std::string id(inner.get("$id").as_object_id());
      slot.put_text(BsonType::kDbPointer, ns);
      slot.bytes() += id;
      return Conversion::converted();
    }
  }
  return Conversion::failed("$dbPointer does not hold $ref and an ObjectId as $id");
}

Conversion convert_symbol(ValueSlot& slot, const Value& value) {
  if (!value.is_string()) return Conversion::failed("$symbol does not hold a string");
  slot.put_text(BsonType::kSymbol, std::string(value.as_string()));
  return Conversion::converted();
}

Conversion convert_marker(ValueSlot& slot, const Value& value, BsonType type) {
  const bool undefined = type == BsonType::kUndefined;
  const bool right =
      undefined ? value.type() == BsonType::kBool && value.as_bool() : value.as_integer_if() == 1;
  if (!right) return Conversion::failed("the value of $minKey or $maxKey is 1, of $undefined true");
  slot.put_empty(type);
  return Conversion::converted();
}

using ConvertOne = Conversion (*)(ValueSlot& slot, const Value& value);
struct OneFieldWrapper {
  std::string_view name;
  ConvertOne convert;
};

constexpr OneFieldWrapper kOneFieldWrappers[] = {
    {"$date", convert_date},
    {"$oid", convert_object_id},
    {"$numberLong", convert_number_long},
    {"$numberInt", convert_number_int},
    {"$numberDouble", convert_number_double},
    {"$numberDecimal", convert_number_decimal},
    {"$timestamp", convert_timestamp},
    {"$uuid", convert_uuid},
    {"$regularExpression", convert_regular_expression},
    {"$dbPointer", convert_db_pointer},
    {"$symbol", convert_symbol},
    {"$minKey",
     [](ValueSlot& s, const Value& v) { return convert_marker(s, v, BsonType::kMinKey); }},
    {"$maxKey",
     [](ValueSlot& s, const Value& v) { return convert_marker(s, v, BsonType::kMaxKey); }},
    {"$undefined",
     [](ValueSlot& s, const Value& v) { return convert_marker(s, v, BsonType::kUndefined); }},
};

/// Wrappers of one or two fields.
constexpr std::string_view kOtherNames[] = {"$binary", "$type",  "$code",
                                            "$scope",  "$regex", "$options"};

}  // namespace

bool is_extended_json_name(std::string_view name) {
  if (!name.starts_with('$')) return false;
  const auto same = [name](const OneFieldWrapper& wrapper) { return wrapper.name == name; };
  return std::ranges::any_of(kOneFieldWrappers, same) ||
         std::ranges::find(kOtherNames, name) != std::end(kOtherNames);
}

Conversion convert_extended_json(ValueSlot& slot, bool legacy_regex) {
  const Fields fields(slot.document());
  for (const OneFieldWrapper& wrapper : kOneFieldWrappers) {
    if (fields.first_name != wrapper.name) continue;
    if (fields.count == 1) return wrapper.convert(slot, fields.first);
    return Conversion::failed("a wrapper of Extended JSON has fields too many",
                              "a document may not begin with such a name for itself");
  }
  if (fields.first_name == "$binary" || fields.are("$binary", "$type")) {
    return convert_binary(slot, fields);
  }
  if (fields.first_name == "$code" || fields.are("$code", "$scope")) {
    return convert_code(slot, fields);
  }
  if (legacy_regex && fields.are("$regex", "$options") && fields.first.is_string() &&
      fields.second.is_string()) {
    return convert_regex(slot, fields.get("$regex"), fields.get("$options"));
  }
  return Conversion::kept();
}

bool put_wrapped_text(ValueSlot& slot, std::string_view name, std::string_view text) {
  if (name == "$date") {
    const auto ms = parse_iso_date(text);
    if (ms) slot.put_number(BsonType::kDate, *ms);
    return ms.has_value();
  }
  if (name == "$oid") {
    char bytes[12];
    if (text.size() != 2 * sizeof bytes || !decode_hex(text, bytes)) return false;
    slot.put_bytes(BsonType::kObjectId, {bytes, sizeof bytes});
    return true;
  }
  if (name == "$numberInt") {
    const auto number = parse_integer<int32_t>(text);
    if (number) slot.put_number(BsonType::kInt32, *number);
    return number.has_value();
  }
  if (name == "$numberLong") {
    const auto number = parse_integer<int64_t>(text);
    if (number) slot.put_number(BsonType::kInt64, *number);
    return number.has_value();
  }
  if (name == "$numberDouble") {
    const auto number = parse_double_text(text);
    if (number) slot.put_number(BsonType::kDouble, *number);
    return number.has_value();
  }
  return name == "$numberDecimal" &&
         put_decimal(slot, text, false).outcome == Conversion::Outcome::kConverted;
}

Conversion put_regex(ValueSlot& slot, std::string_view pattern, std::string_view options) {
  if (pattern.find('\0') != pattern.npos || options.find('\0') != options.npos) {
    return Conversion::failed("a regular expression may not hold a zero byte");
  }
  std::string sorted(options);
  if (are_sortable_regex_options(sorted)) std::ranges::sort(sorted);
  ByteBuffer& bytes = slot.restart(BsonType::kRegex);
  bytes += pattern;
  bytes += '\0';
  bytes += sorted;
  bytes += '\0';
  return Conversion::converted();
}

void put_code(ValueSlot& slot, std::string_view code, const Document* scope) {
  if (scope == nullptr) {
    slot.put_text(BsonType::kCode, code);
    return;
  }
  const auto total = static_cast<uint32_t>(4 + 4 + code.size() + 1 + scope->bytes().size());
  slot.put_number(BsonType::kCodeWithScope, total);
  slot.append_text(code);
  slot.bytes() += scope->bytes();
}

Conversion put_decimal(ValueSlot& slot, std::string_view text, bool may_round) {
  const auto parsed = parse_decimal128(text);
  if (!parsed) return Conversion::failed("not a decimal number, or out of range");
  if (!parsed->exact && !may_round) {
    return Conversion::failed("a decimal number has more than 34 digits",
                              "NumberDecimal(\"…\") rounds");
  }
  uint8_t stored[Decimal128::kSize];
  parsed->decimal.store(stored);
  slot.put_bytes(BsonType::kDecimal128, {reinterpret_cast<const char*>(stored), sizeof stored});
  return Conversion::converted();
}

}  // namespace inlet
