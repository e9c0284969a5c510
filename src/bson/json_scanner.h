#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bson/byte_buffer.h"
#include "bson/json_text.h"

namespace inlet {

enum class JsonSyntax {
  kStrict,  ///< JSON as RFC 8259 has it.
  kShell,   ///< JSON and what `mongosh` takes as a literal: bare names, comments, `ISODate("…")`.
};

/// A number as MongoDB's tools type it: the smallest integer type that fits, else a double.
struct JsonNumber {
  enum class Type { kInt32, kInt64, kDouble };
  Type type = Type::kInt32;
  int64_t integer = 0;
  double real = 0;
};

/// Takes JSON text apart into its smallest pieces.
///
/// A method that returns false has recorded what is wrong and where.
/// Threads: one.
class JsonScanner {
 public:
  JsonScanner() = default;
  JsonScanner(std::string_view text, JsonSyntax syntax)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), syntax_(syntax) {}

  bool is_shell() const { return syntax_ == JsonSyntax::kShell; }
  bool at_end() const { return at_ == end_; }
  /// The next byte, or zero at the end.
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  char peek_second() const { return end_ - at_ < 2 ? '\0' : at_[1]; }
  size_t offset() const { return static_cast<size_t>(at_ - begin_); }
  std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }
  void advance(size_t bytes = 1) { at_ += bytes; }
  bool accept(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }

  /// Skips white space and, in shell syntax, comments.
  bool skip_blanks() {
    if (at_ != end_ && static_cast<uint8_t>(*at_) > ' ' && *at_ != '/') [[likely]] {
      if (static_cast<uint8_t>(*at_) < 0x80) return true;
    }
    return skip_blanks_slow();
  }

  /// Appends the decoded text of the string whose opening quote is next.
  bool scan_string(ByteBuffer& out);
  /// As `scan_string`, for a text in double quotes of less than 16 plain ASCII characters. False,
  /// with nothing taken and nothing recorded, for any other.
  bool scan_short_string(ByteBuffer& out) {
    if (end_ - at_ <= static_cast<std::ptrdiff_t>(kTextBlock)) return false;
    const uint32_t mask = json_special_mask(reinterpret_cast<const uint8_t*>(at_ + 1));
    if (mask == 0) return false;
    const auto size = static_cast<size_t>(std::countr_zero(mask));
    if (at_[1 + size] != '"') return false;
    out.append_block(at_ + 1, size);
    at_ += size + 2;
    return true;
  }
  bool scan_number(JsonNumber& number);
  /// A name without quotes; empty when none is next.
  std::string_view scan_identifier();
  /// Pattern and flags of the regular expression whose slash is next, as they stand.
  bool scan_regex(std::string_view& pattern, std::string_view& flags);

  /// Records a failure at `offset`; the first one stays. Always false.
  bool fail(size_t offset, std::string_view reason, std::string_view hint = {});
  bool fail_here(std::string_view reason, std::string_view hint = {}) {
    return fail(offset(), reason, hint);
  }
  std::string_view reason() const { return reason_; }
  const std::string& hint() const { return hint_; }
  size_t failed_at() const { return failed_at_; }

 private:
  bool skip_blanks_slow();
  bool skip_comment();
  void skip_ordinary_text(char quote);
  bool scan_escape(ByteBuffer& out);
  bool scan_unicode_escape(ByteBuffer& out);
  bool scan_code_unit(uint32_t& unit);
  bool scan_hex_number(bool negative, JsonNumber& number);
  void set_integer(JsonNumber& number, uint64_t magnitude, bool negative, bool overflow,
                   std::string_view digits);

  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  JsonSyntax syntax_ = JsonSyntax::kShell;
  std::string_view reason_;
  std::string hint_;
  size_t failed_at_ = 0;
};

}  // namespace inlet
