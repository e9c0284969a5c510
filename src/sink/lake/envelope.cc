#include "sink/lake/envelope.h"

#include <array>

namespace inlet {
namespace {

constexpr std::array<std::string_view, 3> kNames{"lean", "event", "document"};

/// The fields of an event that the envelope needs, found in one pass.
struct EventFields {
  Value token, operation, cluster_time, wall_time, ns, to, document_key, full_document, before,
      update;
  Value description, txn_number, lsid;
  bool has_others = false;  ///< Fields that the server does not send: a stage has added them.

  explicit EventFields(DocumentView event) {
    for (const Element& field : event) {
      if (Value* const place = place_of(field.name)) {
        *place = field.value;
      } else if (!is_left_out(field.name)) {
        has_others = true;
      }
    }
  }

  /// What the server sends and the envelope has no use for.
  static bool is_left_out(std::string_view name) {
    return name == "collectionUUID" || name == "splitEvent";
  }

  /// The place of a field, under the server's name or the envelope's own.
  Value* place_of(std::string_view name) {
    if (name == "_id" || name == "_token") return &token;
    if (name == "operationType" || name == "op") return &operation;
    if (name == "clusterTime") return &cluster_time;
    if (name == "wallTime") return &wall_time;
    if (name == "ns") return &ns;
    if (name == "to") return &to;
    if (name == "documentKey") return &document_key;
    if (name == "fullDocument" || name == "doc") return &full_document;
    if (name == "fullDocumentBeforeChange") return &before;
    if (name == "updateDescription" || name == "updateDesc") return &update;
    if (name == "operationDescription") return &description;
    if (name == "txnNumber") return &txn_number;
    if (name == "lsid") return &lsid;
    return nullptr;
  }
};

void append_or_null(DocumentBuilder& out, std::string_view name, const Value& value) {
  if (value.is_missing()) {
    out.append_null(name);
  } else {
    out.append(name, value);
  }
}

}  // namespace

std::string_view envelope_name(Envelope envelope) {
  return kNames.at(static_cast<size_t>(envelope));
}

std::optional<Envelope> envelope_from_name(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == name) return static_cast<Envelope>(i);
  }
  return std::nullopt;
}

std::optional<DocumentView> EnvelopeWriter::shape(const Record& record) {
  if (!record.is_event) return record.document;
  switch (envelope_) {
    case Envelope::kLean:
      return lean(record);
    case Envelope::kEvent:
      return record.document;
    case Envelope::kDocument:
      return document_alone(record);
  }
  INLET_UNREACHABLE();
}

DocumentView EnvelopeWriter::lean(const Record& record) {
  EventFields event(record.document);
  builder_.clear();
  // A stage may have taken fields away; what the record itself knows stands in for them.
  if (!event.operation.is_missing()) {
    builder_.append("op", event.operation);
  } else {
    builder_.append_string("op", operation_name(record.operation));
  }
  if (event.ns.is_document()) {
    builder_.append("ns", event.ns);
  } else {
    builder_.open_document("ns")
        .append_string("db", record.ns->db)
        .append_string("coll", record.ns->collection)
        .close();
  }
  append_or_null(builder_, "documentKey", event.document_key);
  append_or_null(builder_, "doc", event.full_document);
  append_or_null(builder_, "updateDesc", event.update);
  builder_.append_timestamp("clusterTime", record.cluster_time.to_bson());
  append_or_null(builder_, "wallTime", event.wall_time);
  builder_.append("fullDocumentBeforeChange", event.before);
  builder_.append("to", event.to);
  builder_.append("operationDescription", event.description);
  builder_.append("txnNumber", event.txn_number);
  builder_.append("lsid", event.lsid);
  builder_.append("_token", event.token);
  if (event.has_others) {
    for (const Element& field : record.document) {
      if (event.place_of(field.name) == nullptr && !EventFields::is_left_out(field.name))
        builder_.append_element(field);
    }
  }
  return builder_.finish();
}

std::optional<DocumentView> EnvelopeWriter::document_alone(const Record& record) {
  const Value full = record.document["fullDocument"];
  if (full.is_document()) return full.as_document();
  if (record.operation != Operation::kDelete) return std::nullopt;
  const Value key = record.document["documentKey"];
  builder_.clear();
  if (key.is_document()) {
    for (const Element& field : key.as_document()) builder_.append_element(field);
  }
  builder_.append_bool("_deleted", true)
      .append_timestamp("_clusterTime", record.cluster_time.to_bson());
  return builder_.finish();
}

}  // namespace inlet
