// Aim: whatever the text, taking a connection string apart ends without harm, the parts make the
// same parts again, and the shown form never holds the password.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/percent_encoding.h"
#include "connection/mongo/connection_string.h"

using namespace inlet;  // A fuzz target is a global function.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const SecretReader reader{
      .environment = [](const std::string&) { return std::optional<std::string>("v@l:ue"); },
      .file = [](const std::string&) -> Result<std::string> { return std::string("f/il?e"); }};
  const auto resolved = resolve_connection_string(text, reader);
  (void)has_references(text);
  INLET_ASSERT(percent_decode(percent_encode(text)) == text);
  const auto uri = ConnectionString::parse(text);
  if (!uri.is_ok()) return 0;
  const auto again = ConnectionString::parse(uri->to_uri());
  INLET_ASSERT(again.is_ok());
  INLET_ASSERT(again->to_uri() == uri->to_uri());
  if (uri->has_password) {
    ConnectionString other = *uri;
    other.password = "another";
    INLET_ASSERT(other.redacted() == uri->redacted());
  }
  return 0;
}
