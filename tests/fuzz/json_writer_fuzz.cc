// Aim: whatever valid BSON comes, every mode writes JSON in UTF-8; unless names look like wrappers,
// the canonical text reads back to a document with the same text.

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/assert.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "json_checker.h"

using namespace inlet;  // A fuzz target is a global function.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A copy of the exact size, so that the sanitizer sees each byte read beyond it.
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[size]);
  if (size > 0) std::memcpy(copy.get(), data, size);
  const std::string_view bytes(reinterpret_cast<const char*>(copy.get()), size);
  if (!validate_bson(bytes).is_ok()) return 0;
  const DocumentView document(copy.get());

  for (const JsonMode mode : {JsonMode::kRelaxed, JsonMode::kCanonical, JsonMode::kPlain}) {
    for (const JsonDateFormat dates : {JsonDateFormat::kDefault, JsonDateFormat::kIso8601}) {
      const std::string json = to_json(document, {.mode = mode, .date_format = dates});
      INLET_ASSERT(JsonChecker(json).is_json());
    }
  }
  if (bytes.find('$') != std::string_view::npos) return 0;
  const std::string canonical = to_json(document, {.mode = JsonMode::kCanonical});
  const auto parsed = parse_json(canonical, {.syntax = JsonSyntax::kStrict});
  INLET_ASSERT(parsed.is_ok());
  INLET_ASSERT(to_json(*parsed, {.mode = JsonMode::kCanonical}) == canonical);
  return 0;
}
