#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"

namespace inlet {

/// A fixed share of all keys: what is kept for a key is stored with its group, so that an operator
/// can be shared out to several tasks and back, group by group, without looking into the state.
/// The number is part of the checkpoint's format and never changes.
inline constexpr uint16_t kKeyGroups = 256;

/// The group of a key, which is the BSON of its value; the same on every machine.
uint16_t key_group_of(std::string_view key);

/// The groups that a task owns: [first, last).
struct KeyGroupRange {
  uint16_t first = 0;
  uint16_t last = kKeyGroups;
  bool contains(uint16_t group) const { return first <= group && group < last; }
};

/// What an operator keeps from one record to the next, as the checkpoint stores it. What stands in
/// it is the operator's business.
struct OperatorState {
  Document common;                         ///< What belongs to no key.
  std::map<uint16_t, std::string> groups;  ///< Bytes by key group; groups without state are absent.

  bool is_empty() const { return common.is_empty() && groups.empty(); }
  /// `{common: {…}, groups: {"17": BinData, …}}`, each only where there is something.
  Document encode() const;
  /// Only the groups of `owned`. Errors: kCorruption.
  static Result<OperatorState> decode(DocumentView document, KeyGroupRange owned = {});
};

}  // namespace inlet
