#include "bson/shell_literal.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/nearest_name.h"
#include "bson/binary_text.h"
#include "bson/builder.h"
#include "bson/date_text.h"
#include "bson/decimal128.h"
#include "bson/extended_json.h"
#include "bson/number_text.h"

namespace inlet {

namespace {

constexpr uint8_t kUuidSubtype = 4;

/// The arguments of a call, out of the way of what is written in their place.
struct Call {
  Document holder;
  std::array<Value, 7> arguments;
  size_t count = 0;
  std::optional<int64_t> now_ms;

  const Value& operator[](size_t i) const { return arguments[i]; }
  std::optional<std::string_view> text(size_t i) const { return arguments[i].as_string_if(); }
};

std::optional<int64_t> integer_argument(const Value& value) {
  if (const auto text = value.as_string_if()) {
    int64_t number = 0;
    const auto read = std::from_chars(text->data(), text->data() + text->size(), number);
    const bool whole = read.ec == std::errc() && read.ptr == text->data() + text->size();
    return whole ? std::optional(number) : std::nullopt;
  }
  return value.as_integer_if();
}

Conversion call_date(ValueSlot& slot, const Call& call) {
  std::optional<int64_t> ms;
  if (call.count == 0) {
    if (!call.now_ms) {
      return Conversion::failed("a date without an argument has no meaning here",
                                "write the date out: ISODate(\"2024-01-31T10:20:30Z\")");
    }
    ms = call.now_ms;
  } else if (call.count == 1) {
    ms = call.text(0) ? parse_iso_date(*call.text(0)) : call[0].as_integer_if();
    if (call[0].type() == BsonType::kDate) ms = call[0].as_date_ms();
  } else {
    // new Date(year, month from 0, day, hour, minute, second, ms), in UTC.
    std::array<int64_t, 7> parts = {0, 0, 1, 0, 0, 0, 0};
    for (size_t i = 0; i < call.count; ++i) {
      const auto part = call[i].as_integer_if();
      if (!part || *part < -1000000 || *part > 1000000) {
        return Conversion::failed("a part of a date is not an integer of its range");
      }
      parts[i] = *part;
    }
    const int64_t seconds = (parts[3] * 60 + parts[4]) * 60 + parts[5];
    ms = civil_to_ms(parts[0], parts[1] + 1, parts[2], seconds * 1000 + parts[6]);
  }
  if (!ms) {
    return Conversion::failed("not an ISO 8601 date",
                              "write it as ISODate(\"2024-01-31T10:20:30.000Z\")");
  }
  slot.put_number(BsonType::kDate, *ms);
  return Conversion::converted();
}

Conversion call_object_id(ValueSlot& slot, const Call& call) {
  std::string bytes;
  if (call.count != 1 || !call.text(0) || call.text(0)->size() != 24 ||
      !append_hex_decoded(*call.text(0), bytes)) {
    return Conversion::failed("ObjectId needs 24 hexadecimal digits as a string");
  }
  slot.put_bytes(BsonType::kObjectId, bytes);
  return Conversion::converted();
}

Conversion call_long(ValueSlot& slot, const Call& call) {
  const auto number = call.count == 1 ? integer_argument(call[0]) : std::nullopt;
  if (!number) return Conversion::failed("NumberLong needs a 64-bit integer");
  slot.put_number(BsonType::kInt64, *number);
  return Conversion::converted();
}

Conversion call_int(ValueSlot& slot, const Call& call) {
  const auto number = call.count == 1 ? integer_argument(call[0]) : std::nullopt;
  if (!number || *number < std::numeric_limits<int32_t>::min() ||
      *number > std::numeric_limits<int32_t>::max()) {
    return Conversion::failed("NumberInt needs a 32-bit integer");
  }
  slot.put_number(BsonType::kInt32, static_cast<int32_t>(*number));
  return Conversion::converted();
}

Conversion call_double(ValueSlot& slot, const Call& call) {
  std::optional<double> number;
  if (call.count == 1) {
    const Value& value = call[0];
    if (value.type() == BsonType::kDouble) number = value.as_double();
    if (value.type() == BsonType::kInt32) number = value.as_int32();
    if (value.type() == BsonType::kInt64) number = static_cast<double>(value.as_int64());
    if (const auto text = value.as_string_if()) {
      double read_number = 0;
      const auto read = std::from_chars(text->data(), text->data() + text->size(), read_number);
      if (read.ec == std::errc() && read.ptr == text->data() + text->size()) number = read_number;
    }
  }
  if (!number) return Conversion::failed("Double needs a number");
  slot.put_number(BsonType::kDouble, *number);
  return Conversion::converted();
}

Conversion call_decimal(ValueSlot& slot, const Call& call) {
  if (call.count != 1) return Conversion::failed("NumberDecimal needs one argument");
  if (const auto text = call.text(0)) return put_decimal(slot, *text, true);
  char digits[32];
  const char* end = nullptr;
  if (call[0].type() == BsonType::kDouble && std::isfinite(call[0].as_double())) {
    end = write_double(digits, call[0].as_double());
    if (std::string_view(digits, static_cast<size_t>(end - digits)).ends_with(".0")) end -= 2;
  } else if (const auto integer = call[0].as_integer_if()) {
    end = write_int64(digits, *integer);
  } else {
    return Conversion::failed("NumberDecimal needs a number, best as a string");
  }
  return put_decimal(slot, {digits, static_cast<size_t>(end - digits)}, true);
}

std::optional<uint32_t> as_uint32(const Value& value) {
  const auto number = value.as_integer_if();
  if (!number || *number < 0 || *number > std::numeric_limits<uint32_t>::max()) return {};
  return static_cast<uint32_t>(*number);
}

Conversion call_timestamp(ValueSlot& slot, const Call& call) {
  std::optional<uint32_t> seconds = 0;
  std::optional<uint32_t> increment = 0;
  if (call.count == 2) {
    seconds = as_uint32(call[0]);
    increment = as_uint32(call[1]);
  } else if (call.count == 1 && call[0].type() == BsonType::kDocument) {
    seconds = as_uint32(call[0].as_document()["t"]);
    increment = as_uint32(call[0].as_document()["i"]);
  } else if (call.count == 1 && call[0].is_number()) {
    // Long: the whole value.
    const auto whole = call[0].as_integer_if();
    if (!whole) return Conversion::failed("Timestamp needs t and i");
    slot.put_number(BsonType::kTimestamp, static_cast<uint64_t>(*whole));
    return Conversion::converted();
  } else if (call.count != 0) {
    seconds.reset();
  }
  if (!seconds || !increment) {
    return Conversion::failed("Timestamp needs t and i as 32-bit unsigned integers",
                              "write it as Timestamp({t: 1706696430, i: 1})");
  }
  slot.put_number(BsonType::kTimestamp, uint64_t{*seconds} << 32 | *increment);
  return Conversion::converted();
}

Conversion call_uuid(ValueSlot& slot, const Call& call) {
  std::string bytes;
  if (call.count != 1 || !call.text(0) || !append_uuid_decoded(*call.text(0), bytes)) {
    return Conversion::failed("UUID needs its 32 hexadecimal digits as a string");
  }
  slot.put_binary(kUuidSubtype, bytes);
  return Conversion::converted();
}

enum class BinaryText { kBase64, kHex };

Conversion put_encoded(ValueSlot& slot, const Value& subtype, const Value& content,
                       BinaryText encoding) {
  const auto type = subtype.as_integer_if();
  const auto text = content.as_string_if();
  std::string bytes;
  const bool decoded = text && (encoding == BinaryText::kHex ? append_hex_decoded(*text, bytes)
                                                             : append_base64_decoded(*text, bytes));
  if (!decoded || !type || *type < 0 || *type > 255) {
    return Conversion::failed("binary data needs a subtype from 0 to 255 and its text",
                              "write it as BinData(0, \"aGVsbG8=\") or HexData(0, \"68656c6c6f\")");
  }
  slot.put_binary(static_cast<uint8_t>(*type), bytes);
  return Conversion::converted();
}

Conversion call_bin_data(ValueSlot& slot, const Call& call) {
  return put_encoded(slot, call[0], call[1], BinaryText::kBase64);
}

Conversion call_hex_data(ValueSlot& slot, const Call& call) {
  return put_encoded(slot, call[0], call[1], BinaryText::kHex);
}

/// Binary.createFromBase64("…", subtype), as the shell prints binary data.
Conversion call_create_from(ValueSlot& slot, const Call& call, BinaryText encoding) {
  DocumentBuilder zero;
  const Document holder = zero.append_int32("subtype", 0).finish_owned();
  return put_encoded(slot, call.count > 1 ? call[1] : holder["subtype"], call[0], encoding);
}

Conversion call_reg_exp(ValueSlot& slot, const Call& call) {
  const std::string_view flags = call.count > 1 ? call.text(1).value_or("?") : "";
  if (call.count < 1 || call.count > 2 || !call.text(0)) {
    return Conversion::failed("RegExp needs a pattern and perhaps flags, as strings");
  }
  return put_regex_literal(slot, *call.text(0), flags);
}

Conversion call_code(ValueSlot& slot, const Call& call) {
  const bool with_scope = call.count == 2 && call[1].type() == BsonType::kDocument;
  if (!call.text(0) || (call.count != 1 && !with_scope)) {
    return Conversion::failed("Code needs its text and perhaps a scope");
  }
  if (!with_scope) {
    put_code(slot, *call.text(0), nullptr);
    return Conversion::converted();
  }
  const Document scope(call[1].as_document());
  put_code(slot, *call.text(0), &scope);
  return Conversion::converted();
}

Conversion call_symbol(ValueSlot& slot, const Call& call) {
  if (call.count != 1 || !call.text(0)) return Conversion::failed("a symbol needs its text");
  slot.put_text(BsonType::kSymbol, *call.text(0));
  return Conversion::converted();
}

Conversion call_db_ref(ValueSlot& slot, const Call& call) {
  if (call.count < 2 || call.count > 3 || !call.text(0)) {
    return Conversion::failed("DBRef needs a collection, an _id and perhaps a database");
  }
  DocumentBuilder reference;
  reference.append("$ref", call[0]).append("$id", call[1]);
  if (call.count == 3) reference.append("$db", call[2]);
  slot.put_bytes(BsonType::kDocument, reference.finish().raw());
  return Conversion::converted();
}

Conversion call_key(ValueSlot& slot, const Call& call, BsonType type) {
  if (call.count != 0) return Conversion::failed("MinKey and MaxKey take no argument");
  slot.put_empty(type);
  return Conversion::converted();
}

using ConvertCall = Conversion (*)(ValueSlot& slot, const Call& call);
struct ShellCall {
  std::string_view name;
  ConvertCall convert;
};

constexpr ShellCall kCalls[] = {
    {"ISODate", call_date},
    {"Date", call_date},
    {"ObjectId", call_object_id},
    {"ObjectID", call_object_id},
    {"NumberLong", call_long},
    {"Long", call_long},
    {"Long.fromString", call_long},
    {"Long.fromNumber", call_long},
    {"NumberInt", call_int},
    {"Int32", call_int},
    {"Double", call_double},
    {"NumberDecimal", call_decimal},
    {"Decimal128", call_decimal},
    {"Decimal128.fromString", call_decimal},
    {"Timestamp", call_timestamp},
    {"UUID", call_uuid},
    {"BinData", call_bin_data},
    {"HexData", call_hex_data},
    {"Binary.createFromBase64",
     [](ValueSlot& s, const Call& c) { return call_create_from(s, c, BinaryText::kBase64); }},
    {"Binary.createFromHexString",
     [](ValueSlot& s, const Call& c) { return call_create_from(s, c, BinaryText::kHex); }},
    {"RegExp", call_reg_exp},
    {"BSONRegExp", call_reg_exp},
    {"Code", call_code},
    {"Symbol", call_symbol},
    {"BSONSymbol", call_symbol},
    {"DBRef", call_db_ref},
    {"MinKey", [](ValueSlot& s, const Call& c) { return call_key(s, c, BsonType::kMinKey); }},
    {"MaxKey", [](ValueSlot& s, const Call& c) { return call_key(s, c, BsonType::kMaxKey); }},
};

}  // namespace

Conversion convert_shell_call(ValueSlot& slot, std::string_view name,
                              std::optional<int64_t> now_ms) {
  for (const ShellCall& known : kCalls) {
    if (known.name != name) continue;
    Call call{.holder = Document(slot.document()), .arguments = {}, .count = 0, .now_ms = now_ms};
    for (const Element& argument : call.holder.view()) {
      if (call.count == call.arguments.size()) {
        return Conversion::failed("a call has arguments too many");
      }
      call.arguments[call.count++] = argument.value;
    }
    return known.convert(slot, call);
  }
  return Conversion::failed("an unknown function is called", shell_word_hint(name));
}

bool put_shell_word(ValueSlot& slot, std::string_view word) {
  if (word == "undefined") {
    slot.put_empty(BsonType::kUndefined);
  } else if (word == "NaN") {
    slot.put_number(BsonType::kDouble, std::numeric_limits<double>::quiet_NaN());
  } else if (word == "Infinity") {
    slot.put_number(BsonType::kDouble, std::numeric_limits<double>::infinity());
  } else if (word == "MinKey") {
    slot.put_empty(BsonType::kMinKey);
  } else if (word == "MaxKey") {
    slot.put_empty(BsonType::kMaxKey);
  } else {
    return false;
  }
  return true;
}

std::string shell_word_hint(std::string_view word) {
  std::vector<std::string_view> known = {"true", "false", "null", "undefined", "NaN", "Infinity"};
  for (const ShellCall& call : kCalls) known.push_back(call.name);
  const std::string_view nearest = nearest_name(word, known);
  if (!nearest.empty()) return "did you mean '" + std::string(nearest) + "'?";
  return "put text into quotes";
}

Conversion put_regex_literal(ValueSlot& slot, std::string_view pattern, std::string_view flags) {
  if (flags.find_first_not_of("imsxlu") != flags.npos) {
    return Conversion::failed("a regular expression has an unknown flag",
                              "MongoDB knows i, m, s, x, l and u");
  }
  return put_regex(slot, pattern, flags);
}

}  // namespace inlet
