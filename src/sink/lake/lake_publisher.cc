#include "sink/lake/lake_publisher.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "base/hash.h"

namespace inlet {
namespace {

std::string extension_of(const std::string& name) {
  const size_t dot = name.find('.');
  return dot == std::string::npos ? "" : name.substr(dot);
}

/// The sum of entries, in reading order, for the file that joins them.
ManifestFile joined(const std::vector<StagedPart>& parts) {
  ManifestFile out;
  for (const StagedPart& part : parts) {
    const ManifestFile& entry = part.entry;
    if (entry.records == 0) continue;
    if (out.records == 0) out.first = entry.first;
    out.records += entry.records;
    out.bytes += entry.bytes;
    for (size_t i = 0; i < kOperationCount; ++i) out.operations.at(i) += entry.operations.at(i);
    // Files overlap in time where a copy ran beside the stream: the marks are the outermost.
    if (entry.first.time < out.first.time) out.first = entry.first;
    if (!(entry.last.time < out.last.time)) out.last = entry.last;
  }
  return out;
}

}  // namespace

Status LakePublisher::publish(const LakeCommit& commit) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Status first_failure;
  const auto work = [&] {
    for (size_t i = next++; i < commit.folders.size(); i = next++) {
      Status status = publish_folder(commit.folders[i], commit.gaps);
      if (status.is_ok()) continue;
      std::scoped_lock lock(mutex);
      if (first_failure.is_ok()) first_failure = std::move(status).with("folder", commit.folders[i].folder);
      next = commit.folders.size();
    }
  };
  {
    std::vector<std::jthread> threads;
    const size_t count = std::min<size_t>(commit.folders.size(), static_cast<size_t>(options_.publish_threads));
    for (size_t i = 1; i < count; ++i) threads.emplace_back(work);
    work();
  }
  INLET_RETURN_IF_ERROR(first_failure);
  for (const std::string& path : commit.discard) INLET_RETURN_IF_ERROR(store_.remove(path));
  return Status::ok();
}

Result<Manifest> LakePublisher::load_manifest(const std::string& folder) {
  {
    std::scoped_lock lock(mutex_);
    const auto known = manifests_.find(folder);
    if (known != manifests_.end()) return known->second;
  }
  Result<std::string> text = store_.get(folder + std::string(kManifestName));
  if (!text.is_ok()) {
    if (text.error().code() == Code::kNotFound) return Manifest{};
    return std::move(text).error();
  }
  Result<Manifest> manifest = decode_manifest(*text);
  if (!manifest.is_ok()) return std::move(manifest).error().with("folder", folder);
  return manifest;
}

void LakePublisher::remember(const std::string& folder, const Manifest& manifest) {
  std::scoped_lock lock(mutex_);
  if (manifest.sealed) {
    manifests_.erase(folder);
  } else {
    manifests_[folder] = manifest;
  }
}

Status LakePublisher::write_manifest(const std::string& folder, Manifest& manifest) {
  INLET_RETURN_IF_ERROR(options_.verify_may_write());
  ++manifest.generation;
  manifest.writer = options_.processor;
  manifest.fence = fence_;
  INLET_RETURN_IF_ERROR(store_.put(folder + std::string(kManifestName), encode_manifest(manifest)));
  remember(folder, manifest);
  return Status::ok();
}

Status LakePublisher::move_into_place(const StagedPart& part, const std::string& final_path) {
  INLET_RETURN_IF_ERROR(options_.verify_may_write());
  Status moved = store_.move(part.staged_path, final_path);
  if (moved.code() == Code::kNotFound) {
    // A commit that runs again finds what the first run moved.
    INLET_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> there, store_.info(final_path));
    if (there && there->bytes == part.entry.bytes) return Status::ok();
    return Status(Code::kCorruption, "a staged file has vanished before it was published")
        .with("staged", part.staged_path)
        .with("path", final_path)
        .with_hint("was _staging/ of the lake cleaned by hand? The records are in MongoDB still: start over with a new --name");
  }
  if (moved.is_ok()) ++files_published_;
  return moved;
}

