#include "job/verify.h"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/hash.h"
#include "base/quantity.h"
#include "codec/compression.h"
#include "codec/document_decoder.h"
#include "job/lake_fold.h"
#include "sink/lake/manifest.h"

namespace inlet {
namespace {

using Kind = VerifyFinding::Kind;

bool is_hidden(std::string_view path) {
  for (size_t begin = 0; begin < path.size();) {
    if (path[begin] == '_' || path[begin] == '.') return true;
    const size_t slash = path.find('/', begin);
    if (slash == std::string_view::npos) break;
    begin = slash + 1;
  }
  return false;
}

class LakeVerifier {
 public:
  LakeVerifier(ObjectStore& store, const VerifyOptions& options)
      : store_(store), options_(options) {}

  Result<VerifyReport> run() {
    INLET_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, store_.list(""));
    std::set<std::string> paths;
    for (const ObjectInfo& object : objects) paths.insert(object.path);
    for (const ObjectInfo& object : objects) {
      if (!object.path.ends_with(kManifestName) || object.path.starts_with("_")) continue;
      INLET_RETURN_IF_ERROR(
          check_folder(object.path.substr(0, object.path.size() - kManifestName.size()), paths));
    }
    for (const std::string& path : paths) {
      if (!is_hidden(path) && !listed_.contains(path))
        report_.add(Kind::kStray, path, "stands in no manifest");
    }
    INLET_RETURN_IF_ERROR(check_tokens());
    if (options_.source != nullptr) INLET_RETURN_IF_ERROR(compare());
    return std::move(report_);
  }

 private:
  Status check_folder(const std::string& folder, const std::set<std::string>& paths) {
    INLET_ASSIGN_OR_RETURN(const std::string text, store_.get(folder + std::string(kManifestName)));
    const Result<Manifest> manifest = decode_manifest(text);
    if (!manifest.is_ok()) {
      report_.add(Kind::kDamagedManifest, folder, manifest.error().to_string());
      return Status::ok();
    }
    ++report_.folders;
    report_.sealed += manifest->sealed ? 1 : 0;
    report_.gaps += manifest->gaps.size();
    if (manifest->sealed != paths.contains(folder + std::string(kSuccessName))) {
      report_.add(Kind::kSealBroken, folder,
                  manifest->sealed ? "sealed, but without _SUCCESS" : "_SUCCESS, but not sealed");
    }
    if (options_.source != nullptr) fold_.take_folder(*manifest, folder);
    uint64_t copied = 0;
    for (const ManifestFile& file : manifest->files) {
      listed_[folder + file.name] = manifest->ns;
      copied += file.records;
      INLET_RETURN_IF_ERROR(check_file(*manifest, folder, file));
      options_.on_progress(report_);
    }
    if (manifest->snapshot && manifest->snapshot->records != copied) {
      report_.add(Kind::kDamagedManifest, folder, "the snapshot's count is not the files'");
    }
    return Status::ok();
  }

  Status check_file(const Manifest& manifest, const std::string& folder, const ManifestFile& file) {
    const std::string path = folder + file.name;
    Result<std::unique_ptr<ObjectReader>> reader = store_.open_reader(path);
    if (!reader.is_ok()) {
      if (reader.error().code() != Code::kNotFound) return reader.status();
      report_.add(Kind::kMissingFile, path, "the manifest names it");
      return Status::ok();
    }
    FileCheck check;
    const std::unique_ptr<Decompressor> decompressor =
        make_decompressor(compression_from_path(path));
    const std::unique_ptr<DocumentDecoder> decoder = make_document_decoder(FileFormat::kNdjson);
    const DocumentDecoder::Receiver on_document = [&](Result<DocumentView> document) {
      if (!document.is_ok()) return document.status();
      take_record(manifest, folder, path, *document, check);
      return Status::ok();
    };
    const Decompressor::Receiver on_plain = [&](std::string_view plain) {
      return decoder->push(plain, on_document);
    };

    std::string buffer(std::clamp<uint64_t>((*reader)->size(), 1, 1 << 20), '\0');
    Status content;
    while (true) {
      INLET_ASSIGN_OR_RETURN(const size_t got, (*reader)->read(buffer.data(), buffer.size()));
      if (got == 0) break;
      const std::string_view piece(buffer.data(), got);
      check.bytes += got;
      check.sha256.update(piece);
      if (content.is_ok()) content = decompressor->push(piece, on_plain);
    }
    if (content.is_ok()) content = decompressor->finish();
    if (content.is_ok()) content = decoder->finish(on_document);
    ++report_.files;
    report_.bytes += check.bytes;
    report_.records += check.records;
    for (size_t i = 0; i < kOperationCount; ++i) report_.operations.at(i) += check.operations.at(i);
    judge_file(path, file, check, content);
    return Status::ok();
  }

