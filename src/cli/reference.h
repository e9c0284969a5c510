#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace inlet {

/// A page of docs/reference that is made from the program's own tables: `cli` or `metrics`.
/// Errors: kInvalidArgument with the nearest page's name.
Result<std::string> reference_page(std::string_view name);

}  // namespace inlet
