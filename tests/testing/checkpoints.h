#pragma once

#include <functional>
#include <string>

#include "checkpoint/checkpoint_store.h"

namespace inlet::testing {

/// A checkpoint with something in every field; `filling_bytes` make it as large as one likes.
Checkpoint sample_checkpoint(uint64_t epoch, size_t filling_bytes = 0);
/// Every field in one text, to compare by.
std::string describe(const Checkpoint& checkpoint);
/// Fails the test unless `status` is OK.
void must(const Status& status);
/// What the store holds, described; "nothing" before the first checkpoint. A failure fails the
/// test.
std::string must_load(CheckpointStore& store);
/// Calls `attempt` until it gives true; false when patience (a minute) ends.
bool await(const std::function<bool()>& attempt);

}  // namespace inlet::testing
