#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bson/arena.h"
#include "bson/byte_buffer.h"
#include "bson/document.h"

namespace inlet {

/// Builds one BSON document front to back in a reusable buffer.
///
/// A builder kept between documents allocates nothing once its buffer has grown. Nested documents
/// are opened and closed in place: `open_document("a")` … `close()`.
/// Threads: one.
class DocumentBuilder {
 public:
  DocumentBuilder() { clear(); }

  /// Starts a new document; the buffer's memory stays, unless it is unusually large.
  void clear();

  DocumentBuilder& append(std::string_view name, const Value& value);
  DocumentBuilder& append_raw(
      std::string_view elements);  ///< Whole elements as they stand in a document.
  DocumentBuilder& append_element(const Element& element) { return append_raw(element.raw()); }
  DocumentBuilder& append_double(std::string_view name, double value);
  DocumentBuilder& append_string(std::string_view name, std::string_view value);
  DocumentBuilder& append_document(std::string_view name, DocumentView value);
  DocumentBuilder& append_array(std::string_view name, DocumentView value);
  DocumentBuilder& append_binary(std::string_view name, std::string_view value,
                                 uint8_t subtype = 0);
  DocumentBuilder& append_bool(std::string_view name, bool value);
  DocumentBuilder& append_date_ms(std::string_view name, int64_t value);
  DocumentBuilder& append_null(std::string_view name);
  DocumentBuilder& append_int32(std::string_view name, int32_t value);
  DocumentBuilder& append_int64(std::string_view name, int64_t value);
  DocumentBuilder& append_timestamp(std::string_view name, uint64_t value);
  DocumentBuilder& append_object_id(std::string_view name, std::string_view twelve_bytes);
  DocumentBuilder& append_min_key(std::string_view name);
  DocumentBuilder& append_max_key(std::string_view name);

  DocumentBuilder& open_document(std::string_view name);
  DocumentBuilder& open_array(std::string_view name);
  DocumentBuilder& close();

  /// Closes the document. The view is valid until the builder is used again.
  DocumentView finish();
  /// Closes the document and copies it into `arena`.
  DocumentView finish_into(Arena& arena);
  Document finish_owned() { return Document(finish()); }

 private:
  void begin_element(BsonType type, std::string_view name);
  template <class T>
  void put(T value) {
    buffer_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void close_at(size_t start);

  ByteBuffer buffer_;
  std::vector<size_t> open_;
  bool finished_ = false;
};

/// The names of array elements: "0", "1", …
class ArrayIndex {
 public:
  /// The next name; valid until the next call.
  std::string_view next();

 private:
  uint32_t index_ = 0;
  char name_[12] = {};
};

}  // namespace inlet
