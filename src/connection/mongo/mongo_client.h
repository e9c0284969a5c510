#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secrets.h"
#include "bson/document.h"
#include "connection/mongo/connection_string.h"

namespace inlet {

struct MongoConnectionOptions {
  std::string uri;  ///< May hold `${env:NAME}` and `${file:/path}`.
  /// The URI's own options win over these four.
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds socket_timeout{30000};
  /// Short, since callers retry with a stop token in hand.
  std::chrono::milliseconds server_selection_timeout{2000};
  std::string app_name = "inlet";
  std::string read_preference;  ///< `secondaryPreferred` and so on; empty: the URI's.
  int clients_max = 64;
  /// Takes out of the resolved URI what is not the client library's; called at each reading of it.
  std::function<Status(ConnectionString&)> adjust;
};

struct MongoPool;

/// A reply of the server: the memory and the document in it.
class MongoReply {
 public:
  MongoReply() = default;
  DocumentView view() const {
    return bytes_ == nullptr ? DocumentView() : DocumentView(bytes_.get());
  }

 private:
  friend class MongoClient;
  struct Free {
    void operator()(uint8_t* bytes) const;
  };
  std::unique_ptr<uint8_t[], Free> bytes_;
};

struct MongoCommandOptions {
  uint32_t server_id = 0;   ///< From `select_server`; 0: the primary.
  bool in_session = false;  ///< In the client's own session, as cursors need it.
};

/// One client of the pool, given back at the end.
///
/// Threads: one.
class MongoClient {
 public:
  MongoClient(MongoClient&&) noexcept;
  MongoClient& operator=(MongoClient&&) noexcept;
  ~MongoClient();

  /// Picks a server by the read preference.
  Result<uint32_t> select_server();
  /// Sends `command` and waits for the reply. Never retries: callers know what is safe to repeat.
  Result<MongoReply> run(std::string_view db, DocumentView command,
                         MongoCommandOptions options = {});
  /// Leaves the session behind, as is due after a network error.
  void end_session();

 private:
  friend class MongoConnection;
  struct Impl;
  explicit MongoClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A named MongoDB deployment: a pool of clients behind a URI whose secrets may change.
///
/// Threads: any.
class MongoConnection {
 public:
  /// Errors: kInvalidArgument for a URI that cannot be used; no network is touched.
  static Result<std::unique_ptr<MongoConnection>> open(
      MongoConnectionOptions options, SecretReader reader = SecretReader::system());
  ~MongoConnection();
  MongoConnection(const MongoConnection&) = delete;
  MongoConnection& operator=(const MongoConnection&) = delete;

  /// A client of the pool. The pool is as large as it needs to be, so this does not wait.
  MongoClient acquire();
  /// Reads the references again. Where a value has changed, clients acquired from now on use it.
  Status reload_secrets();

  std::string redacted() const;
  /// Fit to name what is read: hosts without user, password and options.
  std::string hosts() const;
  /// The database that the URI names, or empty.
  std::string database() const;

 private:
  MongoConnection(MongoConnectionOptions options, SecretReader reader);
  Result<std::shared_ptr<MongoPool>> make_pool(const ConnectionString& uri) const;

  const MongoConnectionOptions options_;
  const SecretReader reader_;
  mutable std::mutex mutex_;
  ConnectionString uri_;             // Guarded by mutex_.
  std::shared_ptr<MongoPool> pool_;  // Guarded by mutex_.
};

}  // namespace inlet
