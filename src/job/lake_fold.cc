#include "job/lake_fold.h"

#include <algorithm>

#include "base/hash.h"

namespace inlet {
namespace {

std::string text_of(const Value& value) {
  return value.is_string() ? std::string(value.as_string()) : "";
}

uint64_t time_of(const Value& value) {
  return value.type() == BsonType::kTimestamp ? value.as_timestamp() : 0;
}

/// The key as a person recognises it.
std::string id_text(const Value& id) {
  return id.is_missing() ? "(none)" : value_to_json(id);
}

}  // namespace

uint64_t LakeFold::hash_of(const Value& value) {
  text_.clear();
  writer_.append_value(value, text_);
  return hash64(text_);
}

uint64_t LakeFold::hash_of(DocumentView document) {
  text_.clear();
  writer_.append_document(document, text_);
  return hash64(text_);
}

LakeFold::Collection& LakeFold::collection(const std::string& db, const std::string& name) {
  Collection& out = collections_[db + "." + name];
  if (out.ns.collection.empty()) out.ns = {db, name};
  return out;
}

void LakeFold::put(Collection& into, uint64_t id, Entry entry) {
  const auto [place, is_new] = into.entries.try_emplace(id, entry);
  // Of records of one time the later in reading order counts: a transaction may change a document
  // twice.
  if (!is_new && entry.time >= place->second.time) place->second = entry;
}

void LakeFold::take_folder(const Manifest& manifest, const std::string& folder) {
  const size_t dot = manifest.ns.find('.');
  if (dot == std::string::npos) return;
  Collection& folded = collection(manifest.ns.substr(0, dot), manifest.ns.substr(dot + 1));
  if (manifest.snapshot && folder > folded.snapshot_folder) {
    folded.entries.clear();
    folded.snapshot_folder = folder;
  }
  for (const ManifestGap& gap : manifest.gaps)
    folded.void_before = std::max(folded.void_before, gap.to.to_bson());
}

void LakeFold::take(const Manifest& manifest, const std::string& folder, DocumentView record) {
  const Value op = record["op"];
  const Value operation_type = record["operationType"];
  const Value ns = record["ns"];
  if (op.is_string() && ns.is_document()) {
    const DocumentView name = ns.as_document();
    take_change(text_of(name["db"]), text_of(name["coll"]), op.as_string(), record,
                record["documentKey"], record["doc"], time_of(record["clusterTime"]));
    return;
  }
  if (operation_type.is_string() && ns.is_document()) {
    const DocumentView name = ns.as_document();
    take_change(text_of(name["db"]), text_of(name["coll"]), operation_type.as_string(), record,
                record["documentKey"], record["fullDocument"], time_of(record["clusterTime"]));
    return;
  }
  // Documents alone: a snapshot, or the envelope `document`. The folder knows the collection.
  const size_t dot = manifest.ns.find('.');
  if (dot == std::string::npos) return;
  Collection& folded = collection(manifest.ns.substr(0, dot), manifest.ns.substr(dot + 1));
  // An older dump of the same collection.
  if (manifest.snapshot && folder != folded.snapshot_folder) return;
  const Value deleted = record["_deleted"];
  const bool is_deleted = deleted.type() == BsonType::kBool && deleted.as_bool();
  put(folded, hash_of(record["_id"]),
      {.content = hash_of(record), .time = 0, .is_deleted = is_deleted});
}

void LakeFold::take_change(const std::string& db, const std::string& name, std::string_view op,
                           DocumentView record, Value key, Value doc, uint64_t time) {
  if (op == "dropDatabase") {
    uint64_t& dropped_at = database_dropped_at_[db];
    dropped_at = std::max(dropped_at, time);
    return;
  }
  if (name.empty()) return;
  Collection& folded = collection(db, name);
  if (op == "drop" || op == "rename") {
    folded.void_before = std::max(folded.void_before, time);
    const Value to = record["to"];
    if (op == "rename" && to.is_document()) {
      collection(text_of(to.as_document()["db"]), text_of(to.as_document()["coll"]))
          .is_renamed_into = true;
    }
    return;
  }
  if (!key.is_document()) return;
  const uint64_t id = hash_of(key.as_document()["_id"]);
  if (op == "delete") {
    put(folded, id, {.content = 0, .time = time, .is_deleted = true});
  } else if (doc.is_document()) {  // Null: it was gone when it was looked up, and its delete
                                   // follows.
    put(folded, id, {.content = hash_of(doc.as_document()), .time = time, .is_deleted = false});
  }
}

Status LakeFold::compare(const VerifyOptions& options, VerifyReport& report) {
  for (auto& [name, folded] : collections_) {
    // What was renamed into was filled under another name: the lake's records do not tell its
    // content.
    if (!options.includes(folded.ns) || folded.is_renamed_into) continue;
    INLET_RETURN_IF_ERROR(compare_one(folded, options, report));
    options.on_progress(report);
  }
  return Status::ok();
}

Status LakeFold::compare_one(Collection& folded, const VerifyOptions& options,
                             VerifyReport& report) {
  const auto dropped = database_dropped_at_.find(folded.ns.db);
  const uint64_t void_before =
      std::max(folded.void_before, dropped == database_dropped_at_.end() ? 0 : dropped->second);
  std::erase_if(folded.entries, [&](const auto& entry) {
    return entry.second.is_deleted || (entry.second.time != 0 && entry.second.time < void_before);
  });
  const std::string ns = folded.ns.full();
  const Status read = options.source->read(folded.ns, [&](DocumentView document) {
    ++report.documents_compared;
    const Value id = document["_id"];
    const auto entry = folded.entries.find(hash_of(id));
    if (entry == folded.entries.end()) {
      report.add(VerifyFinding::Kind::kMissingDocument, ns, "_id " + id_text(id));
      return Status::ok();
    }
    if (entry->second.content != hash_of(document))
      report.add(VerifyFinding::Kind::kOtherDocument, ns, "_id " + id_text(id));
    folded.entries.erase(entry);
    return Status::ok();
  });
  INLET_RETURN_IF_ERROR(read);
  ++report.collections_compared;
  extra_count_ += folded.entries.size();
  std::set<uint64_t>& extras = extras_[ns];
  for (const auto& [id, entry] : folded.entries) {
    if (extras.size() == VerifyReport::kFindingsKept) break;
    extras.insert(id);
  }
  return Status::ok();
}

LakeFold::Key LakeFold::key_of(const Manifest& manifest, DocumentView record) {
  const Value ns = record["ns"];
  const bool is_event = record["op"].is_string() || record["operationType"].is_string();
  if (!is_event || !ns.is_document()) return {manifest.ns, record["_id"]};
  const DocumentView name = ns.as_document();
  const Value key = record["documentKey"];
  return {text_of(name["db"]) + "." + text_of(name["coll"]),
          key.is_document() ? key.as_document()["_id"] : Value()};
}

void LakeFold::name_extra(const Manifest& manifest, DocumentView record, VerifyReport& report) {
  const Key key = key_of(manifest, record);
  const auto extras = extras_.find(key.ns);
  if (extras == extras_.end() || extras->second.erase(hash_of(key.id)) == 0) return;
  report.add(VerifyFinding::Kind::kExtraDocument, key.ns, "_id " + id_text(key.id));
}

}  // namespace inlet
