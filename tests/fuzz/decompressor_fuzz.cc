// Aim: whatever the bytes, decompression ends without harm and gives the same plain bytes however
// they are cut.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "codec/compression.h"

using namespace inlet;  // A fuzz target is a global function.

namespace {

struct Outcome {
  std::string plain;
  Code code = Code::kOk;
  bool operator==(const Outcome&) const = default;
};

Outcome read(Compression compression, std::string_view bytes, size_t step) {
  constexpr size_t kEnough = size_t{1} << 20;  // A small input may stand for gigabytes.
  Outcome outcome;
  const auto decompressor = make_decompressor(compression);
  const auto receiver = [&outcome](std::string_view piece) {
    outcome.plain += piece;
    return outcome.plain.size() > kEnough ? Status(Code::kCancelled, "enough") : Status::ok();
  };
  Status status;
  for (size_t at = 0; at < bytes.size() && status.is_ok(); at += step) {
    status = decompressor->push(bytes.substr(at, step), receiver);
  }
  if (status.is_ok()) status = decompressor->finish();
  outcome.code = status.code();
  if (outcome.plain.size() > kEnough) outcome.plain.resize(kEnough);
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const Outcome whole = read(compression, bytes, size + 1);
    const Outcome cut = read(compression, bytes, 1 + size / 7);
    INLET_ASSERT(whole.code == cut.code);
    if (whole.code == Code::kOk) INLET_ASSERT(whole == cut);
  }
  return 0;
}
