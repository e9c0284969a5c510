#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/document.h"
#include "connection/mongo/mongo_client.h"
#include "testing/child_process.h"

namespace inlet::testing {

struct MongodOptions {
  bool replica_set = true;             ///< One node, initiated.
  bool authentication = false;         ///< With a user root:root-password, who is in `connection`.
  std::vector<std::string> arguments;  ///< More of mongod's own.
};

/// A real mongod of its own, on a free loopback port, with its data in a folder that goes with it.
/// It dies with the process that started it.
class Mongod {
 public:
  /// Where the program is: `INLET_MONGOD`, else `mongod` on the PATH; empty when there is none.
  /// Tests skip then, saying so: `INLET_REQUIRE_MONGOD(mongod)`.
  static std::string binary();
  static Result<std::unique_ptr<Mongod>> start(MongodOptions options = {});
  /// One for all tests of the executable.
  static Mongod* shared();
  Mongod(const Mongod&) = delete;
  Mongod& operator=(const Mongod&) = delete;

  std::string uri() const;
  /// The same with a login.
  std::string uri_as(std::string_view user, std::string_view password) const;
  int port() const { return port_; }
  const std::shared_ptr<MongoConnection>& connection() { return connection_; }

  /// kill -9, as a crash of the machine would be.
  void kill_hard() { process_.kill_hard(); }
  /// Starts the killed or stopped server again on its data, and waits until it accepts writes.
  Status restart();

  /// Runs a command given as shell literals: `run("shop", "{drop: 'orders'}")`. Retries while the
  /// server is away. Errors: those of the server.
  Result<Document> run(std::string_view db, std::string_view command);
  /// The same; a failure ends the test run.
  Document must(std::string_view db, std::string_view command);
  /// {n: from} … {n: to - 1} with _id = n and some filling.
  void insert_numbers(std::string_view db, std::string_view collection, int from, int to,
                      int filling_bytes = 20);

 private:
  Mongod() : process_("mongod") {}
  Status spawn();
  Status wait_until_ready();
  Status initiate();
  Status open_connection(const std::string& uri);
  Status wait_until_writable();

  MongodOptions options_;
  ChildProcess process_;
  int port_ = 0;
  std::shared_ptr<MongoConnection> connection_;
};

}  // namespace inlet::testing

/// Skips the test loudly where no mongod is at hand.
#define INLET_REQUIRE_MONGOD(name)                                           \
  ::inlet::testing::Mongod* const name = ::inlet::testing::Mongod::shared(); \
  if ((name) == nullptr) GTEST_SKIP() << "no mongod: set INLET_MONGOD to the server's path"
