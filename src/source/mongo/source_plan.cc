#include "source/mongo/source_plan.h"

#include "bson/builder.h"

namespace inlet {
namespace {

constexpr int32_t kVersion = 1;
constexpr std::string_view kSplitNames[] = {"none", "collection", "key"};
constexpr std::string_view kKindNames[] = {"collection", "view", "timeseries"};

Status check_version(DocumentView document, std::string_view what) {
  const auto version = document["v"].as_integer_if();
  if (!version.has_value())
    return Status(Code::kCorruption, "position without a version").with("position", what);
  if (*version > kVersion) {
    return Status(Code::kUnimplemented, "position was written by a newer version")
        .with("position", what)
        .with("version", *version);
  }
  return Status::ok();
}

Document document_of(const Value& value) {
  return value.is_document() ? Document(value.as_document()) : Document();
}
uint64_t count_of(const Value& value) {
  return static_cast<uint64_t>(value.as_integer_if().value_or(0));
}

ClusterTime time_of(const Value& value) {
  return value.type() == BsonType::kTimestamp ? ClusterTime::from_bson(value.as_timestamp())
                                              : ClusterTime{};
}

template <class Enum, size_t N>
Enum enum_of(const Value& value, const std::string_view (&names)[N]) {
  for (size_t i = 0; i < N; ++i) {
    if (value.as_string_if() == names[i]) return static_cast<Enum>(i);
  }
  return Enum{};
}

}  // namespace

Document SourcePlan::encode() const {
  DocumentBuilder out;
  out.append_int32("v", kVersion)
      .append_string("run", run_id)
      .append_timestamp("startTime", start_time.to_bson());
  out.append_bool("copy", copy).append_int32("streams", streams);
  out.append_string("split", kSplitNames[static_cast<size_t>(split)]);
  ArrayIndex index;
  out.open_array("collections");
  for (const PlannedCollection& collection : collections) {
    out.open_document(index.next());
    out.append_string("db", collection.ns.db).append_string("coll", collection.ns.collection);
    out.append_binary("uuid", collection.uuid, 4);
    out.append_string("kind", kKindNames[static_cast<size_t>(collection.kind)]).close();
  }
  out.close();
  return out.finish_owned();
}

Result<SourcePlan> SourcePlan::decode(DocumentView document) {
  INLET_RETURN_IF_ERROR(check_version(document, "plan"));
  SourcePlan plan;
  plan.run_id = document["run"].as_string_if().value_or("");
  plan.start_time = time_of(document["startTime"]);
  plan.copy = document["copy"].truthy();
  plan.streams = static_cast<int>(document["streams"].as_integer_if().value_or(0));
  plan.split = enum_of<StreamSplit>(document["split"], kSplitNames);
  const Value collections = document["collections"];
  if (!collections.is_array()) return Status(Code::kCorruption, "plan without its collections");
  for (const Element& element : collections.as_document()) {
    if (!element.value.is_document())
      return Status(Code::kCorruption, "plan with a broken collection");
    const DocumentView fields = element.value.as_document();
    PlannedCollection& collection = plan.collections.emplace_back();
    collection.ns = {std::string(fields["db"].as_string_if().value_or("")),
                     std::string(fields["coll"].as_string_if().value_or(""))};
    const Value uuid = fields["uuid"];
    if (uuid.type() == BsonType::kBinary) collection.uuid = uuid.as_binary();
    collection.kind = enum_of<PlannedCollection::Kind>(fields["kind"], kKindNames);
  }
  return plan;
}

Document StreamPosition::encode() const {
  DocumentBuilder out;
  out.append_int32("v", kVersion).append_timestamp("time", time.to_bson());
  if (!token.is_empty()) out.append_document("token", token);
  if (after_event) out.append_bool("startAfter", true);
  return out.finish_owned();
}

Result<StreamPosition> StreamPosition::decode(DocumentView document) {
  INLET_RETURN_IF_ERROR(check_version(document, "change stream"));
  StreamPosition position;
  position.token = document_of(document["token"]);
  position.time = time_of(document["time"]);
  position.after_event = document["startAfter"].truthy();
  return position;
}

Document RangePosition::encode() const {
  DocumentBuilder out;
  out.append_int32("v", kVersion).append_int32("k", index).append_int32("of", count);
  if (!min.is_empty()) out.append_document("min", min);
  if (!max.is_empty()) out.append_document("max", max);
  if (!last.is_empty()) out.append_document("last", last);
  out.append_int64("records", static_cast<int64_t>(records))
      .append_int64("bytes", static_cast<int64_t>(bytes));
  out.append_int64("hash", static_cast<int64_t>(content_hash)).append_bool("done", done);
  return out.finish_owned();
}

Result<RangePosition> RangePosition::decode(DocumentView document) {
  INLET_RETURN_IF_ERROR(check_version(document, "range"));
  RangePosition position;
  position.index = static_cast<int>(document["k"].as_integer_if().value_or(0));
  position.count = static_cast<int>(document["of"].as_integer_if().value_or(1));
  position.min = document_of(document["min"]);
  position.max = document_of(document["max"]);
  position.last = document_of(document["last"]);
  position.records = count_of(document["records"]);
  position.bytes = count_of(document["bytes"]);
  position.content_hash = count_of(document["hash"]);
  position.done = document["done"].truthy();
  return position;
}

std::string stream_lane(int index) {
  return "changes/" + std::to_string(index);
}
std::string collection_lane(const Namespace& ns) {
  return "copied/" + ns.full();
}
std::string range_lane(const Namespace& ns, int index) {
  return "copy/" + ns.full() + "/" + std::to_string(index);
}

}  // namespace inlet
