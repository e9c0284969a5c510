#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/document.h"
#include "bson/json_scanner.h"
#include "bson/value_slot.h"

namespace inlet {

struct JsonParseOptions {
  JsonSyntax syntax = JsonSyntax::kShell;
  /// What `new Date()` means; without it the call needs an argument.
  std::optional<int64_t> now_ms = std::nullopt;
  /// Shows the place of a fault with a caret. Off for data, which must not reach the log.
  bool excerpt = true;
  /// `{$regex: "…", $options: "…"}` becomes a regular expression, as in Extended JSON v1. Off by
  /// default, because in a query it is an operator.
  bool legacy_regex = false;
};

/// Reads Extended JSON (v2, relaxed or canonical, and the older forms) and shell literals as BSON.
///
/// Keep one for many documents: its buffer is reused.
/// Shape:   numbers as MongoDB's tools type them: int32 if it fits, else int64, else double; a
///          fraction or an exponent makes a double. Field order and repeated names are kept.
/// Errors:  kInvalidArgument with line, column, an excerpt with a caret, and often a hint.
/// Threads: one.
/// Source:  the Extended JSON v2 specification; the MongoDB Shell manual for its literals.
class JsonParser {
 public:
  explicit JsonParser(JsonParseOptions options = {}) : options_(options) {}

  /// The document that is the whole text. Valid until the next call.
  Result<DocumentView> parse_document(std::string_view text);
  /// The value, of any type, that is the whole text. Valid until the next call.
  Result<Value> parse_value(std::string_view text);

  /// Where in the last text its elements began, when the text was an array: for errors about one of
  /// them.
  const std::vector<size_t>& element_offsets() const { return element_offsets_; }

 private:
  bool parse_into(ValueSlot& slot);
  bool parse_object(ValueSlot& slot);
  bool take_common_wrapper(ValueSlot& slot);
  bool parse_array(ValueSlot& slot);
  bool parse_elements(ValueSlot& slot, char closing);
  bool parse_name(size_t& name_at);
  bool parse_string(ValueSlot& slot);
  bool parse_number(ValueSlot& slot);
  bool parse_regex(ValueSlot& slot);
  bool parse_word(ValueSlot& slot);
  bool parse_call(ValueSlot& slot, std::string_view name, size_t name_at);
  bool close(ValueSlot& slot);
  bool settle(const Conversion& conversion, size_t offset);
  bool enter(size_t offset);
  bool parse_whole(std::string_view text);
  bool check_depth();
  Status failure(std::string_view text) const;

  JsonParseOptions options_;
  JsonScanner scanner_;
  ByteBuffer bytes_;                     ///< One document around the value, named "".
  std::vector<size_t> element_offsets_;  ///< Of the outermost array.
  int depth_ = 0;
  std::optional<size_t> deep_at_;  ///< Where the text first nests deeper than BSON may.
};

/// A value of any type with the memory that holds it.
class ParsedJson {
 public:
  explicit ParsedJson(Document holder) : holder_(std::move(holder)) {}
  Value value() const { return holder_.view().begin()->value; }

 private:
  Document holder_;
};

/// The document that `text` spells; anything else at the top is an error.
Result<Document> parse_json(std::string_view text, const JsonParseOptions& options = {});
/// The value that `text` spells: a document, an array, a number, ….
Result<ParsedJson> parse_json_value(std::string_view text, const JsonParseOptions& options = {});

}  // namespace inlet
