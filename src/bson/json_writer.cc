// One pass over the BSON bytes. Nested documents end with a zero byte in BSON, so the pass needs no
// lengths of documents and no recursion: a byte per open level says how the level closes.
//
// Each element reserves the worst case of its fixed parts once (kElementBytes); only long text and
// binary reserve by their own length. Every value is followed by a comma, and closing a level takes
// the last one back.
#include "bson/json_writer.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "bson/decimal128.h"
#include "bson/json_text.h"
#include "bson/number_text.h"
#include "bson/regex_options.h"

namespace inlet {

namespace {

/// A name of up to 16 bytes, two texts of as many, the longest fixed value, the marks around them.
constexpr size_t kElementBytes = 160;

enum class Level : uint8_t {
  kDocument,
  kArray,
  kScope,  ///< The scope of code: closes the wrapper too.
};

template <size_t N>
char* put(char* out, const char (&text)[N]) {
  std::memcpy(out, text, N - 1);
  return out + (N - 1);
}

struct WriterState {
  RawBuffer& buffer;
  DateWriter& dates;
  std::vector<uint8_t>& nesting;
  uint64_t& replaced;
  JsonDateFormat date_format;
};

template <JsonMode kMode>
class Pass {
 public:
  Pass(WriterState state, const uint8_t* readable_end)
      : state_(state), readable_end_(readable_end) {}

  /// Writes elements until the level that is open now, and all below it, are closed.
  char* write_levels(char* out, const uint8_t* at) {
    RawBuffer& buffer = state_.buffer;
    while (true) {
      out = buffer.ensure(out, kElementBytes);
      const auto type = static_cast<BsonType>(*at++);
      if (type == BsonType::kMissing) {
        out -= out[-1] == ',' ? 1 : 0;
        out = close_level(out);
        if (state_.nesting.empty()) return out;
        *out++ = ',';
        continue;
      }
      if (level() == Level::kArray) {
        while (*at != 0) ++at;
        ++at;
      } else {
        out = write_name(out, at);
      }
      if (type == BsonType::kDocument || type == BsonType::kArray) {
        out = open_level(out, type == BsonType::kArray ? Level::kArray : Level::kDocument);
        at += 4;
      } else if (type == BsonType::kCodeWithScope) {
        out = write_code_start(out, at);
        at += 4 + text_size(at + 4) + 4;
      } else {
        out = write_scalar(out, type, at);
        *out++ = ',';
      }
    }
  }

  char* open_level(char* out, Level kind) {
    state_.nesting.push_back(static_cast<uint8_t>(kind));
    *out++ = kind == Level::kArray ? '[' : '{';
    return out;
  }

  /// Opens the wrapper and its scope; `write_levels` writes the rest from behind the scope's
  /// length.
  char* write_code_start(char* out, const uint8_t* at) {
    out = put(out, "{\"$code\":");
    out = write_string(out, at + 4);
    out = put(out, ",\"$scope\":");
    return open_level(out, Level::kScope);
  }

  /// Any value but a document, an array and code with scope. Moves `at` behind it.
  char* write_scalar(char* out, BsonType type, const uint8_t*& at);

  static size_t text_size(const uint8_t* at) { return 4 + load_little_endian<uint32_t>(at); }

 private:
  Level level() const { return static_cast<Level>(state_.nesting.back()); }

  char* close_level(char* out) {
    const Level kind = level();
    state_.nesting.pop_back();
    *out++ = kind == Level::kArray ? ']' : '}';
    if (kind == Level::kScope) *out++ = '}';
    return out;
  }

