// Aim: whatever the bytes, decoding ends with a checkpoint or a failure; and a checkpoint that was
// decoded comes back from its own bytes as the same.
//
// Random bytes never have the right checksum, so the input is also taken as the document behind a
// header that is right.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/hash.h"
#include "checkpoint/checkpoint.h"

using namespace inlet;  // A fuzz target is a global function.

namespace {

std::string with_header(std::string_view body) {
  const uint32_t version = 1;
  const uint64_t size = body.size();
  std::string out = "INLTCKPT";
  out.append(reinterpret_cast<const char*>(&version), sizeof version);
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  const std::string hex = sha256_hex(body);
  for (size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out.append(body);
}

void check(std::string_view bytes) {
  const Result<Checkpoint> first = decode_checkpoint(bytes);
  if (!first.is_ok()) {
    INLET_ASSERT(first.error().code() == Code::kCorruption ||
                 first.error().code() == Code::kUnimplemented);
    return;
  }
  const std::string again = encode_checkpoint(*first);
  const Result<Checkpoint> second = decode_checkpoint(again);
  INLET_ASSERT(second.is_ok());
  INLET_ASSERT(second->epoch == first->epoch && second->fence == first->fence);
  INLET_ASSERT(second->positions == first->positions && second->operators == first->operators);
  INLET_ASSERT(second->sink_state == first->sink_state);
  INLET_ASSERT(second->prepared.payload == first->prepared.payload);
  INLET_ASSERT(encode_checkpoint(*second) == again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  check(with_header(bytes));
  return 0;
}
