// The parser writes BSON as it reads. A document that begins with a name such as `$oid` is first
// written as it stands and replaced by the value it wraps once it is complete; the arguments of a
// shell call such as `ISODate("…")` are written as an array and replaced likewise. So there is one
// reading of values, and no tree in the middle.
#include "bson/json_parser.h"

#include <limits>

#include "base/utf8.h"
#include "bson/builder.h"
#include "bson/extended_json.h"
#include "bson/json_excerpt.h"
#include "bson/shell_literal.h"

namespace inlet {

namespace {

constexpr size_t kLengthBytes = 4;
/// Text nests deeper than the document it spells: each code with scope takes two levels of text for
/// one of BSON, and the wrappers of a value three more.
constexpr int kTextDepthMax = 2 * kBsonDepthMax + 4;

}  // namespace

bool JsonParser::settle(const Conversion& conversion, size_t offset) {
  if (conversion.outcome != Conversion::Outcome::kFailed) return true;
  return scanner_.fail(offset, conversion.reason, conversion.hint);
}

/// Ends the document or array in `slot`.
bool JsonParser::close(ValueSlot& slot) {
  bytes_ += '\0';
  const size_t size = bytes_.size() - slot.value_at();
  if (size > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return scanner_.fail_here("the document is larger than BSON can be");
  }
  const auto stored = static_cast<uint32_t>(size);
  std::memcpy(bytes_.data() + slot.value_at(), &stored, sizeof stored);
  --depth_;
  return true;
}

bool JsonParser::parse_name(size_t& name_at) {
  const size_t start = scanner_.offset();
  name_at = bytes_.size();
  const char c = scanner_.peek();
  if (c == '"' && scanner_.scan_short_string(bytes_)) {
    // Nothing special in it, so no zero byte either.
  } else if (c == '"' || (c == '\'' && scanner_.is_shell())) {
    if (!scanner_.scan_string(bytes_)) return false;
    if (bytes_.view().find('\0', name_at) != std::string_view::npos) {
      return scanner_.fail(start, "a field name may not hold a zero byte");
    }
  } else if (scanner_.is_shell()) {
    const std::string_view name = scanner_.scan_identifier();
    if (name.empty()) return scanner_.fail(start, "a field name or } is expected here");
    bytes_ += name;
    for (size_t i = 0; i < name.size();) {
      const Utf8Step step =
          utf8_step(reinterpret_cast<const uint8_t*>(name.data()) + i, name.size() - i);
      if (!step.valid) return scanner_.fail(start, "the text is not UTF-8");
      i += step.size;
    }
  } else {
    return scanner_.fail(start, "a field name in double quotes is expected here");
  }
  bytes_ += '\0';
  if (!scanner_.skip_blanks()) return false;
  if (scanner_.accept(':')) return true;
  return scanner_.fail_here("a colon is expected after a field name");
}

bool JsonParser::enter(size_t offset) {
  if (++depth_ > kBsonDepthMax && !deep_at_) deep_at_ = offset;
  return depth_ <= kTextDepthMax || scanner_.fail(offset, "nested too deeply");
}

/// Takes the most frequent wrappers in the form that writers give them, `{"$oid":"…"}`. Whatever
/// differs in the least is left to the general way, which also finds the faults.
bool JsonParser::take_common_wrapper(ValueSlot& slot) {
  constexpr size_t kNameEndMax = 20;
  constexpr size_t kTextMax = 64;
  const std::string_view rest = scanner_.rest();
  if (!rest.starts_with("{\"$")) return false;
  const size_t name_end = rest.substr(0, kNameEndMax).find('"', 3);
  if (name_end == std::string_view::npos) return false;
  size_t at = name_end + 1;
  if (at >= rest.size() || rest[at++] != ':') return false;
  if (at < rest.size() && rest[at] == ' ') ++at;
  if (at >= rest.size() || rest[at++] != '"') return false;
  const std::string_view text = rest.substr(at, kTextMax);
  const size_t text_end = text.find('"');
  if (text_end == std::string_view::npos) return false;
  const size_t close_at = at + text_end + 1;
  if (close_at >= rest.size() || rest[close_at] != '}') return false;
  if (!put_wrapped_text(slot, rest.substr(2, name_end - 2), text.substr(0, text_end))) return false;
  scanner_.advance(close_at + 1);
  return true;
}

bool JsonParser::parse_object(ValueSlot& slot) {
  const size_t start = scanner_.offset();
  if (take_common_wrapper(slot)) return true;
  scanner_.advance();
  if (!enter(start)) return false;
  slot.restart(BsonType::kDocument).append_zeros(kLengthBytes);
  bool maybe_wrapper = false;
  for (bool first = true;; first = false) {
    if (!scanner_.skip_blanks()) return false;
    if (scanner_.peek() == '}' && (first || scanner_.is_shell())) break;
    const size_t type_at = bytes_.size();
    bytes_ += '\0';
    size_t name_at = 0;
    if (!parse_name(name_at)) return false;
    if (first && bytes_[name_at] == '$') maybe_wrapper = is_extended_json_name(&bytes_[name_at]);
    ValueSlot field(bytes_, type_at);
    if (!scanner_.skip_blanks() || !parse_into(field) || !scanner_.skip_blanks()) return false;
    if (scanner_.peek() == '}') break;
    if (!scanner_.accept(',')) return scanner_.fail_here("a comma or } is expected here");
  }
  scanner_.advance();
  if (!close(slot)) return false;
  if (!maybe_wrapper) return true;
  return settle(convert_extended_json(slot, options_.legacy_regex), start);
}

/// Values between commas up to `closing`, named as in an array.
bool JsonParser::parse_elements(ValueSlot& slot, char closing) {
  const size_t start = scanner_.offset();
  scanner_.advance();
  if (!enter(start)) return false;
  slot.restart(BsonType::kArray).append_zeros(kLengthBytes);
  ArrayIndex index;
  for (bool first = true;; first = false) {
    if (!scanner_.skip_blanks()) return false;
    if (scanner_.peek() == closing && (first || scanner_.is_shell())) break;
    if (depth_ == 1) element_offsets_.push_back(scanner_.offset());
    const size_t type_at = bytes_.size();
    bytes_ += '\0';
    bytes_ += index.next();
    bytes_ += '\0';
    ValueSlot element(bytes_, type_at);
    if (!parse_into(element) || !scanner_.skip_blanks()) return false;
    if (scanner_.peek() == closing) break;
    if (!scanner_.accept(',')) {
      return scanner_.fail_here(closing == ']' ? "a comma or ] is expected here"
                                               : "a comma or ) is expected here");
    }
  }
  scanner_.advance();
  return close(slot);
}

bool JsonParser::parse_array(ValueSlot& slot) {
  return parse_elements(slot, ']');
}

bool JsonParser::parse_string(ValueSlot& slot) {
  slot.restart(BsonType::kString).append_zeros(kLengthBytes);
  const bool is_short = scanner_.peek() == '"' && scanner_.scan_short_string(bytes_);
  if (!is_short && !scanner_.scan_string(bytes_)) return false;
  bytes_ += '\0';
  const auto size = static_cast<uint32_t>(bytes_.size() - slot.value_at() - kLengthBytes);
  std::memcpy(bytes_.data() + slot.value_at(), &size, sizeof size);
  return true;
}

bool JsonParser::parse_number(ValueSlot& slot) {
  const size_t start = scanner_.offset();
  const char sign = scanner_.peek();
  if (scanner_.is_shell() && (sign == '-' || sign == '+') && scanner_.peek_second() == 'I') {
    scanner_.advance();
    if (scanner_.scan_identifier() != "Infinity") {
      return scanner_.fail(start, "a number has no digits");
    }
    const double infinity = std::numeric_limits<double>::infinity();
    slot.put_number(BsonType::kDouble, sign == '-' ? -infinity : infinity);
    return true;
  }
  JsonNumber number;
  if (!scanner_.scan_number(number)) return false;
  switch (number.type) {
    case JsonNumber::Type::kInt32:
      slot.put_number(BsonType::kInt32, static_cast<int32_t>(number.integer));
      break;
    case JsonNumber::Type::kInt64:
      slot.put_number(BsonType::kInt64, number.integer);
      break;
    case JsonNumber::Type::kDouble:
      slot.put_number(BsonType::kDouble, number.real);
      break;
  }
  return true;
}

bool JsonParser::parse_regex(ValueSlot& slot) {
  const size_t start = scanner_.offset();
  std::string_view pattern;
  std::string_view flags;
  if (!scanner_.scan_regex(pattern, flags)) return false;
  return settle(put_regex_literal(slot, pattern, flags), start);
}

bool JsonParser::parse_call(ValueSlot& slot, std::string_view name, size_t name_at) {
  if (!parse_elements(slot, ')')) return false;
  const std::string owned(name);
  return settle(convert_shell_call(slot, owned, options_.now_ms), name_at);
}

/// `true`, `null`, `ISODate(…)`, ….
bool JsonParser::parse_word(ValueSlot& slot) {
  const size_t start = scanner_.offset();
  std::string_view word = scanner_.scan_identifier();
  if (scanner_.is_shell()) {
    if (word == "new") {
      if (!scanner_.skip_blanks()) return false;
      word = scanner_.scan_identifier();
    }
    const char* const first = word.data();
    while (scanner_.peek() == '.') {  // Long.fromString
      scanner_.advance();
      const std::string_view member = scanner_.scan_identifier();
      word = {first, static_cast<size_t>(member.data() + member.size() - first)};
    }
    if (!scanner_.skip_blanks()) return false;
    if (scanner_.peek() == '(') return parse_call(slot, word, start);
  }
  if (word == "true" || word == "false") {
    slot.put_bool(word == "true");
    return true;
  }
  if (word == "null") {
    slot.put_empty(BsonType::kNull);
    return true;
  }
  if (scanner_.is_shell() && put_shell_word(slot, word)) return true;
  if (word.empty()) return scanner_.fail(start, "a value is expected here");
  if (!scanner_.is_shell()) return scanner_.fail(start, "an unknown word stands for a value");
  return scanner_.fail(start, "an unknown word stands for a value", shell_word_hint(word));
}

bool JsonParser::parse_into(ValueSlot& slot) {
  switch (const char c = scanner_.peek(); c) {
    case '{':
      return parse_object(slot);
    case '[':
      return parse_array(slot);
    case '"':
      return parse_string(slot);
    case '\'':
      if (scanner_.is_shell()) return parse_string(slot);
      return scanner_.fail_here("a string needs double quotes");
    case '-':
    case '+':
    case '.':
      if (c != '-' && !scanner_.is_shell()) return scanner_.fail_here("a value is expected here");
      return parse_number(slot);
    case '/':
      if (scanner_.is_shell()) return parse_regex(slot);
      return scanner_.fail_here("a value is expected here");
    default:
      if (c >= '0' && c <= '9') return parse_number(slot);
      return parse_word(slot);
  }
}

bool JsonParser::parse_whole(std::string_view text) {
  scanner_ = JsonScanner(text, options_.syntax);
  depth_ = 0;
  element_offsets_.clear();
  deep_at_.reset();
  // The holder: its length, the type byte of its one field, and the field's empty name.
  bytes_.clear();
  bytes_.append_zeros(kLengthBytes + 2);
  ValueSlot slot(bytes_, kLengthBytes);
  if (!scanner_.skip_blanks()) return false;
  if (scanner_.at_end()) return scanner_.fail_here("the text is empty");
  if (!parse_into(slot) || !scanner_.skip_blanks()) return false;
  if (scanner_.is_shell() && scanner_.accept(';') && !scanner_.skip_blanks()) return false;
  if (!scanner_.at_end()) return scanner_.fail_here("the text goes on after its value");
  bytes_ += '\0';
  const auto size = static_cast<uint32_t>(bytes_.size());
  std::memcpy(bytes_.data(), &size, sizeof size);
  return check_depth();
}

bool JsonParser::check_depth() {
  if (!deep_at_) return true;
  const Value value = DocumentView(reinterpret_cast<const uint8_t*>(bytes_.data())).begin()->value;
  const bool nested = value.type() == BsonType::kDocument || value.type() == BsonType::kArray;
  if (!nested || validate_bson(value.raw()).is_ok()) return true;
  return scanner_.fail(*deep_at_, "nested too deeply");
}

Status JsonParser::failure(std::string_view text) const {
  const TextPosition position = text_position(text, scanner_.failed_at());
  Status status = Status(Code::kInvalidArgument, scanner_.reason())
                      .with("line", position.line)
                      .with("column", position.column);
  if (options_.excerpt) {
    status = std::move(status).with("excerpt", caret_excerpt(text, scanner_.failed_at()));
  }
  if (!scanner_.hint().empty()) status = std::move(status).with_hint(scanner_.hint());
  return status;
}

Result<Value> JsonParser::parse_value(std::string_view text) {
  if (!parse_whole(text)) return failure(text);
  return DocumentView(reinterpret_cast<const uint8_t*>(bytes_.data())).begin()->value;
}

Result<DocumentView> JsonParser::parse_document(std::string_view text) {
  if (!parse_whole(text)) return failure(text);
  const Value value = DocumentView(reinterpret_cast<const uint8_t*>(bytes_.data())).begin()->value;
  if (value.type() == BsonType::kDocument) return value.as_document();
  scanner_.fail(0, "the text is not a document", "a document stands in braces: {…}");
  return failure(text);
}

Result<Document> parse_json(std::string_view text, const JsonParseOptions& options) {
  JsonParser parser(options);
  INLET_ASSIGN_OR_RETURN(const DocumentView view, parser.parse_document(text));
  return Document(view);
}

Result<ParsedJson> parse_json_value(std::string_view text, const JsonParseOptions& options) {
  JsonParser parser(options);
  INLET_ASSIGN_OR_RETURN(const Value value, parser.parse_value(text));
  DocumentBuilder holder;
  holder.append("", value);
  return ParsedJson(holder.finish_owned());
}

}  // namespace inlet
