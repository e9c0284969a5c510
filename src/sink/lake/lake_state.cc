#include "sink/lake/lake_state.h"

#include "bson/builder.h"

namespace inlet {
namespace {

Status damaged(std::string_view field) {
  return Status(Code::kCorruption, "the lake's state in the checkpoint is damaged")
      .with("field", field);
}

/// Reads fields of one document; the first that is missing or of another type is remembered.
class FieldReader {
 public:
  explicit FieldReader(DocumentView document) : document_(document) {}

  std::string text(std::string_view name) {
    const Value value = take(name, BsonType::kString);
    return value.is_missing() ? "" : std::string(value.as_string());
  }
  int64_t integer(std::string_view name) {
    const Value value = take(name, BsonType::kInt64);
    return value.is_missing() ? 0 : value.as_int64();
  }
  uint64_t count(std::string_view name) { return static_cast<uint64_t>(integer(name)); }
  bool flag(std::string_view name) {
    const Value value = take(name, BsonType::kBool);
    return !value.is_missing() && value.as_bool();
  }
  ClusterTime time(std::string_view name) {
    const Value value = take(name, BsonType::kTimestamp);
    return value.is_missing() ? ClusterTime() : ClusterTime::from_bson(value.as_timestamp());
  }
  /// The documents of an array.
  std::vector<DocumentView> documents(std::string_view name) {
    std::vector<DocumentView> out;
    const Value value = take(name, BsonType::kArray);
    if (value.is_missing()) return out;
    for (const Element& element : value.as_document()) {
      if (!element.value.is_document()) {
        fail(name);
        break;
      }
      out.push_back(element.value.as_document());
    }
    return out;
  }
  Value value(std::string_view name, BsonType type) { return take(name, type); }
  void fail(std::string_view field) {
    if (status_.is_ok()) status_ = damaged(field);
  }
  Status status() const { return status_; }

 private:
  Value take(std::string_view name, BsonType type) {
    const Value value = document_[name];
    if (value.type() == type) return value;
    fail(name);
    return {};
  }

