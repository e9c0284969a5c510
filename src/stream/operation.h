#pragma once

#include <cstddef>
#include <string_view>

namespace inlet {

/// What a record says happened. `kRead` is ours, for a document read by the initial sync; the
/// others are the server's `operationType`.
///
/// Source: MongoDB manual, "Change Events", server 8.0.
enum class Operation {
  kRead,
  kInsert,
  kUpdate,
  kReplace,
  kDelete,
  kDrop,
  kRename,
  kDropDatabase,
  kInvalidate,
  kCreate,
  kCreateIndexes,
  kDropIndexes,
  kModify,
  kShardCollection,
  kReshardCollection,
  kRefineCollectionShardKey,
  kOther,  ///< A type that this version does not know; the record keeps the server's word.
};
inline constexpr size_t kOperationCount = static_cast<size_t>(Operation::kOther) + 1;

/// `read`, `insert`, …; `other` for kOther.
std::string_view operation_name(Operation operation);
/// kOther for a word that this version does not know.
Operation operation_from_name(std::string_view name);

}  // namespace inlet
