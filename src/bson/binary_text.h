#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace inlet {

/// Writes the bytes that hexadecimal digits stand for, half as many. False for other text.
bool decode_hex(std::string_view text, char* out);
/// Appends the bytes that hexadecimal digits stand for. False when the text is not hexadecimal.
bool append_hex_decoded(std::string_view text, std::string& out);

/// Appends the bytes of base64 in the standard alphabet; padding may be left out at the end.
bool append_base64_decoded(std::string_view text, std::string& out);

/// Appends the 16 bytes of a UUID, with its dashes or without any.
bool append_uuid_decoded(std::string_view text, std::string& out);

}  // namespace inlet
