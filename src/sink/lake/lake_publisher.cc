#include "sink/lake/lake_publisher.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "base/hash.h"

namespace inlet {
namespace {

/// Entries of manifests kept in memory, about 1 KB each; past it they are read again.
constexpr size_t kFilesRememberedMax = 20'000;
constexpr uint64_t kMergeBufferBytes = 1 << 20;

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

Status LakePublisher::side_by_side(const LakeCommit& commit,
                                   const std::function<Status(const FolderCommit&)>& work) const {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  Status first_failure;
  const auto run = [&] {
    for (size_t i = next++; i < commit.folders.size(); i = next++) {
      Status status = work(commit.folders[i]);
      if (status.is_ok()) continue;
      std::scoped_lock lock(mutex);
      if (first_failure.is_ok())
        first_failure = std::move(status).with("folder", commit.folders[i].folder);
      next = commit.folders.size();
    }
  };
  {
    std::vector<std::jthread> threads;
    const size_t count =
        std::min<size_t>(commit.folders.size(), static_cast<size_t>(options_.publish_threads));
    for (size_t i = 1; i < count; ++i) threads.emplace_back(run);
    run();
  }
  return first_failure;
}

Status LakePublisher::check_owner(const FolderCommit& commit, const Manifest& manifest) const {
  const bool is_new = manifest.generation == 0;
  const bool is_copy = !commit.snapshot_file.empty();
  // A copy may replace a copy, whoever made it; changes go on only with what their own processor
  // began.
  if (is_new || (is_copy && manifest.snapshot)) return Status::ok();
  if (!is_copy && !manifest.snapshot && manifest.writer == options_.processor) return Status::ok();
  return Status(Code::kInvalidArgument, "a folder of the lake belongs to other work")
      .with("written_by", manifest.writer)
      .with("holds", manifest.snapshot ? "a copy" : "changes")
      .with_hint(
          "give this run a lake folder or a --path of its own, such as "
          "copies/{collection}/{hour}/");
}

Status LakePublisher::check_folders(const LakeCommit& commit, uint64_t epoch) {
  return side_by_side(commit, [&](const FolderCommit& folder) -> Status {
    INLET_ASSIGN_OR_RETURN(const Manifest manifest, load_manifest(folder.folder));
    remember(folder.folder, manifest);
    INLET_RETURN_IF_ERROR(check_owner(folder, manifest));
    // An epoch that nobody has prepared before stands in no manifest. Publishing it would take it
    // for one that is there already, and leave its records out.
    if (!folder.snapshot_file.empty() || manifest.epoch < epoch) return Status::ok();
    return Status(Code::kInvalidArgument, "the lake is ahead of this processor's state")
        .with("processor", options_.processor)
        .with("epoch", epoch)
        .with("epoch_in_lake", manifest.epoch)
        .with_hint(
            "was the state store emptied, or is it another one? Give it back, or start over with a "
            "new --name and a lake folder of its own");
  });
}

Status LakePublisher::publish(const LakeCommit& commit, uint64_t epoch) {
  INLET_RETURN_IF_ERROR(side_by_side(
      commit, [&](const FolderCommit& folder) { return publish_folder(folder, commit, epoch); }));
  for (const std::string& path : commit.discard) INLET_RETURN_IF_ERROR(store_.remove(path));
  return Status::ok();
}

Result<Manifest> LakePublisher::load_manifest(const std::string& folder) {
  {
    std::scoped_lock lock(mutex_);
    const auto known = manifests_.find(folder);
    if (known != manifests_.end()) return known->second;
  }
  INLET_RETURN_IF_ERROR(store_.remove_abandoned(folder));
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
  const auto known = manifests_.find(folder);
  if (known != manifests_.end()) {
    files_remembered_ -= known->second.files.size();
    manifests_.erase(known);
  }
  if (manifest.sealed) return;
  if (files_remembered_ + manifest.files.size() > kFilesRememberedMax) {
    manifests_.clear();
    files_remembered_ = 0;
  }
  files_remembered_ += manifest.files.size();
  manifests_[folder] = manifest;
}

Status LakePublisher::write_manifest(const std::string& folder, Manifest& manifest) {
  INLET_RETURN_IF_ERROR(options_.verify_may_write());
  ++manifest.generation;
  manifest.writer = options_.processor;
  manifest.fence = fence_;
  manifest.encoding = {options_.envelope, options_.json};
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
        .with_hint(
            "was _staging/ of the lake cleaned by hand? The records are in MongoDB still: start "
            "over with a new --name");
  }
  if (moved.is_ok()) ++files_published_;
  return moved;
}

Status LakePublisher::publish_folder(const FolderCommit& commit, const LakeCommit& whole,
                                     uint64_t epoch) {
  INLET_ASSIGN_OR_RETURN(Manifest manifest, load_manifest(commit.folder));
  INLET_RETURN_IF_ERROR(check_owner(commit, manifest));
  if (manifest.generation == 0 || !commit.snapshot_file.empty()) {
    manifest.ns = commit.ns;
  } else if (manifest.ns != commit.ns) {
    manifest.ns.clear();  // The path sends several namespaces here.
  }
  for (const ManifestGap& gap : whole.gaps) {
    if (std::find(manifest.gaps.begin(), manifest.gaps.end(), gap) == manifest.gaps.end())
      manifest.gaps.push_back(gap);
  }
  if (!commit.snapshot_file.empty()) return publish_snapshot(commit, epoch, manifest);
  INLET_RETURN_IF_ERROR(publish_parts(commit, epoch, manifest));
  return commit.seal ? seal(commit, manifest) : Status::ok();
}

Status LakePublisher::publish_parts(const FolderCommit& commit, uint64_t epoch,
                                    Manifest& manifest) {
  // Run again after a crash: the parts stand in the manifest, or the sealed file that it names
  // holds them.
  if (commit.parts.empty() || manifest.epoch >= epoch) return Status::ok();
  if (manifest.sealed) {
    // A late record opens the folder again: readers that wait for _SUCCESS wait for the next seal.
    INLET_RETURN_IF_ERROR(options_.verify_may_write());
    INLET_RETURN_IF_ERROR(store_.remove(commit.folder + std::string(kSuccessName)));
  }
  for (const StagedPart& part : commit.parts) {
    INLET_RETURN_IF_ERROR(move_into_place(part, commit.folder + part.entry.name));
    manifest.put(part.entry);
  }
  manifest.sealed = false;
  manifest.epoch = epoch;
  return write_manifest(commit.folder, manifest);
}

Status LakePublisher::publish_snapshot(const FolderCommit& commit, uint64_t epoch,
                                       Manifest& manifest) {
  const bool is_done = manifest.snapshot == commit.snapshot && manifest.sealed &&
                       manifest.find(commit.snapshot_file) != nullptr;
  if (is_done && commit.parts.empty()) return finish_seal(commit.folder, manifest);
  if (!is_done) {
    StagedPart whole;
    if (commit.parts.size() == 1) {
      whole = commit.parts.front();
    } else if (!commit.parts.empty()) {
      INLET_ASSIGN_OR_RETURN(whole,
                             merge(commit.parts, commit.parts.front().staged_path + ".whole"));
    }
    const std::vector<ManifestFile> before = manifest.files;
    manifest.files.clear();
    if (!commit.parts.empty()) {
      whole.entry.name = commit.snapshot_file;
      INLET_RETURN_IF_ERROR(move_into_place(whole, commit.folder + commit.snapshot_file));
      manifest.files.push_back(whole.entry);
    }
    manifest.snapshot = commit.snapshot;
    manifest.epoch = epoch;
    manifest.sealed = true;
    ++manifest.seals;
    INLET_RETURN_IF_ERROR(write_manifest(commit.folder, manifest));
    ++folders_sealed_;
    for (const ManifestFile& old : before) {
      if (old.name != commit.snapshot_file)
        INLET_RETURN_IF_ERROR(store_.remove(commit.folder + old.name));
    }
  }
  for (const StagedPart& part : commit.parts)
    INLET_RETURN_IF_ERROR(store_.remove(part.staged_path));
  return finish_seal(commit.folder, manifest);
}

Status LakePublisher::seal(const FolderCommit& commit, Manifest& manifest) {
  if (manifest.sealed) return finish_seal(commit.folder, manifest);
  // Records that the envelope left out made no file: then the hour is as one without a change.
  if (manifest.files.empty() && !options_.empty_hours) return Status::ok();
  std::vector<StagedPart> parts;
  for (const ManifestFile& file : manifest.files)
    parts.push_back({commit.folder + file.name, file});
  const bool is_merged = parts.size() == 1 && parts.front().entry.name.starts_with("events-");
  if (!parts.empty() && !is_merged) {
    std::string name =
        sealed_file_stem(commit.period_start_seconds, options_.path.period_seconds());
    // A seal that is renewed gets a name of its own: readers may hold the manifest of the one
    // before.
    if (manifest.seals > 0) name += "-" + std::to_string(manifest.seals + 1);
    name += extension_of(parts.front().entry.name);
    // The staged name is this folder's own, and the same when the commit is repeated.
    const std::string staged =
        staging_prefix_ + "seal-" + sha256_hex(commit.folder).substr(0, 16) + "-" + name;
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
  // Parts that a crash left behind the manifest's back. Only this folder's own files: others lie
  // deeper.
  INLET_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects,
                         store_.list(folder.substr(0, folder.size() - 1)));
  bool has_success = false;
  for (const ObjectInfo& object : objects) {
    const std::string name = object.path.substr(folder.size());
    if (name.find('/') != std::string::npos || name == kManifestName) continue;
    if (name == kSuccessName) {
      has_success = true;
    } else if (manifest.find(name) == nullptr &&
               (name.starts_with("part-") || name.starts_with("copy-") ||
                name.starts_with("events-"))) {
      INLET_RETURN_IF_ERROR(options_.verify_may_write());
      INLET_RETURN_IF_ERROR(store_.remove(object.path));
    }
  }
  if (has_success) return Status::ok();
  INLET_RETURN_IF_ERROR(options_.verify_may_write());
  return store_.put(folder + std::string(kSuccessName), "");
}

Result<StagedPart> LakePublisher::merge(const std::vector<StagedPart>& parts,
                                        const std::string& staged_path) {
  StagedPart out{staged_path, joined(parts)};
  INLET_ASSIGN_OR_RETURN(const std::unique_ptr<ObjectWriter> writer,
                         store_.open_writer(staged_path));
  Sha256 sha256;
  uint64_t longest = 1;
  for (const StagedPart& part : parts) longest = std::max(longest, part.entry.bytes);
  std::string buffer(std::min(longest, kMergeBufferBytes), '\0');
  for (const StagedPart& part : parts) {
    INLET_ASSIGN_OR_RETURN(const std::unique_ptr<ObjectReader> reader,
                           store_.open_reader(part.staged_path));
    Sha256 part_sha256;
    while (true) {
      INLET_ASSIGN_OR_RETURN(const size_t got, reader->read(buffer.data(), buffer.size()));
      if (got == 0) break;
      const std::string_view piece(buffer.data(), got);
      part_sha256.update(piece);
      if (parts.size() > 1) sha256.update(piece);
      INLET_RETURN_IF_ERROR(writer->append(piece));
    }
    // What has gone bad at rest must not get a new, right checksum.
    if (part_sha256.finish_hex() != part.entry.sha256) {
      return Status(Code::kCorruption, "a part is not what its manifest says")
          .with("path", part.staged_path)
          .with_hint(
              "run inlet verify on the lake; the part was changed by somebody else, or the disk "
              "has lost it");
    }
  }
  INLET_RETURN_IF_ERROR(writer->finish());
  out.entry.sha256 = parts.size() == 1 ? parts.front().entry.sha256 : sha256.finish_hex();
  return out;
}

}  // namespace inlet
