#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/assert.h"

namespace inlet {

/// Element types. Source: bsonspec.org, version 1.1.
enum class BsonType : uint8_t {
  kMissing = 0x00,  ///< Not in BSON: the answer for a field that is not there.
  kDouble = 0x01,
  kString = 0x02,
  kDocument = 0x03,
  kArray = 0x04,
  kBinary = 0x05,
  kUndefined = 0x06,
  kObjectId = 0x07,
  kBool = 0x08,
  kDate = 0x09,
  kNull = 0x0A,
  kRegex = 0x0B,
  kDbPointer = 0x0C,
  kCode = 0x0D,
  kSymbol = 0x0E,
  kCodeWithScope = 0x0F,
  kInt32 = 0x10,
  kTimestamp = 0x11,
  kInt64 = 0x12,
  kDecimal128 = 0x13,
  kMaxKey = 0x7F,
  kMinKey = 0xFF,
};

template <class T>
T load_little_endian(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

class DocumentView;

/// One BSON value in place: a type and a pointer to its bytes. Valid as long as those bytes.
///
/// The accessors require the matching type; `is_*`, `as_*_if` do not.
class Value {
 public:
  Value() = default;
  Value(BsonType type, const uint8_t* data, uint32_t size)
      : data_(data), size_(size), type_(type) {}

  BsonType type() const { return type_; }
  /// The value's bytes as they stand in the document, without type and name.
  const uint8_t* data() const { return data_; }
  uint32_t size() const { return size_; }
  std::string_view raw() const { return {reinterpret_cast<const char*>(data_), size_}; }

  bool is_missing() const { return type_ == BsonType::kMissing; }
  bool is_null() const { return type_ == BsonType::kNull; }
  bool is_document() const { return type_ == BsonType::kDocument; }
  bool is_array() const { return type_ == BsonType::kArray; }
  bool is_string() const { return type_ == BsonType::kString; }
  bool is_number() const {
    return type_ == BsonType::kInt32 || type_ == BsonType::kInt64 || type_ == BsonType::kDouble ||
           type_ == BsonType::kDecimal128;
  }

  double as_double() const { return get<double>(BsonType::kDouble); }
  int32_t as_int32() const { return get<int32_t>(BsonType::kInt32); }
  int64_t as_int64() const { return get<int64_t>(BsonType::kInt64); }
  int64_t as_date_ms() const { return get<int64_t>(BsonType::kDate); }
  /// Seconds in the high, increment in the low half.
  uint64_t as_timestamp() const { return get<uint64_t>(BsonType::kTimestamp); }
  bool as_bool() const {
    INLET_ASSERT(type_ == BsonType::kBool);
    return *data_ != 0;
  }
  /// String, symbol or code, without the terminating zero.
  std::string_view as_string() const {
    INLET_ASSERT(type_ == BsonType::kString || type_ == BsonType::kSymbol ||
                 type_ == BsonType::kCode);
    return {reinterpret_cast<const char*>(data_) + 4, size_ - 5};
  }
  /// A document or an array.
  DocumentView as_document() const;
  /// The bytes behind length and subtype.
  std::string_view as_binary() const {
    INLET_ASSERT(type_ == BsonType::kBinary);
    constexpr size_t kHeaderBytes = 5;
    return raw().substr(kHeaderBytes);
  }
  std::string_view as_object_id() const {
    INLET_ASSERT(type_ == BsonType::kObjectId);
    return raw();
  }

  std::optional<std::string_view> as_string_if() const {
    return is_string() ? std::optional(as_string()) : std::nullopt;
  }
  /// Int32, int64, or a double without fraction that fits.
  std::optional<int64_t> as_integer_if() const;
  /// MongoDB's truth: false, null, missing, undefined and every zero are false.
  bool truthy() const;

 private:
  template <class T>
  T get(BsonType type) const {
    INLET_ASSERT(type_ == type);
    return load_little_endian<T>(data_);
  }

  const uint8_t* data_ = nullptr;
  uint32_t size_ = 0;
  BsonType type_ = BsonType::kMissing;
};

}  // namespace inlet
