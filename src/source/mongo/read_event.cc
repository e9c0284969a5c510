#include "source/mongo/read_event.h"

#include <cstring>

#include "bson/builder.h"

namespace inlet {
namespace {

constexpr char kDocumentType = static_cast<char>(BsonType::kDocument);
constexpr size_t kLengthBytes = 4;

/// The elements of a built document, without its length and terminator.
std::string elements_of(DocumentBuilder& builder) {
  const std::string_view raw = builder.finish().raw();
  return std::string(raw.substr(kLengthBytes, raw.size() - kLengthBytes - 1));
}

std::string document_header(std::string_view name) {
  return std::string(1, kDocumentType).append(name).append(1, '\0');
}

uint8_t* put(uint8_t* at, std::string_view bytes) {
  std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

uint8_t* put_length(uint8_t* at, size_t length) {
  const auto value = static_cast<uint32_t>(length);
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

}  // namespace

Element id_element(DocumentView document) {
  for (const Element& element : document) {
    if (element.name == "_id") return element;
  }
  return {};
}

Document id_document(DocumentView document) {
  const Element id = id_element(document);
  if (id.begin == nullptr) return {};
  DocumentBuilder out;
  out.append_element(id);
  return out.finish_owned();
}

ReadEventTemplate::ReadEventTemplate(const Namespace& ns, ClusterTime time) {
  DocumentBuilder head;
  head.append_string("operationType", "read").append_timestamp("clusterTime", time.to_bson());
  head_ = elements_of(head) + document_header("fullDocument");
  DocumentBuilder tail;
  tail.open_document("ns").append_string("db", ns.db).append_string("coll", ns.collection).close();
  tail_ = elements_of(tail) + document_header("documentKey");
}

DocumentView ReadEventTemplate::wrap(DocumentView document, Arena& arena) const {
  const std::string_view id = id_element(document).raw();
  const size_t key_size = kLengthBytes + id.size() + 1;
  const size_t size = kLengthBytes + head_.size() + document.size() + tail_.size() + key_size + 1;
  uint8_t* const begin = arena.allocate(size);
  uint8_t* at = put_length(begin, size);
  at = put(at, head_);
  at = put(at, document.raw());
  at = put(at, tail_);
  at = put_length(at, key_size);
  at = put(at, id);
  at[0] = 0;
  at[1] = 0;
  return DocumentView(begin);
}

}  // namespace inlet
