#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace inlet {

/// Where the values behind `${env:NAME}` and `${file:/path}` come from; tests put their own in.
struct SecretReader {
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<Result<std::string>(const std::string& path)> file;

  /// The process environment and the file system. A file's last newline is not part of the secret.
  static SecretReader system();
};

/// True when `text` holds a reference, so that it must be resolved again before it is used again.
bool has_references(std::string_view text);

/// Replaces every `${env:NAME}` and `${file:/path}` by its value of this moment. `$${` stands for
/// `${`.
///
/// `transform` changes each value before it is put in (percent-encoding in a URI); none keeps it.
/// Every value is registered with `log::add_secret`, unless it is a URI: whoever parses that
/// registers its password. Errors: kInvalidArgument for a reference without end or of an unknown
/// kind; kNotFound with the name
///         of the variable or file; never the value.
Result<std::string> resolve_references(
    std::string_view text, const SecretReader& reader,
    const std::function<std::string(std::string_view)>& transform = nullptr);

}  // namespace inlet
