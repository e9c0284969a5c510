#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bson/document.h"
#include "bson/json_writer.h"
#include "sink/lake/envelope.h"
#include "stream/batch.h"

namespace inlet {

inline constexpr std::string_view kManifestName = "_manifest.json";
inline constexpr std::string_view kSuccessName = "_SUCCESS";

/// A place in the stream: a record's cluster time and, for events, its whole resume token.
struct RecordMark {
  ClusterTime time;
  Document token;  ///< Empty for documents of a copy.
  bool operator==(const RecordMark&) const = default;
};

/// One file of a folder.
struct ManifestFile {
  std::string name;
  uint64_t records = 0;
  std::array<uint64_t, kOperationCount> operations{};
  uint64_t bytes = 0;
  std::string sha256;
  RecordMark first;
  RecordMark last;
  bool operator==(const ManifestFile&) const = default;
};

/// Changes between the two times were lost; the fold of the collection starts over at the copy that
/// begins at `to`.
struct ManifestGap {
  ClusterTime from;
  ClusterTime to;
  bool operator==(const ManifestGap&) const = default;
};

/// A finished copy of a collection.
struct ManifestSnapshot {
  uint64_t records = 0;
  std::string content_hash;  ///< 16 hexadecimal digits; see docs/adr/0003-content-hash.md.
  bool operator==(const ManifestSnapshot&) const = default;
};

/// How the records of a folder were written: what a reader needs to turn lines back into events.
struct ManifestEncoding {
  Envelope envelope = Envelope::kLean;
  JsonOptions json;
};

/// What a folder of the lake holds, and nothing else holds: `_manifest.json`.
///
/// Files stand in reading order: a copy's before the changes', each in stream order.
/// Source: docs/reference/manifest.md.
struct Manifest {
  static constexpr int kFormat = 1;

  uint64_t generation = 0;  ///< Counts rewrites; never falls.
  bool sealed = false;
  int seals = 0;   ///< How often it was sealed: a late event opens a sealed folder again.
  std::string ns;  ///< `db.collection` of the records; empty when the folder takes several.
  std::string writer;
  uint64_t fence = 0;
  uint64_t epoch =
      0;  ///< The writer's newest epoch whose files stand here: a commit that is repeated sees it.
  ManifestEncoding encoding;
  std::vector<ManifestFile> files;
  std::vector<ManifestGap> gaps;
  std::optional<ManifestSnapshot> snapshot;

  const ManifestFile* find(std::string_view name) const;
  /// Adds a file, or replaces the one of that name, and keeps the reading order.
  void put(ManifestFile file);
};

std::string encode_manifest(const Manifest& manifest);
/// Errors: kCorruption for what is no manifest; kUnimplemented for a newer format.
Result<Manifest> decode_manifest(std::string_view text);

/// A manifest's file as BSON, for the prepared commit in the checkpoint.
Document file_to_document(const ManifestFile& file);
Result<ManifestFile> file_from_document(DocumentView document);

}  // namespace inlet
