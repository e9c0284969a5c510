#pragma once

#include <string>

#include "base/result.h"
#include "bson/document.h"

namespace inlet {

/// Joins the fragments of a large change event, as `$changeStreamSplitLargeEvent` sends them.
///
/// Shape:  fragments in, each with `_id` and `splitEvent: {fragment, of}`; one event out, without
///         `splitEvent`, its `_id` the last fragment's: to resume behind it is to resume behind the
///         whole.
/// Source:
/// https://www.mongodb.com/docs/manual/reference/operator/aggregation/changeStreamSplitLargeEvent/
/// Threads: one.
class FragmentJoiner {
 public:
  /// Takes the next fragment; true when it was the last one.
  /// Errors: kUnavailable for one out of turn: the stream must be opened again behind the last
  /// whole event.
  Result<bool> add(DocumentView fragment);
  /// The whole event; valid until the next call of `add` or `clear`.
  DocumentView take();
  /// Forgets what was collected.
  void clear();
  /// False between the first and the last fragment of an event.
  bool is_empty() const { return fragments_taken_ == 0; }

 private:
  std::string elements_;  ///< Of all fragments so far, without `_id` and `splitEvent`.
  std::string event_;
  int64_t fragments_taken_ = 0;
};

}  // namespace inlet
