#pragma once

#include <string_view>

#include "base/result.h"
#include "stream/batch.h"

namespace inlet {

/// Turns a batch into a batch. One per stage of the pipeline.
///
/// Keeps every notice, position and watermark of the batch, in order.
/// Threads: the processor's task thread only, so no locks.
class Operator {
 public:
  virtual ~Operator() = default;
  /// The stage's name as users write it, with the dollar.
  virtual std::string_view name() const = 0;
  /// Errors: kBadDocument for a record that can never succeed.
  virtual Status process(Batch& batch) = 0;
  /// State to store in the checkpoint; empty for a stateless operator.
  virtual Document snapshot() const { return {}; }
  virtual Status restore(const Document& state) {
    return state.is_empty() ? Status::ok()
                            : Status(Code::kCorruption, "state found for a stateless operator");
  }
};

}  // namespace inlet
