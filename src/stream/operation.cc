#include "stream/operation.h"

#include <array>

namespace inlet {
namespace {

constexpr std::array<std::string_view, kOperationCount> kNames{"read",
                                                               "insert",
                                                               "update",
                                                               "replace",
                                                               "delete",
                                                               "drop",
                                                               "rename",
                                                               "dropDatabase",
                                                               "invalidate",
                                                               "create",
                                                               "createIndexes",
                                                               "dropIndexes",
                                                               "modify",
                                                               "shardCollection",
                                                               "reshardCollection",
                                                               "refineCollectionShardKey",
                                                               "other"};

}  // namespace

std::string_view operation_name(Operation operation) {
  return kNames.at(static_cast<size_t>(operation));
}

Operation operation_from_name(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == name) return static_cast<Operation>(i);
  }
  return Operation::kOther;
}

}  // namespace inlet
