#pragma once

#include <cctype>
#include <string_view>

#include "base/utf8.h"

namespace inlet {

/// Says whether a text is JSON by RFC 8259 and UTF-8 throughout. Written apart from the parser of
/// the product, so that both cannot share a fault; simple rather than fast.
class JsonChecker {
 public:
  explicit JsonChecker(std::string_view text) : text_(text) {}

  bool is_json() { return value() && at_ == text_.size(); }

 private:
  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char wanted) { return next() == wanted && ++at_ != 0; }
  bool word(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }
  bool digits() {
    const size_t start = at_;
    while (next() >= '0' && next() <= '9') ++at_;
    return at_ > start;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('-')) take('+');
    return digits();
  }

  bool escape() {
    if (!take('u'))
      return std::string_view("\"\\/bfnrt").find(next()) != std::string_view::npos && ++at_;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (std::isxdigit(static_cast<unsigned char>(next())) == 0) return false;
    }
    return true;
  }

  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size() && next() != '"') {
      if (take('\\')) {
        if (!escape()) return false;
        continue;
      }
      if (static_cast<uint8_t>(next()) < 0x20) return false;
      const Utf8Step step =
          utf8_step(reinterpret_cast<const uint8_t*>(text_.data()) + at_, text_.size() - at_);
      if (!step.valid) return false;
      at_ += step.size;
    }
    return take('"');
  }

  bool members(char closing, bool named) {
    if (take(closing)) return true;
    do {
      if (named && (!string() || !take(':'))) return false;
      if (!value()) return false;
    } while (take(','));
    return take(closing);
  }

  bool value() {
    switch (next()) {
      case '{':
        return take('{') && members('}', true);
      case '[':
        return take('[') && members(']', false);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace inlet
