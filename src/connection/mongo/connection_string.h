#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secrets.h"

namespace inlet {

/// A `mongodb://` or `mongodb+srv://` URI taken apart, as far as we must know it: to put secrets
/// in, to show it without them and to name the processor. What the options mean is the client
/// library's affair.
///
/// Source: https://www.mongodb.com/docs/manual/reference/connection-string/
struct ConnectionString {
  std::string scheme;  ///< `mongodb` or `mongodb+srv`.
  bool has_user_info = false;
  bool has_password = false;
  std::string user;      ///< As written: percent-encoded.
  std::string password;  ///< As written: percent-encoded.
  std::string hosts;     ///< `host:port,host:port`.
  std::string database;
  std::vector<std::pair<std::string, std::string>> options;  ///< In order, as written.

  /// Errors: kInvalidArgument; the text names the part, never its content.
  static Result<ConnectionString> parse(std::string_view text);
  /// The URI again, secrets and all: for the client library only.
  std::string to_uri() const;
  /// Fit to be shown: the password and every option that can hold a secret become `***`.
  std::string redacted() const;
};

/// Resolves the references in a URI. In user and password the values are percent-encoded; a
/// reference that is the whole URI is taken as it stands. Registers the password with the log.
Result<ConnectionString> resolve_connection_string(std::string_view text,
                                                   const SecretReader& reader);

}  // namespace inlet
