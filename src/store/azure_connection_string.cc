#include "store/azure_connection_string.h"

#include <algorithm>

namespace inlet {
namespace {

/// Every emulator of the service knows this account; its key is no secret.
constexpr std::string_view kEmulatorAccount = "devstoreaccount1";
constexpr std::string_view kEmulatorKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
constexpr std::string_view kEmulatorEndpoint = "http://127.0.0.1:10000";

void apply(std::string_view name, std::string_view value, AzureConnectionString& out) {
  if (name == "UseDevelopmentStorage" && value == "true") {
    out.account = kEmulatorAccount;
    out.account_key = kEmulatorKey;
    out.blob_endpoint = kEmulatorEndpoint;
  } else if (name == "AccountName") {
    out.account = value;
  } else if (name == "AccountKey") {
    out.account_key = value;
  } else if (name == "SharedAccessSignature") {
    out.sas_token = value;
  } else if (name == "BlobEndpoint") {
    out.blob_endpoint = value;
  } else if (name == "EndpointSuffix") {
    out.endpoint_suffix = value;
  } else if (name == "DefaultEndpointsProtocol") {
    out.protocol = value;
  }
}

}  // namespace

Result<AzureConnectionString> parse_azure_connection_string(std::string_view text) {
  AzureConnectionString out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    const std::string_view setting = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (setting.empty()) continue;
    const size_t equals = setting.find('=');  // A key ends with '=' signs: only the first parts.
    if (equals == std::string_view::npos || equals == 0) {
      return Status(Code::kInvalidArgument, "not a connection string of Azure Storage")
          .with_hint("it looks like AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net");
    }
    apply(setting.substr(0, equals), setting.substr(equals + 1), out);
  }
  return out;
}

}  // namespace inlet
