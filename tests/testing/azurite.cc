#include "testing/azurite.h"

#include <arrow/filesystem/azurefs.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>

#include "base/percent_encoding.h"
#include "store/azure_connection_string.h"
#include "testing/free_port.h"

namespace inlet::testing {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kPause{50};

}  // namespace

std::string Azurite::binary() {
  const char* const named = std::getenv("INLET_AZURITE");
  return named != nullptr && ::access(named, X_OK) == 0 ? named : "";
}

Azurite* Azurite::shared() {
  static const std::unique_ptr<Azurite> instance = [] {
    if (binary().empty()) return std::unique_ptr<Azurite>();
    Result<std::unique_ptr<Azurite>> started = start();
    if (!started.is_ok()) {
      std::fprintf(stderr, "Azurite did not start: %s\n", started.error().to_string().c_str());
      std::abort();
    }
    return *std::move(started);
  }();
  return instance.get();
}

Result<std::unique_ptr<Azurite>> Azurite::start() {
  std::unique_ptr<Azurite> azurite(new Azurite());
  azurite->port_ = free_port();
  INLET_RETURN_IF_ERROR(azurite->spawn());
  INLET_RETURN_IF_ERROR(azurite->wait_until_ready());
  return azurite;
}

Status Azurite::spawn() {
  return process_.start({binary(), "--blobHost", "127.0.0.1", "--blobPort", std::to_string(port_),
                         "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry",
                         "--silent"});
}

Status Azurite::wait_until_ready() {
  const auto give_up_at = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    // The client library has patience of its own: it is asked when somebody listens.
    Status status = is_port_open(port_) ? create_container("first")
                                        : Status(Code::kUnavailable, "Azurite does not listen");
    if (status.is_ok() || std::chrono::steady_clock::now() > give_up_at) return status;
    if (process_.has_ended())
      return Status(Code::kInternal, "Azurite ended at once").with("binary", binary());
    std::this_thread::sleep_for(kPause);
  }
}

Status Azurite::create_container(const std::string& name) {
  arrow::fs::AzureOptions options;
  options.account_name = kAccount;
  options.blob_storage_scheme = options.dfs_storage_scheme = "http";
  options.blob_storage_authority = options.dfs_storage_authority =
      "127.0.0.1:" + std::to_string(port_);
  arrow::Status status = options.ConfigureAccountKeyCredential(account_key());
  if (status.ok()) {
    try {
      auto files = arrow::fs::AzureFileSystem::Make(options);
      status = files.ok() ? (*files)->CreateDir(name, /*recursive=*/false) : files.status();
    } catch (const std::exception& failure) {
      return Status(Code::kUnavailable, "no answer").with("error", failure.what());
    }
  }
  return status.ok() ? Status::ok()
                     : Status(Code::kUnavailable, "cannot create a container")
                           .with("error", status.ToString());
}

std::string Azurite::url(const std::string& container, const std::string& prefix) const {
  return "az://" + container + "/" + prefix + "?account=" + kAccount +
         "&endpoint=" + percent_encode(endpoint()) +
         "&account_key=" + percent_encode(account_key());
}

std::string Azurite::url_with_key(const std::string& container, const std::string& key) const {
  return "az://" + container + "?account=" + kAccount + "&endpoint=" + endpoint() +
         "&account_key=" + percent_encode(key);
}

std::string Azurite::account_key() {
  return parse_azure_connection_string("UseDevelopmentStorage=true")->account_key;
}

}  // namespace inlet::testing
