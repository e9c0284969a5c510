#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/object_store.h"

namespace inlet {

/// Opens the store behind a URL: `./dir`, `file:///dir`, or one of `parse_azure_url`. Reads the
/// environment once; makes no request.
/// Errors: kInvalidArgument for a scheme that is not known, naming those that are.
Result<std::shared_ptr<ObjectStore>> open_object_store(const std::string& url);

/// The folder that a URL names when it is on this machine, else nothing.
std::optional<std::string> local_folder(const std::string& url);

/// The URL as names and logs may show it: without the query, which may hold secrets.
std::string public_url(const std::string& url);

}  // namespace inlet
