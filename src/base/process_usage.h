#pragma once

#include <cstdint>

namespace inlet {

/// What this process takes from its machine.
struct ProcessUsage {
  uint64_t resident_bytes = 0;
  double cpu_seconds = 0;
  uint64_t open_fds = 0;
  uint64_t max_fds = 0;
  double started_at_seconds = 0;  ///< Since 1970.

  /// Reads it now. What the machine does not tell stays zero.
  /// Source: proc(5).
  static ProcessUsage now();
};

}  // namespace inlet
