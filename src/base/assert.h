#pragma once

#include <cstdio>
#include <cstdlib>

/// Stops the process when `condition` is false, in release builds too: a broken invariant must not
/// write another byte. Recovery is the checkpoint.
#define INLET_ASSERT(condition)                                                              \
  do {                                                                                       \
    if (!(condition)) [[unlikely]] {                                                         \
      std::fprintf(stderr, "%s:%d: assertion failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (false)

/// Marks a place that no path may reach.
#define INLET_UNREACHABLE()                                                            \
  do {                                                                                 \
    std::fprintf(stderr, "%s:%d: reached an unreachable place\n", __FILE__, __LINE__); \
    std::abort();                                                                      \
  } while (false)