  DocumentView document_;
  Status status_;
};

void append_parts(DocumentBuilder& out, const std::vector<StagedPart>& parts) {
  out.open_array("parts");
  ArrayIndex index;
  for (const StagedPart& part : parts) {
    out.open_document(index.next()).append_string("staged", part.staged_path);
    out.append_document("entry", file_to_document(part.entry)).close();
  }
  out.close();
}

std::vector<StagedPart> read_parts(FieldReader& from) {
  std::vector<StagedPart> out;
  for (const DocumentView document : from.documents("parts")) {
    FieldReader part(document);
    std::string staged = part.text("staged");
    const Value entry = part.value("entry", BsonType::kDocument);
    Result<ManifestFile> file = entry.is_missing() ? Result<ManifestFile>(damaged("entry"))
                                                   : file_from_document(entry.as_document());
    if (!part.status().is_ok() || !file.is_ok()) {
      from.fail("parts");
      break;
    }
    out.push_back({std::move(staged), *std::move(file)});
  }
  return out;
}

void append_gaps(DocumentBuilder& out, const std::vector<ManifestGap>& gaps) {
  out.open_array("gaps");
  ArrayIndex index;
  for (const ManifestGap& gap : gaps) {
    out.open_document(index.next())
        .append_timestamp("from", gap.from.to_bson())
        .append_timestamp("to", gap.to.to_bson())
        .close();
  }
  out.close();
}

std::vector<ManifestGap> read_gaps(FieldReader& from) {
  std::vector<ManifestGap> out;
  for (const DocumentView document : from.documents("gaps")) {
    FieldReader gap(document);
    out.push_back({gap.time("from"), gap.time("to")});
    if (!gap.status().is_ok()) from.fail("gaps");
  }
  return out;
}

}  // namespace

Document LakeCommit::encode() const {
  if (is_empty()) return {};
  DocumentBuilder out;
  out.open_array("folders");
  ArrayIndex index;
  for (const FolderCommit& commit : folders) {
    out.open_document(index.next())
        .append_string("folder", commit.folder)
        .append_string("ns", commit.ns);
    append_parts(out, commit.parts);
    out.append_string("snapshotFile", commit.snapshot_file);
    out.append_int64("snapshotRecords", static_cast<int64_t>(commit.snapshot.records));
    out.append_string("snapshotHash", commit.snapshot.content_hash);
    out.append_bool("seal", commit.seal)
        .append_int64("periodStart", commit.period_start_seconds)
        .close();
  }
  out.close().open_array("discard");
  ArrayIndex discarded;
  for (const std::string& path : discard) out.append_string(discarded.next(), path);
  out.close();
  append_gaps(out, gaps);
  return out.finish_owned();
}

Result<LakeCommit> LakeCommit::decode(DocumentView document) {
  LakeCommit out;
  if (document.is_empty()) return out;
  FieldReader from(document);
  for (const DocumentView entry : from.documents("folders")) {
    FieldReader reader(entry);
    FolderCommit& commit = out.folders.emplace_back();
    commit.folder = reader.text("folder");
    commit.ns = reader.text("ns");
    commit.parts = read_parts(reader);
    commit.snapshot_file = reader.text("snapshotFile");
    commit.snapshot.records = reader.count("snapshotRecords");
    commit.snapshot.content_hash = reader.text("snapshotHash");
    commit.seal = reader.flag("seal");
    commit.period_start_seconds = reader.integer("periodStart");
    INLET_RETURN_IF_ERROR(reader.status());
  }
  const Value discard = from.value("discard", BsonType::kArray);
  if (!discard.is_missing()) {
    for (const Element& path : discard.as_document()) {
      if (!path.value.is_string()) return damaged("discard");
      out.discard.emplace_back(path.value.as_string());
    }
  }
  out.gaps = read_gaps(from);
  INLET_RETURN_IF_ERROR(from.status());
  return out;
}

Document LakeState::encode() const {
  DocumentBuilder out;
  out.append_int64("runStartedMs", run_started_ms)
      .append_int64("emptyHoursUntil", empty_hours_until);
  out.open_array("openFolders");
  ArrayIndex index;
  for (const auto& [path, folder] : open_folders) {
    out.open_document(index.next()).append_string("folder", path).append_string("ns", folder.ns);
    out.append_int64("periodStart", folder.period_start_seconds).close();
  }
  out.close().open_array("copies");
  ArrayIndex copy_index;
  for (const auto& [ns, copy] : copies) {
    out.open_document(copy_index.next())
        .append_string("ns", ns)
        .append_int64("records", static_cast<int64_t>(copy.records));
    out.append_int64("contentHash", static_cast<int64_t>(copy.content_hash));
    append_parts(out, copy.parts);
    out.close();
  }
  out.close().open_array("watermarks");
  ArrayIndex lane_index;
  for (const auto& [lane, time] : watermarks) {
    out.open_document(lane_index.next())
        .append_string("lane", lane)
        .append_timestamp("time", time.to_bson())
        .close();
  }
  out.close().open_array("followed");
  ArrayIndex ns_index;
  for (const auto& [name, ns] : followed) {
    out.open_document(ns_index.next())
        .append_string("db", ns.db)
        .append_string("collection", ns.collection)
        .close();
  }
  out.close();
  append_gaps(out, gaps);
  return out.finish_owned();
}

Result<LakeState> LakeState::decode(DocumentView document) {
  LakeState out;
  if (document.is_empty()) return out;
  FieldReader from(document);
  out.run_started_ms = from.integer("runStartedMs");
  out.empty_hours_until = from.integer("emptyHoursUntil");
  for (const DocumentView entry : from.documents("openFolders")) {
    FieldReader reader(entry);
    OpenFolder& folder = out.open_folders[reader.text("folder")];
    folder = {reader.text("ns"), reader.integer("periodStart")};
    INLET_RETURN_IF_ERROR(reader.status());
  }
  for (const DocumentView entry : from.documents("copies")) {
    FieldReader reader(entry);
    CopyState& copy = out.copies[reader.text("ns")];
    copy.records = reader.count("records");
    copy.content_hash = reader.count("contentHash");
    copy.parts = read_parts(reader);
    INLET_RETURN_IF_ERROR(reader.status());
  }
  for (const DocumentView entry : from.documents("watermarks")) {
    FieldReader reader(entry);
    out.watermarks[reader.text("lane")] = reader.time("time");
    INLET_RETURN_IF_ERROR(reader.status());
  }
  for (const DocumentView entry : from.documents("followed")) {
    FieldReader reader(entry);
    const Namespace ns{reader.text("db"), reader.text("collection")};
    out.followed[ns.full()] = ns;
    INLET_RETURN_IF_ERROR(reader.status());
  }
  out.gaps = read_gaps(from);
  INLET_RETURN_IF_ERROR(from.status());
  return out;
}

}  // namespace inlet
