#include "bson/document.h"

#include "bson/decimal128.h"

namespace inlet {

const uint8_t DocumentView::kEmptyBytes[kEmptySize] = {5, 0, 0, 0, 0};

namespace {

/// Length of a zero-terminated string with its zero, or -1.
int64_t cstring_size(const uint8_t* data, size_t limit) {
  const void* zero = std::memchr(data, 0, limit);
  if (zero == nullptr) return -1;
  return static_cast<const uint8_t*>(zero) - data + 1;
}

int64_t length_prefixed(const uint8_t* data, size_t limit, uint32_t overhead, uint32_t minimum) {
  if (limit < 4) return -1;
  const auto length = load_little_endian<uint32_t>(data);
  const uint64_t total = uint64_t{length} + overhead;
  if (length < minimum || total > limit) return -1;
  return static_cast<int64_t>(total);
}

}  // namespace

int64_t bson_value_size(BsonType type, const uint8_t* data, size_t limit) {
  int64_t size = -1;
  switch (type) {
    case BsonType::kDouble:
    case BsonType::kDate:
    case BsonType::kTimestamp:
    case BsonType::kInt64:
      size = 8;
      break;
    case BsonType::kInt32:
      size = 4;
      break;
    case BsonType::kBool:
      size = 1;
      break;
    case BsonType::kObjectId:
      size = 12;
      break;
    case BsonType::kDecimal128:
      size = 16;
      break;
    case BsonType::kNull:
    case BsonType::kUndefined:
    case BsonType::kMinKey:
    case BsonType::kMaxKey:
      size = 0;
      break;
    case BsonType::kString:
    case BsonType::kCode:
    case BsonType::kSymbol:
      return length_prefixed(data, limit, 4, 1);
    case BsonType::kDocument:
    case BsonType::kArray:
      return length_prefixed(data, limit, 0, 5);
    case BsonType::kCodeWithScope:
      return length_prefixed(data, limit, 0, 14);
    case BsonType::kBinary:
      return length_prefixed(data, limit, 5, 0);
    case BsonType::kRegex: {
      const int64_t pattern = cstring_size(data, limit);
      if (pattern < 0) return -1;
      const int64_t options = cstring_size(data + pattern, limit - static_cast<size_t>(pattern));
      return options < 0 ? -1 : pattern + options;
    }
    case BsonType::kDbPointer: {
      const int64_t name = length_prefixed(data, limit, 4, 1);
      return name < 0 || static_cast<uint64_t>(name) + 12 > limit ? -1 : name + 12;
    }
    case BsonType::kMissing:
      return -1;
  }
  return size < 0 || static_cast<uint64_t>(size) > limit ? -1 : size;
}

void DocumentView::Iterator::read() {
  const auto type = static_cast<BsonType>(*at_);
  if (type == BsonType::kMissing) return;  // The document's closing zero.
  const char* name = reinterpret_cast<const char*>(at_ + 1);
  const size_t name_size = std::strlen(name);
  const uint8_t* data = at_ + 1 + name_size + 1;
  const int64_t size = bson_value_size(type, data, UINT32_MAX);
  INLET_ASSERT(size >= 0);
  element_ = {{name, name_size}, Value(type, data, static_cast<uint32_t>(size)), at_, data + size};
}

DocumentView::Iterator DocumentView::end() const {
  return Iterator(data_ + size() - 1);
}

Value DocumentView::operator[](std::string_view name) const {
  for (const Element& element : *this) {
    if (element.name == name) return element.value;
  }
  return {};
}

Value DocumentView::at_path(std::string_view dotted) const {
  DocumentView document = *this;
  while (true) {
    const size_t dot = dotted.find('.');
    const Value value = document[dotted.substr(0, dot)];
    if (dot == std::string_view::npos) return value;
    if (!value.is_document()) return {};
    document = value.as_document();
    dotted.remove_prefix(dot + 1);
  }
}

DocumentView Value::as_document() const {
  INLET_ASSERT(type_ == BsonType::kDocument || type_ == BsonType::kArray);
  return DocumentView(data_);
}

std::optional<int64_t> Value::as_integer_if() const {
  switch (type_) {
    case BsonType::kInt32:
      return as_int32();
    case BsonType::kInt64:
      return as_int64();
    case BsonType::kDouble: {
      const double number = as_double();
      if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0))
        return std::nullopt;
      const auto whole = static_cast<int64_t>(number);
      return static_cast<double>(whole) == number ? std::optional(whole) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

bool Value::truthy() const {
  switch (type_) {
    case BsonType::kMissing:
    case BsonType::kNull:
    case BsonType::kUndefined:
      return false;
    case BsonType::kBool:
      return as_bool();
    case BsonType::kInt32:
      return as_int32() != 0;
    case BsonType::kInt64:
      return as_int64() != 0;
    case BsonType::kDouble:
      return as_double() != 0;
    case BsonType::kDecimal128: {
      const DecimalParts parts = decimal_parts(Decimal128::load(data_));
      return parts.kind != DecimalParts::Kind::kFinite || parts.coefficient != 0;
    }
    default:
      return true;
  }
}

namespace {

Status corrupt(const char* text, const uint8_t* begin, const uint8_t* at) {
  return Status(Code::kCorruption, text).with("offset", static_cast<int64_t>(at - begin));
}

Status validate_document(const uint8_t* begin, const uint8_t* data, size_t limit, int depth) {
  if (depth > kBsonDepthMax) return corrupt("BSON nested too deeply", begin, data);
  if (limit < DocumentView::kEmptySize) return corrupt("BSON document cut short", begin, data);
  const auto size = load_little_endian<uint32_t>(data);
  if (size < DocumentView::kEmptySize || size > limit)
    return corrupt("BSON document has a wrong length", begin, data);
  const uint8_t* const end = data + size - 1;
  if (*end != 0) return corrupt("BSON document does not end with zero", begin, end);
  const uint8_t* at = data + 4;
  while (at < end) {
    const auto type = static_cast<BsonType>(*at);
    const int64_t name = cstring_size(at + 1, static_cast<size_t>(end - at - 1));
    if (name < 0) return corrupt("BSON field name is not terminated", begin, at);
    const uint8_t* value = at + 1 + name;
    const int64_t value_size = bson_value_size(type, value, static_cast<size_t>(end - value));
    if (value_size < 0)
      return corrupt("BSON value has an unknown type or a wrong length", begin, at);
    if (type == BsonType::kDocument || type == BsonType::kArray) {
      INLET_RETURN_IF_ERROR(
          validate_document(begin, value, static_cast<size_t>(value_size), depth + 1));
    } else if (type == BsonType::kString || type == BsonType::kCode || type == BsonType::kSymbol) {
      if (value[value_size - 1] != 0)
        return corrupt("BSON string does not end with zero", begin, value);
    } else if (type == BsonType::kDbPointer) {
      if (value[value_size - 13] != 0)
        return corrupt("BSON string does not end with zero", begin, value);
    } else if (type == BsonType::kBinary) {
      constexpr uint8_t kOldBinary = 2;  // Holds its length a second time.
      const auto length = load_little_endian<uint32_t>(value);
      if (value[4] == kOldBinary &&
          (length < 4 || load_little_endian<uint32_t>(value + 5) != length - 4)) {
        return corrupt("BSON binary of subtype 2 has a wrong inner length", begin, value);
      }
    } else if (type == BsonType::kBool) {
      if (*value > 1) return corrupt("BSON boolean is neither 0 nor 1", begin, value);
    } else if (type == BsonType::kCodeWithScope) {
      const int64_t code = length_prefixed(value + 4, static_cast<size_t>(value_size) - 4, 4, 1);
      if (code < 0 || value[4 + code - 1] != 0)
        return corrupt("BSON code is not terminated", begin, value);
      INLET_RETURN_IF_ERROR(validate_document(
          begin, value + 4 + code, static_cast<size_t>(value_size - 4 - code), depth + 1));
    }
    at = value + value_size;
  }
  return at == end ? Status::ok()
                   : corrupt("BSON document has bytes after its last field", begin, at);
}

}  // namespace

Status validate_bson(std::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  INLET_RETURN_IF_ERROR(validate_document(data, data, bytes.size(), 1));
  if (load_little_endian<uint32_t>(data) != bytes.size())
    return corrupt("BSON document has a wrong length", data, data);
  return Status::ok();
}

}  // namespace inlet
