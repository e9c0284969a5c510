// Bytes of a checkpoint, numbers little-endian:
//
//   offset 0   8 bytes  "INLTCKPT"
//          8   4 bytes  format version, now 1
//         12   8 bytes  length of the document
//         20  32 bytes  SHA-256 of the document
//         52            one BSON document
//
// docs/internals/checkpoint-format.md describes the document's fields.

#include <cstring>

#include "base/hash.h"
#include "bson/builder.h"
#include "checkpoint/checkpoint.h"

namespace inlet {
namespace {

constexpr std::string_view kMagic = "INLTCKPT";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 52;

Status damaged(std::string_view what) {
  return Status(Code::kCorruption, "the checkpoint is damaged")
      .with("what", what)
      .with_hint(
          "restore it from a backup, or start over with a new --name and an empty lake folder");
}

std::string digest_of(std::string_view bytes) {
  const std::string hex = sha256_hex(bytes);
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

void append_documents(DocumentBuilder& out, std::string_view name,
                      const std::map<std::string, Document>& documents) {
  // An array of {name, value}: lane names hold dots and anything else a collection's name may hold.
  out.open_array(name);
  ArrayIndex index;
  for (const auto& [key, value] : documents) {
    out.open_document(index.next())
        .append_string("name", key)
        .append_document("value", value)
        .close();
  }
  out.close();
}

Result<std::map<std::string, Document>> read_documents(const Document& from,
                                                       std::string_view name) {
  std::map<std::string, Document> out;
  const Value array = from[name];
  if (!array.is_array()) return damaged(name);
  for (const Element& element : array.as_document()) {
    if (!element.value.is_document()) return damaged(name);
    const DocumentView entry = element.value.as_document();
    const Value key = entry["name"];
    const Value value = entry["value"];
    if (!key.is_string() || !value.is_document()) return damaged(name);
    out[std::string(key.as_string())] = Document(value.as_document());
  }
  return out;
}

Result<int64_t> read_integer(const Document& from, std::string_view name) {
  const Value value = from[name];
  if (value.type() != BsonType::kInt64) return damaged(name);
  return value.as_int64();
}

}  // namespace

std::string encode_checkpoint(const Checkpoint& checkpoint) {
  DocumentBuilder builder;
  builder.append_string("processor", checkpoint.processor)
      .append_string("fingerprint", checkpoint.fingerprint);
  builder.append_int64("epoch", static_cast<int64_t>(checkpoint.epoch));
  builder.append_int64("fence", static_cast<int64_t>(checkpoint.fence));
  builder.append_int64("storedAtMs", checkpoint.stored_at_ms)
      .append_bool("finished", checkpoint.finished);
  append_documents(builder, "positions", checkpoint.positions);
  append_documents(builder, "operators", checkpoint.operators);
  builder.append_document("sinkState", checkpoint.sink_state);
  builder.append_int64("preparedEpoch", static_cast<int64_t>(checkpoint.prepared.epoch));
  builder.append_document("prepared", checkpoint.prepared.payload);
  const std::string_view body = builder.finish().raw();

  std::string out(kMagic);
  const uint64_t size = body.size();
  out.append(reinterpret_cast<const char*>(&kVersion), sizeof kVersion);
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out += digest_of(body);
  out += body;
  return out;
}

Result<Checkpoint> decode_checkpoint(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with(kMagic)) return damaged("header");
  const auto* header = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto version = load_little_endian<uint32_t>(header + 8);
  if (version == 0) return damaged("version");
  if (version > kVersion) {
    return Status(Code::kUnimplemented, "the checkpoint was written by a newer version")
        .with("version", version)
        .with("known", kVersion)
        .with_hint("start with the newer program, or upgrade this one");
  }
  const std::string_view body = bytes.substr(kHeaderBytes);
  if (load_little_endian<uint64_t>(header + 12) != body.size()) return damaged("length");
  if (digest_of(body) != bytes.substr(20, 32)) return damaged("checksum");
  INLET_RETURN_IF_ERROR(validate_bson(body));

  const Document document{std::string(body)};
  const Value processor = document["processor"];
  const Value fingerprint = document["fingerprint"];
  const Value finished = document["finished"];
  const Value sink_state = document["sinkState"];
  const Value prepared = document["prepared"];
  if (!processor.is_string() || !fingerprint.is_string() || finished.type() != BsonType::kBool ||
      !sink_state.is_document() || !prepared.is_document()) {
    return damaged("fields");
  }
  Checkpoint out;
  out.processor = processor.as_string();
  out.fingerprint = fingerprint.as_string();
  out.finished = finished.as_bool();
  INLET_ASSIGN_OR_RETURN(const int64_t epoch, read_integer(document, "epoch"));
  INLET_ASSIGN_OR_RETURN(const int64_t fence, read_integer(document, "fence"));
  INLET_ASSIGN_OR_RETURN(const int64_t prepared_epoch, read_integer(document, "preparedEpoch"));
  INLET_ASSIGN_OR_RETURN(out.stored_at_ms, read_integer(document, "storedAtMs"));
  INLET_ASSIGN_OR_RETURN(out.positions, read_documents(document, "positions"));
  INLET_ASSIGN_OR_RETURN(out.operators, read_documents(document, "operators"));
  out.epoch = static_cast<uint64_t>(epoch);
  out.fence = static_cast<uint64_t>(fence);
  out.sink_state = Document(sink_state.as_document());
  out.prepared = {static_cast<uint64_t>(prepared_epoch), Document(prepared.as_document())};
  return out;
}

}  // namespace inlet
