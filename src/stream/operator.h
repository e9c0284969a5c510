#pragma once

#include <string_view>

#include "base/result.h"
#include "stream/batch.h"
#include "stream/operator_state.h"

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
  /// What to store in the checkpoint, by key group; empty for a stateless operator.
  virtual OperatorState snapshot() const { return {}; }
  /// The groups that this operator owns, of what was stored.
  virtual Status restore(const OperatorState& state) {
    return state.is_empty() ? Status::ok()
                            : Status(Code::kCorruption, "state found for a stateless operator");
  }
};

}  // namespace inlet
