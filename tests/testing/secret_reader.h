#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/secrets.h"

namespace inlet::testing {

/// Reads secrets out of these instead of the environment and files.
inline SecretReader secret_reader_of(std::map<std::string, std::string> environment = {},
                                     std::map<std::string, std::string> files = {}) {
  return {.environment = [environment = std::move(environment)](
                             const std::string& name) -> std::optional<std::string> {
            const auto found = environment.find(name);
            if (found == environment.end()) return std::nullopt;
            return found->second;
          },
          .file = [files = std::move(files)](const std::string& path) -> Result<std::string> {
            const auto found = files.find(path);
            if (found == files.end())
              return Status(Code::kNotFound, "secret file cannot be read").with("path", path);
            return found->second;
          }};
}

}  // namespace inlet::testing
