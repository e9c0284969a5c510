#include "source/mongo/change_event.h"

#include "source/mongo/resume_token.h"

namespace inlet {

ChangeEvent ChangeEvent::parse(DocumentView event) {
  ChangeEvent out;
  out.event = event;
  for (const Element& element : event) {
    const Value& value = element.value;
    if (element.name == "_id" && value.is_document()) {
      out.token = value.as_document();
    } else if (element.name == "operationType" && value.is_string()) {
      out.operation = operation_from_name(value.as_string());
    } else if (element.name == "clusterTime" && value.type() == BsonType::kTimestamp) {
      out.time = ClusterTime::from_bson(value.as_timestamp());
    } else if (element.name == "ns" && value.is_document()) {
      out.ns = element;
    } else if (element.name == "documentKey" && value.is_document()) {
      out.document_key = value.as_document();
    } else if (element.name == "fullDocument") {
      out.has_full_document = true;
    } else if (element.name == "splitEvent" && value.is_document()) {
      out.split_event = value.as_document();
    }
  }
  if (out.time.is_zero()) out.time = time_of_token(out.token);
  return out;
}

const Namespace* NamespaceCache::of(const ChangeEvent& event) {
  const std::string_view raw = event.ns.begin == nullptr ? std::string_view() : event.ns.raw();
  if (last_ != nullptr && raw == last_raw_) return last_;
  std::string_view db;
  std::string_view collection;
  if (event.ns.begin != nullptr) {
    const DocumentView ns = event.ns.value.as_document();
    db = ns["db"].as_string_if().value_or("");
    collection = ns["coll"].as_string_if().value_or("");
  }
  last_ = NamespaceTable::instance().intern(db, collection);
  last_raw_ = raw;
  return last_;
}

}  // namespace inlet
