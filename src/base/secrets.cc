#include "base/secrets.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/log.h"

namespace inlet {
namespace {

constexpr std::string_view kOpen = "${";
/// Shorter values would blacken half of every log line and protect nothing.
constexpr size_t kSecretLengthMin = 4;
constexpr size_t kSecretFileBytesMax = 64 * 1024;

Result<std::string> read_secret_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Status(Code::kNotFound, "secret file cannot be read")
        .with("path", path)
        .with_hint("check the path and that this user may read the file");
  }
  std::string value(kSecretFileBytesMax + 1, '\0');
  in.read(value.data(), static_cast<std::streamsize>(value.size()));
  value.resize(static_cast<size_t>(in.gcount()));
  if (value.size() > kSecretFileBytesMax) {
    return Status(Code::kInvalidArgument, "secret file is too large")
        .with("path", path)
        .with("bytes_max", kSecretFileBytesMax);
  }
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
  return value;
}

Result<std::string> look_up(std::string_view reference, const SecretReader& reader) {
  const size_t colon = reference.find(':');
  const std::string_view kind = reference.substr(0, colon);
  const std::string name(colon == std::string_view::npos ? std::string_view()
                                                         : reference.substr(colon + 1));
  if (kind == "file" && !name.empty()) return reader.file(name);
  if (kind == "env" && !name.empty()) {
    if (std::optional<std::string> value = reader.environment(name)) return *std::move(value);
    return Status(Code::kNotFound, "environment variable is not set")
        .with("name", name)
        .with_hint("export it before the start, or put it into .env");
  }
  return Status(Code::kInvalidArgument, "reference of unknown kind")
      .with("reference", reference)
      .with_hint("write ${env:NAME} or ${file:/path}");
}

}  // namespace

SecretReader SecretReader::system() {
  return {.environment = [](const std::string& name) -> std::optional<std::string> {
            const char* const value = std::getenv(name.c_str());
            if (value == nullptr) return std::nullopt;
            return std::string(value);
          },
          .file = read_secret_file};
}

bool has_references(std::string_view text) {
  for (size_t at = text.find(kOpen); at != std::string_view::npos; at = text.find(kOpen, at + 1)) {
    if (at == 0 || text[at - 1] != '$') return true;
  }
  return false;
}

Result<std::string> resolve_references(
    std::string_view text, const SecretReader& reader,
    const std::function<std::string(std::string_view)>& transform) {
  std::string out;
  size_t done = 0;
  for (size_t at = text.find(kOpen); at != std::string_view::npos; at = text.find(kOpen, done)) {
    if (at > done && text[at - 1] == '$') {  // `$${` is the text `${`.
      out.append(text.substr(done, at - 1 - done)).append(kOpen);
      done = at + kOpen.size();
      continue;
    }
    const size_t close = text.find('}', at);
    if (close == std::string_view::npos) {
      return Status(Code::kInvalidArgument, "reference without its closing brace")
          .with("offset", at);
    }
    out.append(text.substr(done, at - done));
    INLET_ASSIGN_OR_RETURN(
        const std::string value,
        look_up(text.substr(at + kOpen.size(), close - at - kOpen.size()), reader));
    const bool is_uri = value.find("://") != std::string::npos;
    if (!is_uri && value.size() >= kSecretLengthMin) log::add_secret(value);
    out.append(transform ? transform(value) : value);
    done = close + 1;
  }
  out.append(text.substr(done));
  return out;
}

}  // namespace inlet
