#pragma once

#include <cmath>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

/// Structured log: a fixed text, then facts as fields. Text lines or one JSON object per line.
namespace inlet::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kText, kJson };

struct Options {
  Level level = Level::kInfo;
  Format format = Format::kText;
  std::string file;  ///< Also append to this file when not empty.
};

/// One fact. Numbers stay numbers in JSON, where it has them.
struct Field {
  Field(std::string_view field, std::string_view text) : name(field), value(text) {}
  Field(std::string_view field, const char* text) : name(field), value(text) {}
  Field(std::string_view field, const std::string& text) : name(field), value(text) {}
  template <class Number>
  requires std::is_arithmetic_v<Number> Field(std::string_view field, Number number)
      : name(field),
        value(std::to_string(number)),
        is_number(std::isfinite(static_cast<double>(number))) {}

  std::string_view name;
  std::string value;
  bool is_number = false;
};

/// Sets up the sinks; called once by main before any thread starts.
Status init(const Options& options);

/// While a terminal shows a live block, lines must be printed above it: the hook is called around
/// every line written to standard error.
void set_terminal_hooks(void (*before_line)(), void (*after_line)());

/// Values that must never be printed: every occurrence in a line becomes `***`.
void add_secret(std::string_view secret);
/// Replaces registered secrets in any text that leaves the process by another way.
std::string redact(std::string_view text);

void write(Level level, std::string_view text, std::initializer_list<Field> fields = {});
/// For fields that are not the same each time.
void write_fields(Level level, std::string_view text, std::span<const Field> fields);
void write_status(Level level, std::string_view text, const Status& status);
/// Tells the failure that ends the process: `error: …` for a person, a line of the log where that
/// is JSON or goes to a file too.
void write_failure(const Status& status);

inline void debug(std::string_view text, std::initializer_list<Field> fields = {}) {
  write(Level::kDebug, text, fields);
}
inline void info(std::string_view text, std::initializer_list<Field> fields = {}) {
  write(Level::kInfo, text, fields);
}
inline void warning(std::string_view text, std::initializer_list<Field> fields = {}) {
  write(Level::kWarning, text, fields);
}
inline void error(std::string_view text, std::initializer_list<Field> fields = {}) {
  write(Level::kError, text, fields);
}

}  // namespace inlet::log
