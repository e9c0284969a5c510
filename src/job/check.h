#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "source/mongo/rights_check.h"

namespace inlet {

struct CheckOptions {
  MongoSourceOptions from;  ///< Without a URI the source is not tried.
  std::string to;           ///< URL of a lake; empty: not tried.
  std::string state;        ///< URL of a state store; empty: not tried.
};

/// Tries every right and address that a run will need, one after another, and leaves nothing behind
/// (R64).
std::vector<Finding> check_all(const CheckOptions& options, Clock& clock);

}  // namespace inlet
