// Aim: whatever the text, the parser neither crashes nor makes bytes that are not BSON, and what it
// made survives a round through canonical text unchanged. By hand it finds more with
// `-dict=tests/fuzz/json_parser.dict`.

#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"

using namespace inlet;  // A fuzz target is a global function.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const JsonSyntax syntax : {JsonSyntax::kShell, JsonSyntax::kStrict}) {
    const auto parsed = parse_json(text, {.syntax = syntax});
    if (!parsed.is_ok()) {
      INLET_ASSERT(parsed.status().code() == Code::kInvalidArgument);
      continue;
    }
    INLET_ASSERT(validate_bson(parsed->bytes()).is_ok());
    const std::string canonical = to_json(*parsed, {.mode = JsonMode::kCanonical});
    const auto again = parse_json(canonical, {.syntax = JsonSyntax::kStrict});
    INLET_ASSERT(again.is_ok());
    INLET_ASSERT(*again == *parsed);
  }
  return 0;
}
