#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "sink/lake/lake_options.h"
#include "sink/lake/lake_state.h"
#include "store/object_store.h"

namespace inlet {

/// Makes a prepared commit visible: moves staged files to their names, rewrites manifests, seals
/// folders.
///
/// Every step may be repeated, and each leaves the lake such that who reads by manifest sees whole
/// files only: move, then manifest; at sealing the merged file is published, one manifest write
/// swaps the parts for it, the parts go, and
/// `_SUCCESS` is written last.
/// Threads: one caller; folders are published side by side.
class LakePublisher {
 public:
  LakePublisher(const LakeOptions& options, ObjectStore& store, std::string staging_prefix,
                uint64_t fence)
      : options_(options),
        store_(store),
        staging_prefix_(std::move(staging_prefix)),
        fence_(fence) {}

  /// Reads the manifests of the folders that the commit of a new epoch will write, side by side,
  /// and looks whether they are this writer's. Errors: kInvalidArgument for a folder that belongs
  /// to another processor, or to a copy where this is none, or that holds this epoch already: the
  /// processor's state was lost.
  Status check_folders(const LakeCommit& commit, uint64_t epoch);

  Status publish(const LakeCommit& commit, uint64_t epoch);

  /// The folder's manifest; a fresh one where there is none.
  Result<Manifest> load_manifest(const std::string& folder);

  uint64_t files_published() const { return files_published_; }
  uint64_t folders_sealed() const { return folders_sealed_; }

 private:
  Status side_by_side(const LakeCommit& commit,
                      const std::function<Status(const FolderCommit&)>& work) const;
  Status check_owner(const FolderCommit& commit, const Manifest& manifest) const;
  Status publish_folder(const FolderCommit& commit, const LakeCommit& whole, uint64_t epoch);
  Status publish_parts(const FolderCommit& commit, uint64_t epoch, Manifest& manifest);
  Status publish_snapshot(const FolderCommit& commit, uint64_t epoch, Manifest& manifest);
  Status seal(const FolderCommit& commit, Manifest& manifest);
  Status finish_seal(const std::string& folder, const Manifest& manifest);
  Status move_into_place(const StagedPart& part, const std::string& final_path);
  /// Writes the folder's files one behind another into staging; gives the merged entry without its
  /// name.
  Result<StagedPart> merge(const std::vector<StagedPart>& parts, const std::string& staged_path);
  Status write_manifest(const std::string& folder, Manifest& manifest);
  void remember(const std::string& folder, const Manifest& manifest);

  const LakeOptions& options_;
  ObjectStore& store_;
  const std::string staging_prefix_;
  const uint64_t fence_;
  std::atomic<uint64_t> files_published_{0};
  std::atomic<uint64_t> folders_sealed_{0};
  std::mutex mutex_;
  std::map<std::string, Manifest> manifests_;  // Guarded by mutex_: of folders that are not sealed.
  size_t files_remembered_ = 0;                // Guarded by mutex_: in `manifests_`.
};

}  // namespace inlet