  char* write_name(char* out, const uint8_t*& at) {
    *out++ = '"';
    if (static_cast<size_t>(readable_end_ - at) >= kTextBlock) [[likely]] {
      // The terminating zero is special too: if it is the first special byte, the name is clean.
      const uint32_t mask = json_special_mask(at);
      std::memcpy(out, at, kTextBlock);
      if (mask != 0) {
        const auto clean = static_cast<size_t>(std::countr_zero(mask));
        if (at[clean] == 0) [[likely]] {
          at += clean + 1;
          out += clean;
          *out++ = '"';
          *out++ = ':';
          return out;
        }
      }
    }
    const size_t size = std::strlen(reinterpret_cast<const char*>(at));
    out = write_json_text(state_.buffer, out, {at, at + size, readable_end_}, state_.replaced);
    out = state_.buffer.ensure(out, kElementBytes);
    at += size + 1;
    *out++ = '"';
    *out++ = ':';
    return out;
  }

  char* write_text(char* out, const uint8_t* text, size_t size) {
    *out++ = '"';
    if (size <= kTextBlock && static_cast<size_t>(readable_end_ - text) >= kTextBlock) {
      // Short text without anything special: one load and one store, in what the element reserved.
      const uint32_t mask = json_special_mask(text) & ((uint32_t{1} << size) - 1);
      std::memcpy(out, text, kTextBlock);
      if (mask == 0) {
        out += size;
        *out++ = '"';
        return out;
      }
    }
    out = write_json_text(state_.buffer, out, {text, text + size, readable_end_}, state_.replaced);
    *out++ = '"';
    return out;
  }

  /// A length-prefixed string. What closes the longest wrapper fits behind it.
  char* write_string(char* out, const uint8_t* at) {
    return write_text(out, at + 4, load_little_endian<uint32_t>(at) - 1);
  }

  char* write_regex_options(char* out, const uint8_t* options, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(options), size);
    if (!are_sortable_regex_options(text)) return write_text(out, options, size);
    *out++ = '"';
    std::memcpy(out, options, size);
    std::sort(out, out + size);
    out += size;
    *out++ = '"';
    return out;
  }

  char* write_double_value(char* out, double value);
  char* write_integer(char* out, int64_t value, bool is_int32);
  char* write_date(char* out, int64_t date_ms);
  char* write_binary(char* out, const uint8_t* at);
  char* write_regex(char* out, const uint8_t*& at);
  char* write_timestamp(char* out, uint64_t value);
  char* write_decimal(char* out, const uint8_t* at);
  char* write_db_pointer(char* out, const uint8_t*& at);

  char* write_object_id_value(char* out, const uint8_t* at) {
    out = kMode == JsonMode::kPlain ? put(out, "\"") : put(out, "{\"$oid\":\"");
    out = write_object_id(out, at);
    return kMode == JsonMode::kPlain ? put(out, "\"") : put(out, "\"}");
  }

