#include "server/http_endpoint.h"

#include <httplib.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <thread>

#include "base/log.h"

namespace inlet {
namespace {

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kTextType = "text/plain; charset=utf-8";
constexpr int kThreads = 2;

struct Address {
  std::string host = "127.0.0.1";
  int port = 0;
};

Status bad_address(std::string_view text) {
  return Status(Code::kInvalidArgument, "not an address to listen on")
      .with("value", text)
      .with_hint("write HOST:PORT, e.g. 127.0.0.1:9464, or 0.0.0.0:9464 for every interface");
}

Result<Address> parse_address(std::string_view text) {
  Address out;
  std::string_view host;
  std::string_view port = text;
  if (const size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad_address(text);
  }
  if (!host.empty()) out.host = host;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  const bool is_port = error == std::errc() && end == port.data() + port.size() && out.port >= 0 &&
                       out.port <= 65535;
  if (!is_port) return bad_address(text);
  return out;
}

/// The library would set SO_REUSEPORT, and a second process would take half of the requests of the
/// first instead of being told that the port is taken.
void set_socket_options(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

Status cannot_bind(const Address& address, int error) {
  Status status = Status(Code::kUnavailable, "cannot listen on the address")
                      .with("host", address.host)
                      .with("port", address.port);
  if (error != 0) status = std::move(status).with("error", std::strerror(error));
  if (error == EADDRINUSE) {
    return std::move(status).with_hint(
        "another program listens there; choose another port in --metrics-listen, 0 takes a free "
        "one");
  }
  if (error == EACCES) return std::move(status).with_hint("ports below 1024 need a privilege");
  return std::move(status).with_hint(
      "the host must be an address of this machine; 0.0.0.0 stands for all of them");
}

}  // namespace

struct HttpEndpoint::Server {
  Address address;
  Callbacks callbacks;
  httplib::Server http;
  std::atomic<bool> has_ended{false};
  std::thread thread;

  void answer(httplib::Response& response, const Answer& answer) const {
    response.status = answer.is_ok ? 200 : 503;
    response.set_content(answer.text + "\n", kTextType);
  }

  void route() {
    http.Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(callbacks.metrics(), kMetricsType);
    });
    http.Get("/healthz", [this](const httplib::Request&, httplib::Response& response) {
      answer(response, callbacks.alive());
    });
    http.Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
      answer(response, callbacks.ready());
    });
    http.set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (response.status != 404) return;
      response.set_content("not found: /metrics, /healthz and /readyz are here\n", kTextType);
    });
  }

  void configure() {
    http.set_socket_options(set_socket_options);
    http.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    // A probe comes every few seconds: a connection for each costs little and never delays a stop.
    http.set_keep_alive_max_count(1);
    http.set_keep_alive_timeout(1);
    http.set_read_timeout(std::chrono::seconds(5));
    http.set_write_timeout(std::chrono::seconds(5));
    http.set_payload_max_length(0);
  }
};

HttpEndpoint::HttpEndpoint(std::unique_ptr<Server> server) : server_(std::move(server)) {}

Result<std::unique_ptr<HttpEndpoint>> HttpEndpoint::open(std::string_view address,
                                                         Callbacks callbacks) {
  auto server = std::make_unique<Server>();
  INLET_ASSIGN_OR_RETURN(server->address, parse_address(address));
  server->callbacks = std::move(callbacks);
  server->configure();
  server->route();
  errno = 0;
  const Address& at = server->address;
  const int port = at.port == 0 ? server->http.bind_to_any_port(at.host)
                   : server->http.bind_to_port(at.host, at.port) ? at.port
                                                                 : -1;
  if (port < 0) return cannot_bind(at, errno);
  server->address.port = port;
  server->thread = std::thread([s = server.get()] {
    s->http.listen_after_bind();
    s->has_ended = true;
  });
  std::unique_ptr<HttpEndpoint> out(new HttpEndpoint(std::move(server)));
  log::info("serving metrics", {{"url", out->url() + "/metrics"}});
  return out;
}

HttpEndpoint::~HttpEndpoint() {
  // A stop before the thread listens would be missed.
  while (!server_->http.is_running() && !server_->has_ended) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  server_->http.stop();
  server_->thread.join();
}

int HttpEndpoint::port() const {
  return server_->address.port;
}

std::string HttpEndpoint::url() const {
  const std::string& host = server_->address.host;
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port());
}

}  // namespace inlet
