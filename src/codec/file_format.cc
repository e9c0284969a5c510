#include "codec/file_format.h"

#include "base/assert.h"

namespace inlet {

namespace {

constexpr FileFormat kFormats[] = {FileFormat::kNdjson};

}  // namespace

std::string_view file_format_name(FileFormat format) {
  switch (format) {
    case FileFormat::kNdjson:
      return "ndjson";
  }
  INLET_UNREACHABLE();
}

std::optional<FileFormat> file_format_from_name(std::string_view name) {
  for (const FileFormat format : kFormats) {
    if (name == file_format_name(format)) return format;
  }
  return std::nullopt;
}

std::string file_format_names() {
  std::string names;
  for (const FileFormat format : kFormats) {
    if (!names.empty()) names += ", ";
    names += file_format_name(format);
  }
  return names;
}

std::string file_extension(FileFormat format, Compression compression) {
  std::string extension = ".";
  extension += file_format_name(format);
  extension += compression_extension(compression);
  return extension;
}

}  // namespace inlet
