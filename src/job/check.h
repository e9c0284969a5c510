#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "job/preset.h"

namespace inlet {

/// One right or address that a run needs, tried.
struct CheckResult {
  std::string what;   ///< "read collections of shop"
  Status status;      ///< OK, or why not, with a hint how to give it.
  bool is_needed = true;  ///< False: good to have; its lack is a warning.
};

struct CheckOptions {
  std::string from;  ///< Empty: the source is not tried.
  std::string to;    ///< Empty: the lake is not tried.
  std::string state;
  std::string db;
};

/// Tries every right and address that a run will need, one after another, and leaves nothing behind.
std::vector<CheckResult> check_all(const CheckOptions& options, Clock& clock);

}  // namespace inlet
