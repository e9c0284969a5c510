#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bson/date_text.h"
#include "bson/document.h"
#include "bson/raw_buffer.h"

namespace inlet {

enum class JsonMode {
  kRelaxed,    ///< Extended JSON v2, readable: numbers and recent dates in their usual form.
  kCanonical,  ///< Extended JSON v2, every type kept.
  kPlain,      ///< For tools that know no Extended JSON; `basicJson` of stream processing.
};

enum class JsonDateFormat {
  kDefault,  ///< As the mode has it.
  kIso8601,  ///< A bare string `2024-01-31T10:20:30.000Z` in every mode.
};

struct JsonOptions {
  JsonMode mode = JsonMode::kRelaxed;
  JsonDateFormat date_format = JsonDateFormat::kDefault;
};

/// Writes BSON as JSON text, straight from the bytes.
///
/// Keep one for many documents: its buffer is reused, so a document costs no allocation.
/// Text that is not UTF-8 is replaced by U+FFFD and counted, never passed on.
/// Shape:   one line without blanks. A missing value writes nothing.
/// Threads: one.
/// Source:  the Extended JSON v2 specification; spec 2.17 "Basic JSON" for kPlain.
class JsonWriter {
 public:
  explicit JsonWriter(JsonOptions options = {}) : options_(options) {}

  void append_document(DocumentView document, std::string& out);
  void append_array(DocumentView array, std::string& out);
  void append_value(const Value& value, std::string& out);

  /// Sequences replaced by U+FFFD so far.
  uint64_t invalid_utf8_replaced() const { return replaced_; }

 private:
  JsonOptions options_;
  RawBuffer buffer_;
  DateWriter dates_;
  std::vector<uint8_t> nesting_;
  uint64_t replaced_ = 0;
};

std::string to_json(DocumentView document, JsonOptions options = {});
std::string value_to_json(const Value& value, JsonOptions options = {});

}  // namespace inlet
