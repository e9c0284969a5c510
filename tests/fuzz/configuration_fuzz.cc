// Aim: whatever stands in a configuration file, in a .env file or behind a flag, it is taken or
// refused with a status; a refusal of a file holds none of its values, and what was taken from a
// .env file can be written and read again.
// The input's first byte chooses the reader, the second the command.

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "cli/environment_file.h"
#include "cli/given_values.h"

using namespace inlet;  // A fuzz target is a global function.

namespace {

void read_toml(const std::string& text, const CommandEntry& command) {
  std::istringstream stream(text);
  GivenValues given;
  const Status read = read_configuration(stream, command, given);
  if (!read.is_ok()) {
    INLET_ASSERT(read.code() == Code::kInvalidArgument);
    return;
  }
  for (const auto& [name, values] : given) {
    const FlagEntry* const flag = find_flag(name);
    INLET_ASSERT(flag != nullptr && command.takes(*flag));
  }
  Settings settings;
  const Status applied = apply_values(given, settings);
  INLET_ASSERT(applied.is_ok() || applied.code() == Code::kInvalidArgument);
}

void read_environment_text(const std::string& text) {
  const auto variables = parse_environment(text);
  if (!variables.is_ok()) {
    INLET_ASSERT(variables.error().code() == Code::kInvalidArgument);
    INLET_ASSERT(variables.error().fields().size() == 1);  // The line's number alone.
    return;
  }
  std::string written;
  for (const auto& [name, value] : *variables) {
    // Without quotes a value cannot hold its ends or a comment; in one kind it cannot hold that.
    const char quote = value.find('\'') == value.npos ? '\'' : '"';
    if (value.find(quote) != value.npos) return;
    written.append(name).append("=") += quote;
    written.append(value) += quote;
    written += '\n';
  }
  const auto again = parse_environment(written);
  INLET_ASSERT(again.is_ok() && *again == *variables);
}

void apply_flags(std::string_view text) {
  Settings settings;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    const size_t equals = std::min(line.find('='), line.size());
    const FlagEntry* const flag = find_flag(line.substr(0, equals));
    if (flag == nullptr) continue;
    const std::string value(line.substr(std::min(equals + 1, line.size())));
    const Status applied = flag->apply(value, settings);
    INLET_ASSERT(applied.is_ok() || applied.code() == Code::kInvalidArgument);
  }
  // What the flags say is a pipeline whatever they say.
  (void)preset_pipeline(Preset::kSync, settings.preset);
  (void)preset_pipeline(Preset::kSnapshot, settings.preset);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  switch (data[0] % 3) {
    case 0:
      read_toml(text, command_table()[data[1] % command_table().size()]);
      break;
    case 1:
      read_environment_text(text);
      break;
    default:
      apply_flags(text);
  }
  return 0;
}
