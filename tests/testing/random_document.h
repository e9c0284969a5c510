#pragma once

#include <cstdint>

#include "bson/document.h"

namespace inlet {

struct RandomDocumentOptions {
  int depth_max = 4;
  int fields_max = 12;
  /// Also what has no exact text: NaN with a payload, text that is not UTF-8, decimals in a form
  /// that no writer makes.
  bool with_lossy = false;
};

/// A valid document of every BSON type with a taste for edges, the same for the same seed.
Document random_document(uint64_t seed, const RandomDocumentOptions& options = {});

}  // namespace inlet
