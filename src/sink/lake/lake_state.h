#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "sink/lake/manifest.h"

namespace inlet {

/// A file that waits in `_staging/` for its place.
struct StagedPart {
  std::string staged_path;
  ManifestFile entry;
};

/// What an epoch does to one folder. Each part of it may be repeated.
struct FolderCommit {
  std::string folder;
  std::string ns;
  std::vector<StagedPart> parts;  ///< To publish under their entries' names.
  /// Publish `parts` as the one file of this name and declare the copy complete.
  std::string snapshot_file;
  ManifestSnapshot snapshot;
  bool seal = false;
  int64_t period_start_seconds = 0;
};

/// The sink's part of a prepared commit, as the checkpoint holds it.
struct LakeCommit {
  std::vector<FolderCommit> folders;
  std::vector<std::string> discard;  ///< Staged files of copies that were given up.
  std::vector<ManifestGap> gaps;     ///< Noted in every manifest that this commit writes.

  bool is_empty() const { return folders.empty() && discard.empty(); }
  Document encode() const;
  static Result<LakeCommit> decode(DocumentView document);
};

/// A folder that may still take records, or that must still be sealed.
struct OpenFolder {
  std::string ns;  ///< Empty when the folder takes several.
  int64_t period_start_seconds = 0;
};

/// How far the copy of a collection has come in the lake.
struct CopyState {
  uint64_t records = 0;
  uint64_t content_hash = 0;
  std::vector<StagedPart> parts;  ///< A snapshot's, invisible until all are there.
};

/// What a sink must know after a restart, as the checkpoint holds it.
struct LakeState {
  int64_t run_started_ms = 0;
  std::map<std::string, OpenFolder> open_folders;  ///< By folder.
  std::map<std::string, CopyState> copies;         ///< By namespace; under way.
  std::map<std::string, ClusterTime> watermarks;   ///< By lane.
  std::map<std::string, Namespace> followed;       ///< Namespaces seen, for empty hours.
  int64_t empty_hours_until = 0;  ///< Periods that begin before this have been looked at.
  std::vector<ManifestGap> gaps;

  Document encode() const;
  static Result<LakeState> decode(DocumentView document);
};

}  // namespace inlet
