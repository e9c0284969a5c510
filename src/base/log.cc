#include "base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <vector>

#include "base/utf8.h"

namespace inlet::log {
namespace {

struct State {
  std::mutex mutex;
  std::vector<std::string> secrets;  // Guarded by mutex; the longest first: one may hold another.
  std::shared_ptr<spdlog::logger> console;
  std::shared_ptr<spdlog::logger> file;
  Format format = Format::kText;
  std::atomic<void (*)()> before_line{nullptr};
  std::atomic<void (*)()> after_line{nullptr};
};

State& state() {
  static State* const instance =
      new State;  // Never destroyed: threads may log while the process exits.
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

void append_json_string(std::string& out, std::string_view text) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const Utf8Step step = utf8_step(bytes + at, text.size() - at);
    if (!step.valid) {
      out += "\xEF\xBF\xBD";  // U+FFFD: a line stays JSON whatever bytes it tells of.
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (step.size == 1 && static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escape.data();
    } else {
      out += text.substr(at, step.size);
    }
    at += step.size;
  }
  out += '"';
}

/// True for what would not stand in a line of text as one word: a line must not be forged either.
bool needs_quotes(std::string_view value) {
  return value.empty() || std::any_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '"';
         });
}

// Secrets are taken out of each piece before it is written: an escaped one would not be found.

std::string text_line(std::string_view text, std::span<const Field> fields) {
  std::string line = redact(text);
  for (const Field& field : fields) {
    line.append("  ").append(field.name).append("=");
    const std::string value = redact(field.value);
    if (!field.is_number && needs_quotes(value)) {
      append_json_string(line, value);
    } else {
      line += value;
    }
  }
  return line;
}

/// The part after the time and the level, which spdlog's pattern writes.
std::string json_members(std::string_view text, std::span<const Field> fields) {
  std::string line;
  append_json_string(line, redact(text));
  for (const Field& field : fields) {
    line += ',';
    append_json_string(line, field.name);
    line += ':';
    if (field.is_number) {
      line += field.value;
    } else {
      append_json_string(line, redact(field.value));
    }
  }
  return line;
}

std::string line_of(Format format, std::string_view text, std::span<const Field> fields) {
  return format == Format::kJson ? json_members(text, fields) : text_line(text, fields);
}

}  // namespace

Status init(const Options& options) {
  State& s = state();
  s.format = options.format;
  const char* pattern = options.format == Format::kJson
                            ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})"
                            : "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v";
  s.console =
      std::make_shared<spdlog::logger>("inlet", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  s.console->set_pattern(pattern, spdlog::pattern_time_type::utc);
  s.console->set_level(to_spdlog(options.level));
  s.console->flush_on(spdlog::level::debug);
  if (!options.file.empty()) {
    try {
      s.file = std::make_shared<spdlog::logger>(
          "inlet", std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file));
    } catch (const spdlog::spdlog_ex&) {
      return Status(Code::kInvalidArgument, "cannot open the log file")
          .with("file", options.file)
          .with_hint("give --log-file a path in an existing, writable folder");
    }
    s.file->set_pattern(pattern, spdlog::pattern_time_type::utc);
    s.file->set_level(to_spdlog(options.level));
    s.file->flush_on(spdlog::level::info);
  }
  return Status::ok();
}

void set_terminal_hooks(void (*before_line)(), void (*after_line)()) {
  state().before_line = before_line;
  state().after_line = after_line;
}

void add_secret(std::string_view secret) {
  constexpr size_t kShortestSecret =
      4;  // Redacting shorter strings would blank out ordinary words.
  if (secret.size() < kShortestSecret) return;
  State& s = state();
  std::scoped_lock lock(s.mutex);
  for (const std::string& known : s.secrets) {
    if (known == secret) return;
  }
  const auto place =
      std::find_if(s.secrets.begin(), s.secrets.end(),
                   [&](const std::string& known) { return known.size() < secret.size(); });
  s.secrets.emplace(place, secret);
}

std::string redact(std::string_view text) {
  State& s = state();
  std::string out(text);
  std::scoped_lock lock(s.mutex);
  for (const std::string& secret : s.secrets) {
    for (size_t at = out.find(secret); at != std::string::npos; at = out.find(secret, at + 3))
      out.replace(at, secret.size(), "***");
  }
  return out;
}

void write(Level level, std::string_view text, std::initializer_list<Field> fields) {
  write_fields(level, text, {fields.begin(), fields.size()});
}

void write_fields(Level level, std::string_view text, std::span<const Field> fields) {
  State& s = state();
  const std::string line = line_of(s.format, text, fields);
  if (s.console == nullptr) {
    std::fprintf(stderr, "%s\n", line.c_str());
    return;
  }
  if (s.console->should_log(to_spdlog(level))) {
    if (auto* before = s.before_line.load()) before();
    s.console->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
    if (auto* after = s.after_line.load()) after();
  }
  if (s.file != nullptr)
    s.file->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void write_status(Level level, std::string_view text, const Status& status) {
  write(level, text, {{"error", status.to_string()}});
}

void write_failure(const Status& status) {
  const State& s = state();
  const std::array<Field, 2> fields{Field("code", code_name(status.code())),
                                    Field("error", status.to_string())};
  if (s.console != nullptr && s.format == Format::kJson) {
    write_fields(Level::kError, "failed", fields);
    return;
  }
  std::fprintf(stderr, "error: %s\n", redact(status.to_string()).c_str());
  if (s.file != nullptr) s.file->log(spdlog::level::err, line_of(s.format, "failed", fields));
}

}  // namespace inlet::log
