#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "job/verify.h"

namespace inlet {

/// Reads collections of a MongoDB deployment with read concern majority.
/// Errors: kInvalidArgument for a URI that cannot be used; no network is touched.
Result<std::unique_ptr<CollectionReader>> open_mongo_collection_reader(const std::string& uri);

}  // namespace inlet
