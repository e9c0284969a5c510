#include "store/azure_url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>

#include "base/log.h"
#include "base/nearest_name.h"
#include "base/percent_encoding.h"
#include "base/quantity.h"
#include "store/azure_connection_string.h"

namespace inlet {
namespace {

using Kind = AzureCredential::Kind;

constexpr std::array<std::string_view, 10> kQueryKeys = {
    "account",   "account_key", "sas_token",     "connection_string", "endpoint",
    "tenant_id", "client_id",   "client_secret", "credential",        "timeout"};
constexpr std::array<std::pair<std::string_view, Kind>, 5> kNamedCredentials = {
    {{"default", Kind::kDefault},
     {"managed_identity", Kind::kManagedIdentity},
     {"workload_identity", Kind::kWorkloadIdentity},
     {"cli", Kind::kCli},
     {"anonymous", Kind::kAnonymous}}};

/// Shorter ones would blacken half of every log line.
constexpr size_t kSecretLengthMin = 4;

Status invalid(std::string_view text, std::string_view hint) {
  return Status(Code::kInvalidArgument, text).with_hint(hint);
}

std::string_view cut_before(std::string_view& text, char mark) {
  const size_t end = std::min(text.find(mark), text.size());
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

std::string_view without_slashes(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

void hide(std::string_view secret) {
  if (secret.size() < kSecretLengthMin) return;
  log::add_secret(secret);
  log::add_secret(percent_decode(secret));
  log::add_secret(percent_encode(secret));
}

/// A token may appear in a URL with other escapes: what must not be seen is its signature.
void hide_sas_token(std::string_view token) {
  hide(token);
  while (!token.empty()) {
    const std::string_view part = cut_before(token, '&');
    if (part.starts_with("sig=")) hide(part.substr(4));
  }
}

using Query = std::map<std::string, std::string, std::less<>>;

Result<Query> parse_query(std::string_view text, const SecretReader& reader) {
  Query out;
  while (!text.empty()) {
    std::string_view value = cut_before(text, '&');
    if (value.empty()) continue;
    const std::string name(cut_before(value, '='));
    if (std::find(kQueryKeys.begin(), kQueryKeys.end(), name) == kQueryKeys.end()) {
      return Status(Code::kInvalidArgument, "the lake's URL has an unknown option")
          .with("option", name)
          .with_hint(nearest_name_hint(name, kQueryKeys));
    }
    if (has_references(value)) {
      Result<std::string> resolved = resolve_references(value, reader);
      if (!resolved.is_ok()) return std::move(resolved).error().with("option", name);
      out[name] = *std::move(resolved);
    } else {
      out[name] = percent_decode(value);
    }
  }
  return out;
}

/// Settings of the query, else of the environment. The environment's are one set, which belongs
/// to one account: it counts as a whole or not at all.
struct Settings {
  AzureConnectionString storage;
  std::string tenant_id;
  std::string client_id;
  std::string client_secret;
  bool has_token_file = false;
  std::optional<Kind> named;

  bool has_storage_secret() const {
    return !storage.account_key.empty() || !storage.sas_token.empty();
  }
};

Result<Settings> settings_of(const Query& query) {
  const auto value = [&](std::string_view name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  };
  Settings out;
  if (const std::string text = value("connection_string"); !text.empty()) {
    INLET_ASSIGN_OR_RETURN(out.storage, parse_azure_connection_string(text));
  }
  if (query.contains("account")) out.storage.account = value("account");
  if (query.contains("account_key")) out.storage.account_key = value("account_key");
  if (query.contains("sas_token")) out.storage.sas_token = value("sas_token");
  if (query.contains("endpoint")) out.storage.blob_endpoint = value("endpoint");
  out.tenant_id = value("tenant_id");
  out.client_id = value("client_id");
  out.client_secret = value("client_secret");
  if (const std::string name = value("credential"); !name.empty()) {
    const auto* const found =
        std::find_if(kNamedCredentials.begin(), kNamedCredentials.end(),
                     [&](const auto& credential) { return credential.first == name; });
    if (found == kNamedCredentials.end()) {
      std::array<std::string_view, kNamedCredentials.size()> names;
      std::transform(kNamedCredentials.begin(), kNamedCredentials.end(), names.begin(),
                     [](const auto& credential) { return credential.first; });
      return Status(Code::kInvalidArgument, "unknown kind of credential")
          .with("credential", name)
          .with_hint(nearest_name_hint(name, names));
    }
    out.named = found->second;
  }
  return out;
}

Result<Settings> settings_of(const SecretReader& reader) {
  const auto variable = [&](const char* name) { return reader.environment(name).value_or(""); };
  Settings out;
  if (const std::string text = variable("AZURE_STORAGE_CONNECTION_STRING"); !text.empty()) {
    Result<AzureConnectionString> parsed = parse_azure_connection_string(text);
    if (!parsed.is_ok())
      return std::move(parsed).error().with("variable", "AZURE_STORAGE_CONNECTION_STRING");
    out.storage = *std::move(parsed);
  }
  if (out.storage.account.empty()) out.storage.account = variable("AZURE_STORAGE_ACCOUNT");
  if (out.storage.account_key.empty()) out.storage.account_key = variable("AZURE_STORAGE_KEY");
  if (out.storage.sas_token.empty()) out.storage.sas_token = variable("AZURE_STORAGE_SAS_TOKEN");
  out.tenant_id = variable("AZURE_TENANT_ID");
  out.client_id = variable("AZURE_CLIENT_ID");
  out.client_secret = variable("AZURE_CLIENT_SECRET");
  out.has_token_file = !variable("AZURE_FEDERATED_TOKEN_FILE").empty();
  return out;
}

AzureCredential credential_of(const Settings& settings) {
  AzureCredential out{.tenant_id = settings.tenant_id, .client_id = settings.client_id};
  if (settings.named) {
    out.kind = *settings.named;
  } else if (!settings.storage.account_key.empty()) {
    out.kind = Kind::kAccountKey;
    out.secret = settings.storage.account_key;
  } else if (!settings.storage.sas_token.empty()) {
    out.kind = Kind::kSasToken;
    out.secret = settings.storage.sas_token;
    if (out.secret.starts_with('?')) out.secret.erase(0, 1);
  } else if (!settings.client_secret.empty()) {
    out.kind = Kind::kClientSecret;
    out.secret = settings.client_secret;
  } else if (settings.has_token_file) {
    out.kind = Kind::kWorkloadIdentity;
  } else if (!settings.client_id.empty()) {
    out.kind = Kind::kManagedIdentity;
  }
  return out;
}

/// `.dfs.core.windows.net` and `.blob.core.windows.net` of either of them.
Status set_service(std::string_view suffix, AzureLocation& out) {
  for (const std::string_view service : {".dfs.", ".blob."}) {
    const size_t at = suffix.find(service);
    if (at == std::string_view::npos) continue;
    const std::string_view tail = suffix.substr(at + service.size());
    out.blob_authority.assign(suffix.substr(0, at)).append(".blob.").append(tail);
    out.dfs_authority.assign(suffix.substr(0, at)).append(".dfs.").append(tail);
    return Status::ok();
  }
  return invalid("the URL's host is no Azure Storage account",
                 "abfss://container@account.dfs.core.windows.net/prefix; for an emulator add "
                 "?endpoint=http://127.0.0.1:10000");
}

Status set_endpoint(std::string_view endpoint, AzureLocation& out) {
  constexpr std::string_view kHint =
      "https://account.blob.core.windows.net, or http://127.0.0.1:10000 of an emulator";
  const size_t mark = endpoint.find("://");
  if (mark == std::string_view::npos) return invalid("the endpoint is no URL", kHint);
  out.scheme = endpoint.substr(0, mark);
  if (out.scheme != "https" && out.scheme != "http")
    return invalid("the endpoint is neither https nor http", kHint);
  std::string_view path = endpoint.substr(mark + 3);
  const std::string_view host = cut_before(path, '/');
  path = without_slashes(path);
  if (host.empty()) return invalid("the endpoint has no host", kHint);
  if (out.account.empty()) out.account = path.empty() ? host.substr(0, host.find('.')) : path;
  if (host.starts_with(out.account + ".")) {
    if (!path.empty()) return invalid("the endpoint has a path", kHint);
    return set_service(host.substr(out.account.size()), out);
  }
  if (!path.empty() && path != out.account)
    return invalid("the endpoint's path is not the account", kHint);
  out.blob_authority = host;
  out.dfs_authority = host;
  return Status::ok();
}

Status check_container(const std::string& name) {
  constexpr size_t kMin = 3;
  constexpr size_t kMax = 63;
  const bool is_special = name == "$root" || name == "$web";
  const bool is_plain = name.size() >= kMin && name.size() <= kMax &&
                        std::all_of(name.begin(), name.end(), [](unsigned char c) {
                          return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-';
                        });
  if (is_special || is_plain) return Status::ok();
  return Status(Code::kInvalidArgument, "not a name of a container")
      .with("container", name)
      .with_hint("3 to 63 small letters, digits and dashes");
}

/// What stands before the query: account, container, prefix and service, as far as the URL says.
Status parse_address(std::string_view address, AzureLocation& out) {
  const size_t mark = address.find("://");
  const std::string_view scheme = address.substr(0, mark);
  std::string_view path = address.substr(mark + 3);
  std::string_view host = cut_before(path, '/');
  if (scheme == "https") {
    out.account = host.substr(0, host.find('.'));
    INLET_RETURN_IF_ERROR(set_service(host.substr(out.account.size()), out));
    out.container = cut_before(path, '/');
  } else if (host.find('@') == std::string_view::npos) {
    out.container = host;
  } else {
    out.container = cut_before(host, '@');
    out.account = host.substr(0, host.find('.'));
    if (host.size() > out.account.size())
      INLET_RETURN_IF_ERROR(set_service(host.substr(out.account.size()), out));
  }
  out.prefix = without_slashes(path);
  return check_container(out.container);
}

/// The client library would find out only when the key is used.
Status check_account_key(const std::string& key) {
  const bool is_base64 = !key.empty() && key.size() % 4 == 0 &&
                         std::all_of(key.begin(), key.end(), [](unsigned char c) {
                           return std::isalnum(c) != 0 || c == '+' || c == '/' || c == '=';
                         });
  return is_base64 ? Status::ok()
                   : invalid("the account key is not base64",
                             "copy it whole, with the '=' signs at its end");
}

/// Takes the account's place and secrets from the URL's query, and from the environment what the
/// URL leaves open.
Status complete(const Settings& own, const Settings& environment, AzureLocation& out) {
  if (!own.storage.account.empty() && !out.account.empty() && own.storage.account != out.account)
    return invalid("the URL names two accounts", "leave one of them out");
  if (out.account.empty()) out.account = own.storage.account;
  Settings settings = own;
  if (!own.named && !own.has_storage_secret() && own.client_secret.empty()) {
    const std::string& theirs = environment.storage.account;
    if (!theirs.empty() && !out.account.empty() && theirs != out.account &&
        environment.has_storage_secret()) {
      return Status(Code::kInvalidArgument,
                    "the URL's account is not the one that the environment has a secret for")
          .with("account", out.account)
          .with("environment", theirs)
          .with_hint("unset AZURE_STORAGE_…, or add ?credential=default to the URL");
    }
    settings = environment;
    if (!own.client_id.empty()) settings.client_id = own.client_id;
    if (!own.tenant_id.empty()) settings.tenant_id = own.tenant_id;
    if (!own.storage.blob_endpoint.empty())
      settings.storage.blob_endpoint = own.storage.blob_endpoint;
  }
  if (out.account.empty()) out.account = environment.storage.account;
  const AzureConnectionString& storage = settings.storage;
  if (!storage.blob_endpoint.empty()) {
    INLET_RETURN_IF_ERROR(set_endpoint(storage.blob_endpoint, out));
  } else if (!storage.endpoint_suffix.empty()) {
    INLET_RETURN_IF_ERROR(set_service(".blob." + storage.endpoint_suffix, out));
    if (!storage.protocol.empty()) out.scheme = storage.protocol;
  }
  if (out.account.empty()) {
    return invalid("the lake's URL names no storage account",
                   "abfss://container@account.dfs.core.windows.net/prefix, or set "
                   "AZURE_STORAGE_ACCOUNT");
  }
  out.credential = credential_of(settings);
  return out.credential.kind == Kind::kAccountKey ? check_account_key(out.credential.secret)
                                                  : Status::ok();
}

}  // namespace

std::string AzureLocation::description() const {
  std::string out = "abfss://" + container + "@" + account;
  out += dfs_authority.starts_with('.') ? dfs_authority : " at " + scheme + "://" + dfs_authority;
  return prefix.empty() ? out : out + "/" + prefix;
}

bool is_azure_url(std::string_view url) {
  return url.starts_with("abfss://") || url.starts_with("abfs://") || url.starts_with("az://") ||
         url.starts_with("https://");
}

Result<AzureLocation> parse_azure_url(std::string_view url, const SecretReader& reader) {
  AzureLocation out;
  std::string_view query_text = url;
  const std::string_view address = cut_before(query_text, '?');
  INLET_ASSIGN_OR_RETURN(const Query query, parse_query(query_text, reader));
  INLET_ASSIGN_OR_RETURN(const Settings own, settings_of(query));
  INLET_ASSIGN_OR_RETURN(const Settings environment, settings_of(reader));
  for (const Settings* settings : {&own, &environment}) {
    hide(settings->storage.account_key);
    hide_sas_token(settings->storage.sas_token);
    hide(settings->client_secret);
  }
  Status status = parse_address(address, out);
  if (status.is_ok()) status = complete(own, environment, out);
  if (!status.is_ok()) return status.with("url", address);
  if (const auto timeout = query.find("timeout"); timeout != query.end()) {
    const Result<std::chrono::milliseconds> parsed = parse_duration(timeout->second);
    if (!parsed.is_ok() || parsed->count() < 1000)
      return invalid("the timeout is no duration of a second or more", "timeout=10m")
          .with("url", address);
    out.call_timeout = *parsed;
  }
  return out;
}

}  // namespace inlet
