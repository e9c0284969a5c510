#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace inlet {

/// Serves `/metrics`, `/healthz` and `/readyz` to Prometheus and orchestrators.
///
/// Life cycle: open binds and serves at once; the destructor stops and waits for answers under way.
/// Threads:    the callbacks run on the endpoint's own threads, several at a time.
class HttpEndpoint {
 public:
  struct Answer {
    bool is_ok = false;  ///< 200, else 503.
    std::string text;
  };
  struct Callbacks {
    std::function<std::string()> metrics;  ///< Prometheus' text format.
    std::function<Answer()> alive;
    std::function<Answer()> ready;
  };

  /// Listens on `address`: `HOST:PORT`, `[IPV6]:PORT`, `:PORT` or `PORT`; the host is 127.0.0.1
  /// when not given, and port 0 takes a free one. Errors: kInvalidArgument for an address that is
  /// not one; kUnavailable when it cannot be bound.
  static Result<std::unique_ptr<HttpEndpoint>> open(std::string_view address, Callbacks callbacks);

  ~HttpEndpoint();
  HttpEndpoint(const HttpEndpoint&) = delete;
  HttpEndpoint& operator=(const HttpEndpoint&) = delete;

  int port() const;
  /// `http://127.0.0.1:9464`, without a path.
  std::string url() const;

 private:
  struct Server;
  explicit HttpEndpoint(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace inlet
