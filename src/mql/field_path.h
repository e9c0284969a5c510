#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace inlet {

/// The names of a dotted path of the aggregation language.
///
/// Errors: kInvalidArgument for what the server refuses: empty names, names that begin with a
///         dollar, more than 200 of them. (A filter's paths are freer.)
/// Source: judged by mongod 6.0.
Result<std::vector<std::string>> parse_field_path(std::string_view path);

inline constexpr size_t kFieldPathDepthMax = 200;

}  // namespace inlet
