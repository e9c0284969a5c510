#pragma once

#include <exception>
#include <string_view>

#include "base/status.h"
#include "store/stall_watch.h"

namespace arrow {
class Status;
}

namespace inlet {

/// A call to Azure Storage that failed, as ours. `text` says what we could not do, `path` with
/// what. The service's own words go along, without its URLs, which may hold a token.
///
/// What is not known to be final is kUnavailable: retried, never dropped.
Status azure_failure(std::string_view text, std::string_view path, const arrow::Status& failure);

/// The same for what the client library throws: it has no token, no connection, or a fault.
Status azure_failure(std::string_view text, std::string_view path, std::string_view failure);

/// The edge of the client library: calls it, and turns into a status what it answers (an
/// arrow::Status) or throws. It takes no time limit, so the call is watched.
template <class Call>
Status try_azure(std::string_view text, std::string_view path, Call call) {
  const StallWatch::Call watched(text, path);
  try {
    const auto answer = call();
    return answer.ok() ? Status::ok() : azure_failure(text, path, answer);
  } catch (const std::exception& failure) {
    return azure_failure(text, path, std::string_view(failure.what()));
  }
}

}  // namespace inlet
