#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "bson/byte_buffer.h"
#include "bson/document.h"

namespace inlet {

/// The place of one value at the end of a document under construction: its type byte stands
/// already, its bytes come last. A value may be written again, as another type.
class ValueSlot {
 public:
  /// `bytes` ends behind the element's name, whose type byte is at `type_at`.
  ValueSlot(ByteBuffer& bytes, size_t type_at)
      : bytes_(bytes), type_at_(type_at), value_at_(bytes.size()) {}

  ByteBuffer& bytes() { return bytes_; }
  size_t value_at() const { return value_at_; }

  /// The document or array that was written here.
  DocumentView document() const {
    return DocumentView(reinterpret_cast<const uint8_t*>(bytes_.data()) + value_at_);
  }

  /// Removes what was written, and sets the type of what follows.
  ByteBuffer& restart(BsonType type) {
    bytes_.truncate(value_at_);
    bytes_[type_at_] = static_cast<char>(type);
    return bytes_;
  }

  template <class Number>
  void put_number(BsonType type, Number value) {
    restart(type).append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put_bool(bool value) { restart(BsonType::kBool) += value ? '\1' : '\0'; }
  void put_empty(BsonType type) { restart(type); }
  void put_bytes(BsonType type, std::string_view raw) { restart(type) += raw; }

  /// A string, a symbol or code. `text` must not stand in `bytes`.
  void put_text(BsonType type, std::string_view text) {
    restart(type);
    append_text(text);
  }
  void append_text(std::string_view text) {
    append_size(text.size() + 1);
    bytes_ += text;
    bytes_ += '\0';
  }
  void put_binary(uint8_t subtype, std::string_view content) {
    constexpr uint8_t kOldBinary = 2;
    restart(BsonType::kBinary);
    append_size(content.size() + (subtype == kOldBinary ? 4 : 0));
    bytes_ += static_cast<char>(subtype);
    if (subtype == kOldBinary) append_size(content.size());
    bytes_ += content;
  }

 private:
  void append_size(size_t size) {
    const auto stored = static_cast<uint32_t>(size);
    bytes_.append(reinterpret_cast<const char*>(&stored), sizeof stored);
  }

  ByteBuffer& bytes_;
  size_t type_at_;
  size_t value_at_;
};

/// What became of a value that looked like the wrapper of another type.
struct Conversion {
  enum class Outcome { kConverted, kKept, kFailed };
  Outcome outcome = Outcome::kKept;
  std::string_view reason;  ///< Of kFailed; fixed text.
  std::string hint;

  static Conversion converted() { return {Outcome::kConverted, {}, {}}; }
  static Conversion kept() { return {}; }
  static Conversion failed(std::string_view reason, std::string hint = {}) {
    return {Outcome::kFailed, reason, std::move(hint)};
  }
};

}  // namespace inlet
