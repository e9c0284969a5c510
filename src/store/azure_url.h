#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secrets.h"

namespace inlet {

/// How a request to Azure Storage proves who sends it.
struct AzureCredential {
  enum class Kind {
    kAccountKey,
    kSasToken,
    kClientSecret,
    kWorkloadIdentity,  ///< A Kubernetes pod's token file; the client library reads its variables.
    kManagedIdentity,
    kCli,  ///< Whoever `az login` has logged in.
    kAnonymous,
    kDefault,  ///< The client library's chain: environment, workload, CLI, managed identity.
  };
  Kind kind = Kind::kDefault;
  std::string secret;  ///< The key, the token without its '?', or the client secret.
  std::string tenant_id;
  std::string client_id;
};

/// A place in a container and all that is needed to reach it.
struct AzureLocation {
  std::string account;
  std::string container;
  std::string prefix;  ///< '/' between parts, none at the ends; "" is the whole container.
  std::string scheme = "https";
  /// Where the service is: behind the account's name when it begins with a dot
  /// (".blob.core.windows.net"), else a host and port that has the account as first part of the
  /// path (an emulator).
  std::string blob_authority = ".blob.core.windows.net";
  std::string dfs_authority = ".dfs.core.windows.net";
  AzureCredential credential;
  std::chrono::milliseconds call_timeout{std::chrono::minutes(10)};  ///< See StallWatch.

  /// For messages: no secrets.
  std::string description() const;
};

bool is_azure_url(std::string_view url);

/// Understands `abfss://container@account.dfs.core.windows.net/prefix`, `abfs://…`,
/// `az://container/prefix` and `https://account.blob.core.windows.net/container/prefix`. The path
/// is taken as it is written, without unescaping.
///
/// What the URL's query says goes before the environment. Query: `account`, `account_key`,
/// `sas_token`, `connection_string`, `endpoint`, `tenant_id`, `client_id`, `client_secret`,
/// `credential`, `timeout` (of a call); each value is a text (percent-decoded) or holds references
/// (`${file:/path}`, taken as they are). Environment: AZURE_STORAGE_CONNECTION_STRING,
/// AZURE_STORAGE_ACCOUNT, AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN, AZURE_TENANT_ID,
/// AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE. Secrets are registered with
/// the log.
///
/// Errors: kInvalidArgument with a hint; kNotFound for a reference to nothing. Never a secret.
Result<AzureLocation> parse_azure_url(std::string_view url, const SecretReader& reader);

}  // namespace inlet
