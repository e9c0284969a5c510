#include "sink/lake/manifest.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "bson/builder.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"

namespace inlet {
namespace {

using Json = nlohmann::ordered_json;

Status damaged(std::string_view field) {
  return Status(Code::kCorruption, "the manifest is damaged").with("field", field);
}

/// What is read first stands first: a copy's files, then what was sealed before, then later parts.
int reading_rank(std::string_view name) {
  if (name.starts_with("copy-")) return 0;
  return name.starts_with("part-") ? 2 : 1;
}

Json time_to_json(ClusterTime time) {
  return {{"t", time.seconds}, {"i", time.increment}};
}

Json mark_to_json(const RecordMark& mark) {
  Json out;
  out["clusterTime"] = time_to_json(mark.time);
  if (!mark.token.is_empty())
    out["token"] = Json::parse(to_json(mark.token, {.mode = JsonMode::kCanonical}), nullptr, false);
  return out;
}

template <class T>
bool read(const Json& from, const char* name, T& out) {
  const auto found = from.find(name);
  if (found == from.end()) return false;
  if constexpr (std::is_same_v<T, std::string>) {
    if (!found->is_string()) return false;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!found->is_boolean()) return false;
  } else {
    if (!found->is_number_unsigned()) return false;
    const auto number = found->get<uint64_t>();
    if (number > static_cast<uint64_t>(std::numeric_limits<T>::max())) return false;
  }
  out = found->get<T>();
  return true;
}

bool read_time(const Json& from, const char* name, ClusterTime& out) {
  const auto found = from.find(name);
  return found != from.end() && found->is_object() && read(*found, "t", out.seconds) &&
         read(*found, "i", out.increment);
}

bool read_mark(const Json& from, const char* name, RecordMark& out) {
  const auto found = from.find(name);
  if (found == from.end() || !found->is_object() || !read_time(*found, "clusterTime", out.time))
    return false;
  const auto token = found->find("token");
  if (token == found->end()) return true;
  Result<Document> parsed = parse_json(token->dump());
  if (!parsed.is_ok()) return false;
  out.token = *std::move(parsed);
  return true;
}

constexpr std::array<std::string_view, 3> kJsonNames{"relaxedJson", "canonicalJson", "basicJson"};

Json encoding_to_json(const ManifestEncoding& encoding) {
  Json out;
  out["envelope"] = envelope_name(encoding.envelope);
  out["json"] = kJsonNames.at(static_cast<size_t>(encoding.json.mode));
  if (encoding.json.date_format == JsonDateFormat::kIso8601) out["dates"] = "ISO8601";
  return out;
}

/// Reads what stands there; what is missing keeps its default.
bool read_encoding(const Json& from, ManifestEncoding& out) {
  if (!from.is_object()) return false;
  std::string envelope = "lean";
  std::string json = "relaxedJson";
  std::string dates = "default";
  if (from.contains("envelope") && !read(from, "envelope", envelope)) return false;
  if (from.contains("json") && !read(from, "json", json)) return false;
  if (from.contains("dates") && !read(from, "dates", dates)) return false;
  const std::optional<Envelope> known = envelope_from_name(envelope);
  const auto mode = std::find(kJsonNames.begin(), kJsonNames.end(), json);
  if (!known || mode == kJsonNames.end() || (dates != "default" && dates != "ISO8601"))
    return false;
  out.envelope = *known;
  out.json.mode = static_cast<JsonMode>(mode - kJsonNames.begin());
  if (dates == "ISO8601") out.json.date_format = JsonDateFormat::kIso8601;
  return true;
}

Json file_to_json(const ManifestFile& file) {
  Json out;
  out["name"] = file.name;
  out["records"] = file.records;
  Json operations = Json::object();
  for (size_t i = 0; i < kOperationCount; ++i) {
    if (file.operations.at(i) != 0)
      operations[std::string(operation_name(static_cast<Operation>(i)))] = file.operations.at(i);
  }
  out["operations"] = std::move(operations);
  out["bytes"] = file.bytes;
  out["sha256"] = file.sha256;
  out["first"] = mark_to_json(file.first);
  out["last"] = mark_to_json(file.last);
  return out;
}

Result<ManifestFile> file_from_json(const Json& from) {
  ManifestFile out;
  if (!from.is_object()) return damaged("files");
  const bool whole = read(from, "name", out.name) && read(from, "records", out.records) &&
                     read(from, "bytes", out.bytes) && read(from, "sha256", out.sha256) &&
                     read_mark(from, "first", out.first) && read_mark(from, "last", out.last);
  if (!whole || out.name.empty() || out.name.find('/') != std::string::npos)
    return damaged("files");
  const auto operations = from.find("operations");
  if (operations == from.end() || !operations->is_object()) return damaged("operations");
  for (const auto& [name, count] : operations->items()) {
    if (!count.is_number_unsigned()) return damaged("operations");
    out.operations.at(static_cast<size_t>(operation_from_name(name))) += count.get<uint64_t>();
  }
  return out;
}

Result<std::vector<ManifestGap>> gaps_from_json(const Json& from) {
  std::vector<ManifestGap> out;
  const auto gaps = from.find("gaps");
  if (gaps == from.end()) return out;
  if (!gaps->is_array()) return damaged("gaps");
  for (const Json& gap : *gaps) {
    ManifestGap& added = out.emplace_back();
    if (!gap.is_object() || !read_time(gap, "from", added.from) || !read_time(gap, "to", added.to))
      return damaged("gaps");
  }
  return out;
}

}  // namespace

