#include "bson/builder.h"

#include <charconv>

namespace inlet {

void DocumentBuilder::clear() {
  buffer_.clear();
  buffer_.append_zeros(4);
  open_.clear();
  finished_ = false;
}

void DocumentBuilder::begin_element(BsonType type, std::string_view name) {
  INLET_ASSERT(!finished_);
  char* const added = buffer_.extend(name.size() + 2);
  added[0] = static_cast<char>(type);
  if (!name.empty()) std::memcpy(added + 1, name.data(), name.size());
  added[name.size() + 1] = '\0';
}

DocumentBuilder& DocumentBuilder::append(std::string_view name, const Value& value) {
  if (value.is_missing()) return *this;
  begin_element(value.type(), name);
  buffer_ += value.raw();
  return *this;
}

DocumentBuilder& DocumentBuilder::append_raw(std::string_view elements) {
  INLET_ASSERT(!finished_);
  buffer_ += elements;
  return *this;
}

DocumentBuilder& DocumentBuilder::append_double(std::string_view name, double value) {
  begin_element(BsonType::kDouble, name);
  put(value);
  return *this;
}

DocumentBuilder& DocumentBuilder::append_string(std::string_view name, std::string_view value) {
  begin_element(BsonType::kString, name);
  put(static_cast<uint32_t>(value.size() + 1));
  buffer_ += value;
  buffer_ += '\0';
  return *this;
}

DocumentBuilder& DocumentBuilder::append_document(std::string_view name, DocumentView value) {
  begin_element(BsonType::kDocument, name);
  buffer_ += value.raw();
  return *this;
}

DocumentBuilder& DocumentBuilder::append_array(std::string_view name, DocumentView value) {
  begin_element(BsonType::kArray, name);
  buffer_ += value.raw();
  return *this;
}

DocumentBuilder& DocumentBuilder::append_binary(std::string_view name, std::string_view value,
                                                uint8_t subtype) {
  begin_element(BsonType::kBinary, name);
  put(static_cast<uint32_t>(value.size()));
  buffer_ += static_cast<char>(subtype);
  buffer_ += value;
  return *this;
}

DocumentBuilder& DocumentBuilder::append_bool(std::string_view name, bool value) {
  begin_element(BsonType::kBool, name);
  buffer_ += value ? '\1' : '\0';
  return *this;
}

DocumentBuilder& DocumentBuilder::append_date_ms(std::string_view name, int64_t value) {
  begin_element(BsonType::kDate, name);
  put(value);
  return *this;
}

DocumentBuilder& DocumentBuilder::append_null(std::string_view name) {
  begin_element(BsonType::kNull, name);
  return *this;
}

DocumentBuilder& DocumentBuilder::append_int32(std::string_view name, int32_t value) {
  begin_element(BsonType::kInt32, name);
  put(value);
  return *this;
}

DocumentBuilder& DocumentBuilder::append_int64(std::string_view name, int64_t value) {
  begin_element(BsonType::kInt64, name);
  put(value);
  return *this;
}

DocumentBuilder& DocumentBuilder::append_timestamp(std::string_view name, uint64_t value) {
  begin_element(BsonType::kTimestamp, name);
  put(value);
  return *this;
}

DocumentBuilder& DocumentBuilder::append_object_id(std::string_view name,
                                                   std::string_view twelve_bytes) {
  INLET_ASSERT(twelve_bytes.size() == 12);
  begin_element(BsonType::kObjectId, name);
  buffer_ += twelve_bytes;
  return *this;
}

DocumentBuilder& DocumentBuilder::append_min_key(std::string_view name) {
  begin_element(BsonType::kMinKey, name);
  return *this;
}

DocumentBuilder& DocumentBuilder::append_max_key(std::string_view name) {
  begin_element(BsonType::kMaxKey, name);
  return *this;
}

DocumentBuilder& DocumentBuilder::open_document(std::string_view name) {
  begin_element(BsonType::kDocument, name);
  open_.push_back(buffer_.size());
  buffer_.append_zeros(4);
  return *this;
}

DocumentBuilder& DocumentBuilder::open_array(std::string_view name) {
  begin_element(BsonType::kArray, name);
  open_.push_back(buffer_.size());
  buffer_.append_zeros(4);
  return *this;
}

DocumentBuilder& DocumentBuilder::close() {
  INLET_ASSERT(!open_.empty());
  close_at(open_.back());
  open_.pop_back();
  return *this;
}

void DocumentBuilder::close_at(size_t start) {
  buffer_ += '\0';
  const auto size = static_cast<uint32_t>(buffer_.size() - start);
  std::memcpy(buffer_.data() + start, &size, sizeof size);
}

DocumentView DocumentBuilder::finish() {
  INLET_ASSERT(open_.empty());
  if (!finished_) close_at(0);
  finished_ = true;
  return DocumentView(reinterpret_cast<const uint8_t*>(buffer_.data()));
}

DocumentView DocumentBuilder::finish_into(Arena& arena) {
  const DocumentView view = finish();
  return DocumentView(arena.copy(view.data(), view.size()));
}

std::string_view ArrayIndex::next() {
  const auto written = std::to_chars(name_, name_ + sizeof name_, index_++);
  return {name_, static_cast<size_t>(written.ptr - name_)};
}

}  // namespace inlet
