#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/value.h"

namespace inlet {

/// One field of a document in place.
struct Element {
  std::string_view name;
  Value value;
  const uint8_t* begin = nullptr;  ///< Type byte.
  const uint8_t* end = nullptr;    ///< One past the value.
  std::string_view raw() const {
    return {reinterpret_cast<const char*>(begin), static_cast<size_t>(end - begin)};
  }
};

/// Size of a value of `type` at `data`, at most `limit` bytes. Returns -1 for bytes that are not
/// BSON.
int64_t bson_value_size(BsonType type, const uint8_t* data, size_t limit);

/// A BSON document in place. Valid as long as the bytes, so never longer than the batch.
///
/// Iteration trusts the bytes: `validate` what comes from outside once, at the border. (What the
/// server or the client library hands over has been checked there; files have not.) Shape:  also
/// used for arrays, whose fields are named "0", "1", …
class DocumentView {
 public:
  DocumentView() : data_(kEmptyBytes) {}
  explicit DocumentView(const uint8_t* data) : data_(data) {}

  const uint8_t* data() const { return data_; }
  uint32_t size() const { return load_little_endian<uint32_t>(data_); }
  std::string_view raw() const { return {reinterpret_cast<const char*>(data_), size()}; }
  bool is_empty() const { return size() <= kEmptySize; }

  class Iterator {
   public:
    using value_type = Element;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(const uint8_t* at) : at_(at) { read(); }
    const Element& operator*() const { return element_; }
    const Element* operator->() const { return &element_; }
    Iterator& operator++() {
      at_ = element_.end;
      read();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    void read();
    const uint8_t* at_ = nullptr;
    Element element_;
  };
  Iterator begin() const { return Iterator(data_ + 4); }
  Iterator end() const;

  /// The first field of that name, or missing.
  Value operator[](std::string_view name) const;
  /// Follows a dotted path through documents (not into arrays), or missing.
  Value at_path(std::string_view dotted) const;

  static constexpr uint32_t kEmptySize = 5;

 private:
  static const uint8_t kEmptyBytes[kEmptySize];
  const uint8_t* data_;
};

/// Checks every length, terminator and type below `bytes`, to a depth of kBsonDepthMax.
/// UTF-8 is not checked: encoders replace what is invalid.
/// Errors: kCorruption with the offset.
Status validate_bson(std::string_view bytes);
inline constexpr int kBsonDepthMax = 200;

/// An owned document: configuration, positions, checkpoints. Not for the record path.
class Document {
 public:
  Document() : bytes_(DocumentView().raw()) {}
  explicit Document(std::string bytes) : bytes_(std::move(bytes)) {}
  explicit Document(DocumentView view) : bytes_(view.raw()) {}
  DocumentView view() const {
    return DocumentView(reinterpret_cast<const uint8_t*>(bytes_.data()));
  }
  operator DocumentView() const { return view(); }  // NOLINT(google-explicit-constructor)
  const std::string& bytes() const { return bytes_; }
  bool is_empty() const { return bytes_.size() <= DocumentView::kEmptySize; }
  Value operator[](std::string_view name) const { return view()[name]; }
  bool operator==(const Document& other) const = default;

 private:
  std::string bytes_;
};

}  // namespace inlet
