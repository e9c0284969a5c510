#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace inlet {

/// What a connection string of an Azure Storage account says; what it does not say is empty.
struct AzureConnectionString {
  std::string account;
  std::string account_key;
  std::string sas_token;
  std::string blob_endpoint;    ///< `https://account.blob.core.windows.net`, or an emulator's.
  std::string endpoint_suffix;  ///< `core.windows.net`
  std::string protocol;         ///< `https` or `http`
};

/// Parses `AccountName=…;AccountKey=…;EndpointSuffix=…` and its kin; `UseDevelopmentStorage=true`
/// is the emulator on this machine with its well-known account. Settings for other services are
/// passed over. Errors: kInvalidArgument; never a value.
/// Source: "Configure Azure Storage connection strings" of Azure's documentation.
Result<AzureConnectionString> parse_azure_connection_string(std::string_view text);

}  // namespace inlet
