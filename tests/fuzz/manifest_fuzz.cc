// Aim: whatever the bytes, a manifest is read or refused; one that is read says the same when it is
// written and read again, names no file outside its folder, and goes through the checkpoint whole.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "sink/lake/manifest.h"

using namespace inlet;  // A fuzz target is a global function.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<Manifest> read = decode_manifest(text);
  if (!read.is_ok()) {
    const Code code = read.error().code();
    INLET_ASSERT(code == Code::kCorruption || code == Code::kUnimplemented);
    return 0;
  }
  for (const ManifestFile& file : read->files) {
    INLET_ASSERT(!file.name.empty() && file.name.find('/') == std::string::npos);
    const Result<ManifestFile> back = file_from_document(file_to_document(file));
    INLET_ASSERT(back.is_ok() && *back == file);
  }
  const std::string written = encode_manifest(*read);
  const Result<Manifest> again = decode_manifest(written);
  INLET_ASSERT(again.is_ok());
  INLET_ASSERT(encode_manifest(*again) == written);
  INLET_ASSERT(again->files == read->files && again->gaps == read->gaps);
  INLET_ASSERT(again->snapshot == read->snapshot && again->generation == read->generation);
  return 0;
}