  struct FileCheck {
    uint64_t bytes = 0;
    uint64_t records = 0;
    std::array<uint64_t, kOperationCount> operations{};
    Sha256 sha256;
    uint64_t last_time = 0;
    bool is_ordered = true;
    /// False for bare documents, whose manifest alone knows what they were.
    bool has_operations() const {
      return std::any_of(operations.begin(), operations.end(),
                         [](uint64_t count) { return count != 0; });
    }
  };

  void judge_file(const std::string& path, const ManifestFile& file, FileCheck& check,
                  const Status& content) {
    if (check.bytes != file.bytes) {
      report_.add(
          Kind::kDamagedFile, path,
          std::to_string(check.bytes) + " bytes, the manifest says " + std::to_string(file.bytes));
    } else if (check.sha256.finish_hex() != file.sha256) {
      report_.add(Kind::kDamagedFile, path, "the SHA-256 is not the manifest's");
    }
    if (!content.is_ok()) {
      report_.add(Kind::kDamagedFile, path, content.to_string());
    } else if (check.records != file.records ||
               (check.has_operations() && check.operations != file.operations)) {
      report_.add(Kind::kDamagedFile, path,
                  std::to_string(check.records) + " records, the manifest says " +
                      std::to_string(file.records) +
                      (check.records == file.records ? " with other operations" : ""));
    }
    // A sealed file joins a copy's part and the changes': it starts over once.
    if (!check.is_ordered && file.name.starts_with("part-"))
      report_.add(Kind::kOutOfOrder, path, "cluster time goes back");
  }

  void take_record(const Manifest& manifest, const std::string& folder, const std::string& path,
                   DocumentView record, FileCheck& check) {
    ++check.records;
    Value operation = record["op"];
    if (!operation.is_string()) operation = record["operationType"];
    if (operation.is_string())
      ++check.operations.at(static_cast<size_t>(operation_from_name(operation.as_string())));
    const Value time = record["clusterTime"];
    if (time.type() == BsonType::kTimestamp) {
      check.is_ordered = check.is_ordered && time.as_timestamp() >= check.last_time;
      check.last_time = time.as_timestamp();
    }
    Value token = record["_token"];
    if (!token.is_document() && record["operationType"].is_string()) token = record["_id"];
    if (token.is_document()) {
      const Value data = token.as_document()["_data"];
      if (data.is_string()) {
        const uint64_t hash = hash64(data.as_string());
        if (suspects_ == nullptr) {
          tokens_.push_back(hash);
        } else if (suspects_->contains(hash) && !suspects_seen_.insert(hash).second) {
          report_.add(Kind::kDoubledToken, path, std::string(data.as_string()));
        }
      }
    }
    if (options_.source != nullptr && suspects_ == nullptr) fold_.take(manifest, folder, record);
  }

  /// Tokens are compared by hash; those that meet are looked for again, so that the report can name
  /// them.
  Status check_tokens() {
    std::sort(tokens_.begin(), tokens_.end());
    std::set<uint64_t> doubled;
    for (size_t i = 1; i < tokens_.size(); ++i) {
      if (tokens_[i] == tokens_[i - 1]) doubled.insert(tokens_[i]);
    }
    tokens_.clear();
    tokens_.shrink_to_fit();
    if (doubled.empty()) return Status::ok();
    suspects_ = &doubled;
    for (const auto& [path, ns] : listed_) INLET_RETURN_IF_ERROR(find_doubled(path));
    suspects_ = nullptr;
    return Status::ok();
  }

  Status find_doubled(const std::string& path) {
    FileCheck check;
    return read_again(path, [&](DocumentView record) { take_record({}, "", path, record, check); });
  }

  Status compare() {
    INLET_RETURN_IF_ERROR(fold_.compare(options_, report_));
    if (fold_.extra_count() == 0) return Status::ok();
    for (const auto& [path, ns] : listed_) {
      Manifest manifest;
      manifest.ns = ns;
      INLET_RETURN_IF_ERROR(read_again(
          path, [&](DocumentView record) { fold_.name_extra(manifest, record, report_); }));
    }
    report_.counts[Kind::kExtraDocument] = fold_.extra_count();
    return Status::ok();
  }

