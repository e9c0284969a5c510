#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace inlet {

/// What the client library told of a failure, in words of our own.
struct MongoFailure {
  enum class Origin {
    kServer,           ///< The server answered with an error.
    kNetwork,          ///< The connection broke, or could not be made.
    kServerSelection,  ///< No server of the wanted kind was found in time.
    kAuthentication,   ///< The handshake was refused before any command.
    kClient,           ///< The library refused: malformed command, message too large.
  };
  Origin origin = Origin::kServer;
  int code = 0;  ///< The server's; 0 where there is none.
  std::string message;
  std::vector<std::string> labels;
};

/// The one place that turns a failure of MongoDB into a Status.
///
/// The server's code stays in the field `server_code`. What is known to pass is kUnavailable; an
/// error that nobody has placed is kUnavailable too, with the field `unknown_error`, so that it is
/// retried (readers give up on those after a while: `is_unknown_server_error`). Source:
/// https://www.mongodb.com/docs/manual/reference/error-codes/
Status status_of(const MongoFailure& failure);

/// The code that the server gave, or 0.
int server_code_of(const Status& status);
bool is_unknown_server_error(const Status& status);

/// Server codes that readers react to by name.
namespace server_code {
inline constexpr int kUnauthorized = 13;
inline constexpr int kAuthenticationFailed = 18;
inline constexpr int kNamespaceNotFound = 26;
inline constexpr int kCursorNotFound = 43;
inline constexpr int kMaxTimeExpired = 50;
inline constexpr int kCommandNotFound = 59;
inline constexpr int kCommandNotSupportedOnView = 166;
inline constexpr int kCappedPositionLost = 136;
inline constexpr int kQueryPlanKilled = 175;
inline constexpr int kInvalidResumeToken = 260;
inline constexpr int kChangeStreamFatal = 280;
inline constexpr int kChangeStreamHistoryLost = 286;
inline constexpr int kObjectTooLarge = 10334;
inline constexpr int kNotReplicaSet = 40573;
}  // namespace server_code

}  // namespace inlet
