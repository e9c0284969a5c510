#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "bson/document.h"
#include "stream/sink.h"
#include "stream/source.h"

namespace inlet {

/// Everything that a restart needs: when this is stored, its epoch exists.
struct Checkpoint {
  std::string processor;    ///< Name; one lease and one sequence of epochs each.
  std::string fingerprint;  ///< Of source scope and pipeline: a position is only good for those
                            ///< that made it.
  uint64_t epoch = 0;
  uint64_t fence = 0;  ///< Of the writer that stored it.
  Positions positions;
  std::map<std::string, Document> operators;  ///< "0:$match" to the operator's snapshot.
  Document sink_state;
  PreparedCommit prepared;
  bool finished = false;  ///< The processor came to its natural end with this epoch.
  int64_t stored_at_ms = 0;
};

/// Bytes of a checkpoint: magic, format version, length, SHA-256, then one BSON document.
/// The layout is described in docs/internals/checkpoint-format.md; old versions stay readable.
std::string encode_checkpoint(const Checkpoint& checkpoint);
/// Errors: kCorruption for bytes that are no checkpoint or were damaged; kUnimplemented for a newer
/// version.
Result<Checkpoint> decode_checkpoint(std::string_view bytes);

}  // namespace inlet