  /// Hands over the records of a file that has been checked; what is damaged has been told.
  Status read_again(const std::string& path, const std::function<void(DocumentView)>& receiver) {
    Result<std::string> bytes = store_.get(path);
    if (!bytes.is_ok())
      return bytes.error().code() == Code::kNotFound ? Status::ok() : bytes.status();
    const std::unique_ptr<Decompressor> decompressor =
        make_decompressor(compression_from_path(path));
    const std::unique_ptr<DocumentDecoder> decoder = make_document_decoder(FileFormat::kNdjson);
    const DocumentDecoder::Receiver on_document = [&](Result<DocumentView> document) {
      if (document.is_ok()) receiver(*document);
      return document.status();
    };
    const Status read = decompressor->push(
        *bytes, [&](std::string_view plain) { return decoder->push(plain, on_document); });
    return read.code() == Code::kCorruption || read.code() == Code::kBadDocument ? Status::ok()
                                                                                 : read;
  }

  ObjectStore& store_;
  const VerifyOptions& options_;
  VerifyReport report_;
  LakeFold fold_;
  std::map<std::string, std::string> listed_;  // The namespace of its folder, by file.
  std::vector<uint64_t> tokens_;
  const std::set<uint64_t>* suspects_ = nullptr;
  std::set<uint64_t> suspects_seen_;
};

}  // namespace

std::string_view finding_name(Kind kind) {
  switch (kind) {
    case Kind::kDamagedManifest:
      return "damaged manifest";
    case Kind::kMissingFile:
      return "missing file";
    case Kind::kDamagedFile:
      return "damaged file";
    case Kind::kStray:
      return "stray file";
    case Kind::kSealBroken:
      return "broken seal";
    case Kind::kDoubledToken:
      return "doubled event";
    case Kind::kOutOfOrder:
      return "out of order";
    case Kind::kMissingDocument:
      return "missing document";
    case Kind::kExtraDocument:
      return "extra document";
    case Kind::kOtherDocument:
      return "other document";
  }
  INLET_UNREACHABLE();
}

void VerifyReport::add(Kind kind, std::string where, std::string what) {
  if (++counts[kind] <= kFindingsKept)
    findings.push_back({kind, std::move(where), std::move(what)});
}

std::string VerifyReport::to_text() const {
  std::string out = format_count(folders) + " folders (" + format_count(sealed) + " sealed), " +
                    format_count(files) + " files, " + format_count(records) + " records, " +
                    format_size(bytes) + "\n";
  for (size_t i = 0; i < kOperationCount; ++i) {
    if (operations.at(i) == 0) continue;
    out.append("  ")
        .append(operation_name(static_cast<Operation>(i)))
        .append(" ")
        .append(format_count(operations.at(i)))
        .append("\n");
  }
  if (gaps > 0)
    out +=
        format_count(gaps) + " gaps are marked: changes were lost there, and a new copy follows\n";
  if (collections_compared > 0) {
    out += format_count(documents_compared) + " documents of " +
           format_count(collections_compared) + " collections compared\n";
  }
  for (const VerifyFinding& finding : findings) {
    out.append(finding_name(finding.kind))
        .append(": ")
        .append(finding.where)
        .append(": ")
        .append(finding.what)
        .append("\n");
  }
  if (is_clean()) return out + "verified: everything is as the manifests say\n";
  out += "NOT verified:";
  for (const auto& [kind, count] : counts)
    out.append(" ").append(format_count(count)).append(" ").append(finding_name(kind)).append(";");
  out.back() = '\n';
  return out;
}

std::string VerifyReport::to_json() const {
  nlohmann::ordered_json out;
  out["clean"] = is_clean();
  out["folders"] = folders;
  out["sealed"] = sealed;
  out["files"] = files;
  out["records"] = records;
  out["bytes"] = bytes;
  out["gaps"] = gaps;
  out["collectionsCompared"] = collections_compared;
  out["documentsCompared"] = documents_compared;
  out["operations"] = nlohmann::ordered_json::object();
  for (size_t i = 0; i < kOperationCount; ++i) {
    if (operations.at(i) != 0)
      out["operations"][std::string(operation_name(static_cast<Operation>(i)))] = operations.at(i);
  }
  out["counts"] = nlohmann::ordered_json::object();
  for (const auto& [kind, count] : counts) out["counts"][std::string(finding_name(kind))] = count;
  out["findings"] = nlohmann::ordered_json::array();
  for (const VerifyFinding& finding : findings) {
    out["findings"].push_back(
        {{"kind", finding_name(finding.kind)}, {"where", finding.where}, {"what", finding.what}});
  }
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

Result<VerifyReport> verify_lake(ObjectStore& store, const VerifyOptions& options) {
  return LakeVerifier(store, options).run();
}

}  // namespace inlet
