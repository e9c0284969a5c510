// Aim: whatever the bytes, the decoder hands on the same documents and faults however they are cut.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "codec/document_decoder.h"

using namespace inlet;  // A fuzz target is a global function.

namespace {

std::vector<std::string> decode(std::string_view bytes, size_t step) {
  std::vector<std::string> seen;
  const auto decoder = make_document_decoder(FileFormat::kNdjson);
  const auto receiver = [&seen](const Result<DocumentView>& document) {
    seen.emplace_back(document.is_ok() ? std::string(document->raw())
                                       : document.status().to_string());
    return Status::ok();
  };
  for (size_t at = 0; at < bytes.size(); at += step) {
    INLET_ASSERT(decoder->push(bytes.substr(at, step), receiver).is_ok());
  }
  INLET_ASSERT(decoder->finish(receiver).is_ok());
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  INLET_ASSERT(decode(bytes, size + 1) == decode(bytes, 1 + size / 5));
  return 0;
}
