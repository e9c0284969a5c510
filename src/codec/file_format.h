#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/compression.h"

namespace inlet {

/// What a lake file holds.
enum class FileFormat {
  kNdjson,  ///< One JSON document a line.
};

/// As users write it: "ndjson".
std::string_view file_format_name(FileFormat format);
std::optional<FileFormat> file_format_from_name(std::string_view name);
/// Every name, for messages: "ndjson".
std::string file_format_names();

/// The end of a file's name: ".ndjson", ".ndjson.gz", ".ndjson.zst".
std::string file_extension(FileFormat format, Compression compression);

}  // namespace inlet
