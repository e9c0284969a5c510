#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "bson/value.h"
#include "stream/operator.h"

namespace inlet {

/// A stage between source and sink, by its name.
struct StageEntry {
  using Make = Result<std::unique_ptr<Operator>> (*)(const Value& options);
  std::string_view name;
  Make make;                   ///< Parses and checks the options; touches nothing outside.
  bool drops_records = false;  ///< Fewer records may leave it than enter.
};

/// Errors: kInvalidArgument with the nearest known name.
Result<StageEntry> find_stage(std::string_view name);

}  // namespace inlet
