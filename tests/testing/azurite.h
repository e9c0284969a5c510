#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "testing/child_process.h"

namespace inlet::testing {

/// A real Azurite, the emulator of Azure Storage's blobs, on a free loopback port, with all it has
/// in memory. It dies with the process that started it.
class Azurite {
 public:
  static constexpr const char* kAccount = "devstoreaccount1";

  /// Where the program is: `INLET_AZURITE`; empty when it is not there. Tests skip then, saying so.
  static std::string binary();
  static Result<std::unique_ptr<Azurite>> start();
  /// One for all tests of the executable; nothing where there is no Azurite.
  static Azurite* shared();
  Azurite(const Azurite&) = delete;
  Azurite& operator=(const Azurite&) = delete;

  Status create_container(const std::string& name);
  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// A lake's URL: `az://container/prefix?…` with the account, its key and the endpoint.
  std::string url(const std::string& container, const std::string& prefix = "") const;
  /// The same with another key.
  std::string url_with_key(const std::string& container, const std::string& key) const;
  /// The account's well-known key.
  static std::string account_key();

 private:
  Azurite() : process_("azurite") {}
  Status spawn();
  Status wait_until_ready();

  ChildProcess process_;
  int port_ = 0;
};

}  // namespace inlet::testing
