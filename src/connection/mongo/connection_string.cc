#include "connection/mongo/connection_string.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/log.h"
#include "base/percent_encoding.h"

namespace inlet {
namespace {

constexpr std::array<std::string_view, 2> kSchemes = {"mongodb", "mongodb+srv"};
constexpr std::string_view kHidden = "***";

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool is_secret_option(std::string_view name) {
  const std::string lower = lower_case(name);
  return lower == "authmechanismproperties" || lower.ends_with("password");
}

Status malformed(std::string_view what) {
  return Status(Code::kInvalidArgument, "connection string is not a MongoDB URI")
      .with("problem", what)
      .with_hint(
          "write mongodb://user:password@host:27017/?replicaSet=rs0; percent-encode @ : / in a "
          "password");
}

void append_options(std::string& out, const ConnectionString& uri, bool hide) {
  char separator = '?';
  for (const auto& [name, value] : uri.options) {
    out.append(1, separator).append(name).append(1, '=');
    out.append(hide && is_secret_option(name) ? kHidden : std::string_view(value));
    separator = '&';
  }
}

std::string compose(const ConnectionString& uri, bool hide) {
  std::string out = uri.scheme + "://";
  if (uri.has_user_info) {
    out += uri.user;
    if (uri.has_password)
      out.append(1, ':').append(hide ? kHidden : std::string_view(uri.password));
    out += '@';
  }
  out += uri.hosts;
  if (!uri.database.empty() || !uri.options.empty()) out.append(1, '/').append(uri.database);
  append_options(out, uri, hide);
  return out;
}

Status parse_options(std::string_view text, ConnectionString& uri) {
  while (!text.empty()) {
    const size_t end = text.find('&');
    const std::string_view option = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (option.empty()) continue;
    const size_t equals = option.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return malformed("an option is not name=value");
    uri.options.emplace_back(option.substr(0, equals), option.substr(equals + 1));
  }
  return Status::ok();
}

}  // namespace

Result<ConnectionString> ConnectionString::parse(std::string_view text) {
  ConnectionString uri;
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return malformed("no mongodb:// in front");
  uri.scheme = text.substr(0, scheme_end);
  if (std::find(kSchemes.begin(), kSchemes.end(), uri.scheme) == kSchemes.end()) {
    return malformed("the scheme is neither mongodb nor mongodb+srv");
  }
  std::string_view rest = text.substr(scheme_end + 3);
  // Options first: a value may hold any sign. Then the user info up to the last @ before the path,
  // so that an unencoded @ in a password is still hidden when the URI is shown.
  const size_t question = rest.find('?');
  const std::string_view options =
      question == std::string_view::npos ? "" : rest.substr(question + 1);
  rest = rest.substr(0, question);
  const size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view user_info = rest.substr(0, at);
    const size_t colon = user_info.find(':');
    uri.has_user_info = true;
    uri.has_password = colon != std::string_view::npos;
    uri.user = user_info.substr(0, colon);
    if (uri.has_password) uri.password = user_info.substr(colon + 1);
    rest = rest.substr(at + 1);
  }
  const size_t slash = rest.find('/');
  uri.hosts = rest.substr(0, slash);
  if (slash != std::string_view::npos) uri.database = rest.substr(slash + 1);
  if (uri.hosts.empty()) return malformed("no host");
  INLET_RETURN_IF_ERROR(parse_options(options, uri));
  return uri;
}

std::string ConnectionString::to_uri() const {
  return compose(*this, false);
}
std::string ConnectionString::redacted() const {
  return compose(*this, true);
}

Result<ConnectionString> resolve_connection_string(std::string_view text,
                                                   const SecretReader& reader) {
  std::string whole(text);
  if (!text.starts_with("mongodb")) {
    INLET_ASSIGN_OR_RETURN(whole, resolve_references(text, reader));
  }
  // References hold ':' and '/' ("${file:/run/x}"): they are hidden while the URI is taken apart.
  std::vector<std::string> references;
  std::string hidden;
  for (size_t at = 0; at < whole.size();) {
    const size_t close = whole.compare(at, 2, "${") == 0 ? whole.find('}', at) : std::string::npos;
    if (close == std::string::npos) {
      hidden += whole[at++];
      continue;
    }
    hidden.append(1, '\x01').append(std::to_string(references.size())).append(1, '\x02');
    references.push_back(whole.substr(at, close + 1 - at));
    at = close + 1;
  }
  INLET_ASSIGN_OR_RETURN(ConnectionString uri, ConnectionString::parse(hidden));
  const auto resolve = [&](std::string& part, bool encode) -> Status {
    for (size_t i = 0; i < references.size(); ++i) {
      const std::string mark = '\x01' + std::to_string(i) + '\x02';
      const size_t at = part.find(mark);
      if (at == std::string::npos) continue;
      INLET_ASSIGN_OR_RETURN(
          const std::string value,
          resolve_references(references[i], reader, encode ? percent_encode : nullptr));
      part.replace(at, mark.size(), value);
    }
    return Status::ok();
  };
  INLET_RETURN_IF_ERROR(resolve(uri.user, true));
  INLET_RETURN_IF_ERROR(resolve(uri.password, true));
  INLET_RETURN_IF_ERROR(resolve(uri.hosts, false));
  INLET_RETURN_IF_ERROR(resolve(uri.database, false));
  for (auto& [name, value] : uri.options) {
    INLET_RETURN_IF_ERROR(resolve(value, is_secret_option(name)));
    if (is_secret_option(name)) {
      log::add_secret(value);
      log::add_secret(percent_decode(value));
    }
  }
  if (!uri.password.empty()) {
    log::add_secret(uri.password);
    log::add_secret(percent_decode(uri.password));
  }
  return uri;
}

}  // namespace inlet