  WriterState state_;
  const uint8_t* readable_end_;
};

template <JsonMode kMode>
char* Pass<kMode>::write_scalar(char* out, BsonType type, const uint8_t*& at) {
  const uint8_t* const value = at;
  switch (type) {
    case BsonType::kString:
      at += text_size(at);
      return write_string(out, value);
    case BsonType::kInt32:
      at += 4;
      return write_integer(out, load_little_endian<int32_t>(value), true);
    case BsonType::kInt64:
      at += 8;
      return write_integer(out, load_little_endian<int64_t>(value), false);
    case BsonType::kDouble:
      at += 8;
      return write_double_value(out, load_little_endian<double>(value));
    case BsonType::kDate:
      at += 8;
      return write_date(out, load_little_endian<int64_t>(value));
    case BsonType::kObjectId:
      at += 12;
      return write_object_id_value(out, value);
    case BsonType::kBool:
      at += 1;
      return *value != 0 ? put(out, "true") : put(out, "false");
    case BsonType::kNull:
      return put(out, "null");
    case BsonType::kDecimal128:
      at += Decimal128::kSize;
      return write_decimal(out, value);
    case BsonType::kBinary:
      at += 5 + load_little_endian<uint32_t>(value);
      return write_binary(out, value);
    case BsonType::kTimestamp:
      at += 8;
      return write_timestamp(out, load_little_endian<uint64_t>(value));
    case BsonType::kRegex:
      return write_regex(out, at);
    case BsonType::kDbPointer:
      return write_db_pointer(out, at);
    case BsonType::kCode:
      at += text_size(at);
      return put(write_string(put(out, "{\"$code\":"), value), "}");
    case BsonType::kSymbol:
      at += text_size(at);
      return put(write_string(put(out, "{\"$symbol\":"), value), "}");
    case BsonType::kUndefined:
      return put(out, "{\"$undefined\":true}");
    case BsonType::kMinKey:
      return put(out, "{\"$minKey\":1}");
    case BsonType::kMaxKey:
      return put(out, "{\"$maxKey\":1}");
    case BsonType::kMissing:
    case BsonType::kDocument:
    case BsonType::kArray:
    case BsonType::kCodeWithScope:
      break;
  }
  INLET_UNREACHABLE();  // Bytes that `validate_bson` would have refused.
}

template <JsonMode kMode>
char* Pass<kMode>::write_integer(char* out, int64_t value, bool is_int32) {
  if constexpr (kMode != JsonMode::kCanonical) return write_int64(out, value);
  out = is_int32 ? put(out, "{\"$numberInt\":\"") : put(out, "{\"$numberLong\":\"");
  return put(write_int64(out, value), "\"}");
}

template <JsonMode kMode>
char* Pass<kMode>::write_double_value(char* out, double value) {
  const bool finite = std::isfinite(value);
  if (kMode != JsonMode::kCanonical && finite) return write_double(out, value);
  out = kMode == JsonMode::kPlain ? put(out, "\"") : put(out, "{\"$numberDouble\":\"");
  if (finite) {
    out = write_double(out, value);
  } else if (std::isnan(value)) {
    out = put(out, "NaN");
  } else {
    out = value < 0 ? put(out, "-Infinity") : put(out, "Infinity");
  }
  return kMode == JsonMode::kPlain ? put(out, "\"") : put(out, "\"}");
}

template <JsonMode kMode>
char* Pass<kMode>::write_date(char* out, int64_t date_ms) {
  if (state_.date_format == JsonDateFormat::kIso8601) {
    *out++ = '"';
    return put(state_.dates.write(out, date_ms, DateFraction::kAlways), "\"");
  }
  if constexpr (kMode == JsonMode::kPlain) return write_int64(out, date_ms);
  if (kMode == JsonMode::kRelaxed && date_ms >= kIsoDateFirstMs && date_ms < kIsoDateEndMs) {
    out = put(out, "{\"$date\":\"");
    return put(state_.dates.write(out, date_ms, DateFraction::kIfNotZero), "\"}");
  }
  out = put(out, "{\"$date\":{\"$numberLong\":\"");
  return put(write_int64(out, date_ms), "\"}}");
}

template <JsonMode kMode>
char* Pass<kMode>::write_binary(char* out, const uint8_t* at) {
  constexpr uint8_t kOldBinary = 2;
  constexpr uint8_t kUuid = 4;
  size_t size = load_little_endian<uint32_t>(at);
  const uint8_t subtype = at[4];
  const uint8_t* bytes = at + 5;
  if (subtype == kOldBinary && size >= 4 && load_little_endian<uint32_t>(bytes) == size - 4) {
    bytes += 4;  // The old form repeats its length inside; only the content counts.
    size -= 4;
  }
  if (kMode == JsonMode::kPlain && subtype == kUuid && size == 16) {
    *out++ = '"';
    return put(write_uuid(out, bytes), "\"");
  }
  out = kMode == JsonMode::kPlain ? put(out, "\"") : put(out, "{\"$binary\":{\"base64\":\"");
  out = state_.buffer.ensure(out, base64_size(size) + kTextTailBytes);
  out = write_base64(out, bytes, size);
  if constexpr (kMode == JsonMode::kPlain) return put(out, "\"");
  out = put(out, "\",\"subType\":\"");
  return put(write_hex(out, &subtype, 1), "\"}}");
}

template <JsonMode kMode>
char* Pass<kMode>::write_regex(char* out, const uint8_t*& at) {
  out = kMode == JsonMode::kPlain ? put(out, "{\"pattern\":")
                                  : put(out, "{\"$regularExpression\":{\"pattern\":");
  const size_t pattern_size = std::strlen(reinterpret_cast<const char*>(at));
  out = put(write_text(out, at, pattern_size), ",\"options\":");
  at += pattern_size + 1;
  const size_t options_size = std::strlen(reinterpret_cast<const char*>(at));
  out = write_regex_options(out, at, options_size);
  at += options_size + 1;
  return kMode == JsonMode::kPlain ? put(out, "}") : put(out, "}}");
}

template <JsonMode kMode>
char* Pass<kMode>::write_timestamp(char* out, uint64_t value) {
  if constexpr (kMode == JsonMode::kPlain) return write_uint64(out, (value >> 32) * 1000);
  out = write_uint64(put(out, "{\"$timestamp\":{\"t\":"), value >> 32);
  out = write_uint64(put(out, ",\"i\":"), value & UINT32_MAX);
  return put(out, "}}");
}

template <JsonMode kMode>
char* Pass<kMode>::write_decimal(char* out, const uint8_t* at) {
  out = kMode == JsonMode::kPlain ? put(out, "\"") : put(out, "{\"$numberDecimal\":\"");
  out = write_decimal128(out, Decimal128::load(at));
  return kMode == JsonMode::kPlain ? put(out, "\"") : put(out, "\"}");
}

template <JsonMode kMode>
char* Pass<kMode>::write_db_pointer(char* out, const uint8_t*& at) {
  out = put(out, "{\"$dbPointer\":{\"$ref\":");
  out = put(write_string(out, at), ",\"$id\":{\"$oid\":\"");
  at += text_size(at);
  out = write_object_id(out, at);
  at += 12;
  return put(out, "\"}}}");
}

template <JsonMode kMode>
char* write_top_level(WriterState state, const Value& value) {
  const auto raw = value.raw();
  const auto* at = reinterpret_cast<const uint8_t*>(raw.data());
  Pass<kMode> pass(state, at + raw.size());
  char* out = state.buffer.ensure(state.buffer.begin(), kElementBytes);
  switch (value.type()) {
    case BsonType::kMissing:
      return out;
    case BsonType::kDocument:
    case BsonType::kArray: {
      const bool is_array = value.type() == BsonType::kArray;
      out = pass.open_level(out, is_array ? Level::kArray : Level::kDocument);
      return pass.write_levels(out, at + 4);
    }
    case BsonType::kCodeWithScope:
      out = pass.write_code_start(out, at);
      return pass.write_levels(out, at + 4 + Pass<kMode>::text_size(at + 4) + 4);
    default:
      return pass.write_scalar(out, value.type(), at);
  }
}

}  // namespace

void JsonWriter::append_value(const Value& value, std::string& out) {
  nesting_.clear();
  const WriterState state{buffer_, dates_, nesting_, replaced_, options_.date_format};
  const char* end = nullptr;
  switch (options_.mode) {
    case JsonMode::kRelaxed:
      end = write_top_level<JsonMode::kRelaxed>(state, value);
      break;
    case JsonMode::kCanonical:
      end = write_top_level<JsonMode::kCanonical>(state, value);
      break;
    case JsonMode::kPlain:
      end = write_top_level<JsonMode::kPlain>(state, value);
      break;
  }
  out.append(buffer_.text(end));
  buffer_.trim();
}

void JsonWriter::append_document(DocumentView document, std::string& out) {
  append_value(Value(BsonType::kDocument, document.data(), document.size()), out);
}

void JsonWriter::append_array(DocumentView array, std::string& out) {
  append_value(Value(BsonType::kArray, array.data(), array.size()), out);
}

std::string to_json(DocumentView document, JsonOptions options) {
  std::string out;
  JsonWriter(options).append_document(document, out);
  return out;
}

std::string value_to_json(const Value& value, JsonOptions options) {
  std::string out;
  JsonWriter(options).append_value(value, out);
  return out;
}

}  // namespace inlet
