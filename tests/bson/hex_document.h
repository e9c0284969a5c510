#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "bson/binary_text.h"
#include "bson/document.h"

namespace inlet {

/// The document whose bytes are written in hexadecimal, as in the BSON specification's test cases.
inline Document document_from_hex(std::string_view hex) {
  std::string bytes;
  EXPECT_TRUE(append_hex_decoded(hex, bytes)) << hex;
  EXPECT_TRUE(validate_bson(bytes).is_ok()) << hex << validate_bson(bytes).to_string();
  return Document(bytes);
}

}  // namespace inlet