Status LakePublisher::publish_folder(const FolderCommit& commit, const std::vector<ManifestGap>& gaps) {
  INLET_ASSIGN_OR_RETURN(Manifest manifest, load_manifest(commit.folder));
  if (manifest.ns.empty() && manifest.files.empty()) manifest.ns = commit.ns;
  for (const ManifestGap& gap : gaps) {
    if (std::find(manifest.gaps.begin(), manifest.gaps.end(), gap) == manifest.gaps.end()) manifest.gaps.push_back(gap);
  }
  if (!commit.snapshot_file.empty()) return publish_snapshot(commit, manifest);
  INLET_RETURN_IF_ERROR(publish_parts(commit, manifest));
  return commit.seal ? seal(commit, manifest) : Status::ok();
}

Status LakePublisher::publish_parts(const FolderCommit& commit, Manifest& manifest) {
  std::vector<const StagedPart*> fresh;
  for (const StagedPart& part : commit.parts) {
    const ManifestFile* known = manifest.find(part.entry.name);
    if (known == nullptr) fresh.push_back(&part);
  }
  // A repeat after the folder was sealed finds neither part nor entry: the merged file holds them.
  if (manifest.sealed && !fresh.empty()) {
    INLET_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> staged, store_.info(fresh.front()->staged_path));
    INLET_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> placed, store_.info(commit.folder + fresh.front()->entry.name));
    if (!staged && !placed) return Status::ok();
    // A late record opens the folder again: readers that wait for _SUCCESS wait for the next seal.
    INLET_RETURN_IF_ERROR(options_.verify_may_write());
    INLET_RETURN_IF_ERROR(store_.remove(commit.folder + std::string(kSuccessName)));
  }
  if (fresh.empty()) return Status::ok();
  for (const StagedPart* part : fresh) {
    INLET_RETURN_IF_ERROR(move_into_place(*part, commit.folder + part->entry.name));
    manifest.put(part->entry);
  }
  manifest.sealed = false;
  return write_manifest(commit.folder, manifest);
}

Status LakePublisher::publish_snapshot(const FolderCommit& commit, Manifest& manifest) {
  const bool is_done = manifest.snapshot == commit.snapshot && manifest.sealed && manifest.find(commit.snapshot_file) != nullptr;
  if (is_done && commit.parts.empty()) return finish_seal(commit.folder, manifest);
  if (!is_done) {
    StagedPart whole;
    if (commit.parts.size() == 1) {
      whole = commit.parts.front();
    } else if (!commit.parts.empty()) {
      INLET_ASSIGN_OR_RETURN(whole, merge(commit.parts, commit.parts.front().staged_path + ".whole"));
    }
    const std::vector<ManifestFile> before = manifest.files;
    manifest.files.clear();
    if (!commit.parts.empty()) {
      whole.entry.name = commit.snapshot_file;
      INLET_RETURN_IF_ERROR(move_into_place(whole, commit.folder + commit.snapshot_file));
      manifest.files.push_back(whole.entry);
    }
    manifest.snapshot = commit.snapshot;
    manifest.sealed = true;
    ++manifest.seals;
    INLET_RETURN_IF_ERROR(write_manifest(commit.folder, manifest));
    ++folders_sealed_;
    for (const ManifestFile& old : before) {
      if (old.name != commit.snapshot_file) INLET_RETURN_IF_ERROR(store_.remove(commit.folder + old.name));
    }
  }
  for (const StagedPart& part : commit.parts) INLET_RETURN_IF_ERROR(store_.remove(part.staged_path));
  return finish_seal(commit.folder, manifest);
}