const ManifestFile* Manifest::find(std::string_view name) const {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const ManifestFile& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

void Manifest::put(ManifestFile file) {
  std::erase_if(files, [&](const ManifestFile& known) { return known.name == file.name; });
  const auto before = [](const ManifestFile& a, const ManifestFile& b) {
    const int rank_a = reading_rank(a.name);
    const int rank_b = reading_rank(b.name);
    return rank_a != rank_b ? rank_a < rank_b : a.name < b.name;
  };
  files.insert(std::upper_bound(files.begin(), files.end(), file, before), std::move(file));
}

std::string encode_manifest(const Manifest& manifest) {
  Json out;
  out["format"] = Manifest::kFormat;
  out["generation"] = manifest.generation;
  out["sealed"] = manifest.sealed;
  out["seals"] = manifest.seals;
  if (!manifest.ns.empty()) out["ns"] = manifest.ns;
  out["writer"] = {
      {"processor", manifest.writer}, {"fence", manifest.fence}, {"epoch", manifest.epoch}};
  out["encoding"] = encoding_to_json(manifest.encoding);
  out["files"] = Json::array();
  for (const ManifestFile& file : manifest.files) out["files"].push_back(file_to_json(file));
  for (const ManifestGap& gap : manifest.gaps) {
    out["gaps"].push_back({{"from", time_to_json(gap.from)}, {"to", time_to_json(gap.to)}});
  }
  if (manifest.snapshot) {
    out["snapshot"] = {{"complete", true},
                       {"records", manifest.snapshot->records},
                       {"contentHash", manifest.snapshot->content_hash}};
  }
  // Collection names may hold bytes that are not UTF-8: they are replaced, never thrown about.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Manifest> decode_manifest(std::string_view text) {
  const Json from = Json::parse(text, nullptr, false);
  if (!from.is_object()) return damaged("document");
  int format = 0;
  if (!read(from, "format", format) || format < 1) return damaged("format");
  if (format > Manifest::kFormat) {
    return Status(Code::kUnimplemented, "the manifest was written by a newer version")
        .with("format", format)
        .with_hint("use the newer program on this lake");
  }
  Manifest out;
  if (!read(from, "generation", out.generation)) return damaged("generation");
  if (!read(from, "sealed", out.sealed)) return damaged("sealed");
  if (!read(from, "seals", out.seals)) return damaged("seals");
  if (from.contains("ns") && !read(from, "ns", out.ns)) return damaged("ns");
  const auto writer = from.find("writer");
  if (writer == from.end() || !writer->is_object() || !read(*writer, "processor", out.writer) ||
      !read(*writer, "fence", out.fence) || !read(*writer, "epoch", out.epoch)) {
    return damaged("writer");
  }
  if (from.contains("encoding") && !read_encoding(from["encoding"], out.encoding))
    return damaged("encoding");
  const auto files = from.find("files");
  if (files == from.end() || !files->is_array()) return damaged("files");
  for (const Json& file : *files) {
    INLET_ASSIGN_OR_RETURN(ManifestFile parsed, file_from_json(file));
    out.files.push_back(std::move(parsed));
  }
  INLET_ASSIGN_OR_RETURN(out.gaps, gaps_from_json(from));
  const auto snapshot = from.find("snapshot");
  if (snapshot != from.end()) {
    out.snapshot.emplace();
    if (!snapshot->is_object() || !read(*snapshot, "records", out.snapshot->records) ||
        !read(*snapshot, "contentHash", out.snapshot->content_hash)) {
      return damaged("snapshot");
    }
  }
  return out;
}

Document file_to_document(const ManifestFile& file) {
  DocumentBuilder out;
  out.append_string("name", file.name).append_int64("records", static_cast<int64_t>(file.records));
  out.open_document("operations");
  for (size_t i = 0; i < kOperationCount; ++i) {
    if (file.operations.at(i) == 0) continue;
    out.append_int64(operation_name(static_cast<Operation>(i)),
                     static_cast<int64_t>(file.operations.at(i)));
  }
  out.close()
      .append_int64("bytes", static_cast<int64_t>(file.bytes))
      .append_string("sha256", file.sha256);
  out.append_timestamp("firstTime", file.first.time.to_bson())
      .append_document("firstToken", file.first.token);
  out.append_timestamp("lastTime", file.last.time.to_bson())
      .append_document("lastToken", file.last.token);
  return out.finish_owned();
}

Result<ManifestFile> file_from_document(DocumentView document) {
  const Value name = document["name"];
  const Value records = document["records"];
  const Value operations = document["operations"];
  const Value bytes = document["bytes"];
  const Value sha256 = document["sha256"];
  const Value first_time = document["firstTime"];
  const Value first_token = document["firstToken"];
  const Value last_time = document["lastTime"];
  const Value last_token = document["lastToken"];
  const bool whole = name.is_string() && records.type() == BsonType::kInt64 &&
                     operations.is_document() && bytes.type() == BsonType::kInt64 &&
                     sha256.is_string() && first_time.type() == BsonType::kTimestamp &&
                     first_token.is_document() && last_time.type() == BsonType::kTimestamp &&
                     last_token.is_document();
  if (!whole)
    return Status(Code::kCorruption, "the prepared commit is damaged").with("field", "files");
  ManifestFile out;
  out.name = name.as_string();
  out.records = static_cast<uint64_t>(records.as_int64());
  for (const Element& operation : operations.as_document()) {
    out.operations.at(static_cast<size_t>(operation_from_name(operation.name))) =
        static_cast<uint64_t>(operation.value.as_integer_if().value_or(0));
  }
  out.bytes = static_cast<uint64_t>(bytes.as_int64());
  out.sha256 = sha256.as_string();
  out.first = {ClusterTime::from_bson(first_time.as_timestamp()),
               Document(first_token.as_document())};
  out.last = {ClusterTime::from_bson(last_time.as_timestamp()), Document(last_token.as_document())};
  return out;
}

}  // namespace inlet