Status LakePublisher::seal(const FolderCommit& commit, Manifest& manifest) {
  if (manifest.sealed) return finish_seal(commit.folder, manifest);
  std::vector<StagedPart> parts;
  for (const ManifestFile& file : manifest.files) parts.push_back({commit.folder + file.name, file});
  const bool is_merged = parts.size() == 1 && parts.front().entry.name.starts_with("events-");
  if (!parts.empty() && !is_merged) {
    std::string name = sealed_file_stem(commit.period_start_seconds, options_.path.period_seconds());
    // A seal that is renewed gets a name of its own: readers may hold the manifest of the one before.
    if (manifest.seals > 0) name += "-" + std::to_string(manifest.seals + 1);
    name += extension_of(parts.front().entry.name);
    // The staged name is this folder's own, and the same when the commit is repeated.
    const std::string staged = staging_prefix_ + "seal-" + sha256_hex(commit.folder).substr(0, 16) + "-" + name;
    INLET_ASSIGN_OR_RETURN(StagedPart merged, merge(parts, staged));
    merged.entry.name = name;
    INLET_RETURN_IF_ERROR(move_into_place(merged, commit.folder + name));
    manifest.files = {merged.entry};
  }
  manifest.sealed = true;
  ++manifest.seals;
  INLET_RETURN_IF_ERROR(write_manifest(commit.folder, manifest));
  ++folders_sealed_;
  return finish_seal(commit.folder, manifest);
}

Status LakePublisher::finish_seal(const std::string& folder, const Manifest& manifest) {
  // Parts that a crash left behind the manifest's back. Only this folder's own files: others lie deeper.
  INLET_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, store_.list(folder.substr(0, folder.size() - 1)));
  bool has_success = false;
  for (const ObjectInfo& object : objects) {
    const std::string name = object.path.substr(folder.size());
    if (name.find('/') != std::string::npos || name == kManifestName) continue;
    if (name == kSuccessName) {
      has_success = true;
    } else if (manifest.find(name) == nullptr && (name.starts_with("part-") || name.starts_with("copy-") || name.starts_with("events-"))) {
      INLET_RETURN_IF_ERROR(options_.verify_may_write());
      INLET_RETURN_IF_ERROR(store_.remove(object.path));
    }
  }
  if (has_success) return Status::ok();
  INLET_RETURN_IF_ERROR(options_.verify_may_write());
  return store_.put(folder + std::string(kSuccessName), "");
}

Result<StagedPart> LakePublisher::merge(const std::vector<StagedPart>& parts, const std::string& staged_path) {
  StagedPart out{staged_path, joined(parts)};
  if (parts.size() == 1) {
    out.entry.sha256 = parts.front().entry.sha256;
    INLET_RETURN_IF_ERROR(store_.concatenate({parts.front().staged_path}, staged_path));
    return out;
  }
  INLET_ASSIGN_OR_RETURN(const std::unique_ptr<ObjectWriter> writer, store_.open_writer(staged_path));
  Sha256 sha256;
  std::string buffer(1 << 20, '\0');
  for (const StagedPart& part : parts) {
    INLET_ASSIGN_OR_RETURN(const std::unique_ptr<ObjectReader> reader, store_.open_reader(part.staged_path));
    uint64_t bytes = 0;
    while (true) {
      INLET_ASSIGN_OR_RETURN(const size_t got, reader->read(buffer.data(), buffer.size()));
      if (got == 0) break;
      const std::string_view piece(buffer.data(), got);
      sha256.update(piece);
      bytes += got;
      INLET_RETURN_IF_ERROR(writer->append(piece));
    }
    if (bytes != part.entry.bytes) {
      return Status(Code::kCorruption, "a part has another size than its manifest says")
          .with("path", part.staged_path)
          .with("bytes", bytes)
          .with("manifest", part.entry.bytes)
          .with_hint("run inlet verify on the lake; the part was changed by somebody else");
    }
  }
  INLET_RETURN_IF_ERROR(writer->finish());
  out.entry.sha256 = sha256.finish_hex();
  return out;
}

}  // namespace inlet
