#include "connection/mongo/mongo_client.h"

#include <mongoc/mongoc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <condition_variable>
#include <string>
#include <thread>
#include <utility>

#include "base/log.h"
#include "connection/mongo/mongo_failure.h"

namespace inlet {
namespace {

void forward_log(mongoc_log_level_t level, const char* domain, const char* message,
                 void* /*context*/) {
  if (level > MONGOC_LOG_LEVEL_WARNING) return;
  log::debug("libmongoc", {{"domain", domain}, {"message", message}});
}

/// When it is loaded, the library makes a shared memory object for counters, which a process that
/// ends without its destructors leaves behind for ever. Without its name it goes with the process.
[[maybe_unused]] const int kCountersWithoutName =
    ::shm_unlink(("/mongoc-" + std::to_string(::getpid())).c_str());

/// The library is started once and never ended: threads of ours may outlive any owner of it.
void start_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    mongoc_log_set_handler(forward_log, nullptr);
    mongoc_init();
  });
}

bson_t as_bson(DocumentView document) {
  bson_t out;
  const bool valid = bson_init_static(&out, document.data(), document.size());
  INLET_ASSERT(valid);
  return out;
}

MongoFailure::Origin origin_of(const bson_error_t& error) {
  switch (error.domain) {
    case MONGOC_ERROR_SERVER:
    case MONGOC_ERROR_WRITE_CONCERN:
      return MongoFailure::Origin::kServer;
    case MONGOC_ERROR_STREAM:
      return MongoFailure::Origin::kNetwork;
    case MONGOC_ERROR_SERVER_SELECTION:
      // A refused login hides behind the failed selection of a pool's client.
      return std::string_view(error.message).find("uthentication fail") != std::string_view::npos
                 ? MongoFailure::Origin::kAuthentication
                 : MongoFailure::Origin::kServerSelection;
    case MONGOC_ERROR_SASL:
    case MONGOC_ERROR_SCRAM:
      return MongoFailure::Origin::kAuthentication;
    case MONGOC_ERROR_CLIENT:
      return error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE ? MongoFailure::Origin::kAuthentication
                                                            : MongoFailure::Origin::kClient;
    case MONGOC_ERROR_PROTOCOL:
      return MongoFailure::Origin::kNetwork;
    default:
      return MongoFailure::Origin::kClient;
  }
}

Status status_of_error(const bson_error_t& error, DocumentView reply) {
  MongoFailure failure{
      .origin = origin_of(error), .code = 0, .message = log::redact(error.message), .labels = {}};
  if (failure.origin == MongoFailure::Origin::kServer) failure.code = static_cast<int>(error.code);
  const Value labels = reply["errorLabels"];
  if (labels.is_array()) {
    for (const Element& label : labels.as_document()) {
      if (label.value.is_string()) failure.labels.emplace_back(label.value.as_string());
    }
  }
  return status_of(failure);
}

Status uri_status(const bson_error_t& error) {
  return Status(Code::kInvalidArgument, "connection string cannot be used")
      .with("problem", log::redact(error.message));
}

struct UriDeleter {
  void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
};
using UriPointer = std::unique_ptr<mongoc_uri_t, UriDeleter>;

void set_timeout(mongoc_uri_t* uri, const char* option, std::chrono::milliseconds timeout) {
  if (mongoc_uri_has_option(uri, option)) return;
  mongoc_uri_set_option_as_int32(uri, option, static_cast<int32_t>(timeout.count()));
}

Status set_read_preference(mongoc_uri_t* uri, const std::string& mode) {
  constexpr std::pair<std::string_view, mongoc_read_mode_t> kModes[] = {
      {"primary", MONGOC_READ_PRIMARY},     {"primaryPreferred", MONGOC_READ_PRIMARY_PREFERRED},
      {"secondary", MONGOC_READ_SECONDARY}, {"secondaryPreferred", MONGOC_READ_SECONDARY_PREFERRED},
      {"nearest", MONGOC_READ_NEAREST},
  };
  for (const auto& [name, value] : kModes) {
    if (name != mode) continue;
    mongoc_read_prefs_t* const prefs = mongoc_read_prefs_new(value);
    mongoc_uri_set_read_prefs_t(uri, prefs);
    mongoc_read_prefs_destroy(prefs);
    return Status::ok();
  }
  return Status(Code::kInvalidArgument, "read preference is not known")
      .with("read_preference", mode)
      .with_hint("one of primary, primaryPreferred, secondary, secondaryPreferred, nearest");
}

}  // namespace

void MongoReply::Free::operator()(uint8_t* bytes) const {
  bson_free(bytes);
}

namespace {

/// Closes pools behind the back of those who leave them: the library's monitors look up only twice
/// a second.
///
/// Threads: any. The static one waits at the end of the process, before the library's own end.
class PoolCloser {
 public:
  static PoolCloser& instance() {
    static PoolCloser closer;
    return closer;
  }

  void close(mongoc_client_pool_t* pool) {
    {
      std::scoped_lock lock(mutex_);
      ++open_;
    }
    std::thread([this, pool] {
      mongoc_client_pool_destroy(pool);
      std::scoped_lock lock(mutex_);
      --open_;
      all_closed_.notify_all();  // Under the lock: who waits may end this object at once.
    }).detach();
  }

  PoolCloser(const PoolCloser&) = delete;
  PoolCloser& operator=(const PoolCloser&) = delete;

 private:
  PoolCloser() = default;
  ~PoolCloser() {
    std::unique_lock lock(mutex_);
    all_closed_.wait(lock, [this] { return open_ == 0; });
  }

  std::mutex mutex_;
  std::condition_variable all_closed_;
  int open_ = 0;  // Guarded by mutex_.
};

}  // namespace

struct MongoPool {
  mongoc_client_pool_t* pool = nullptr;
  MongoPool() = default;
  MongoPool(const MongoPool&) = delete;
  MongoPool& operator=(const MongoPool&) = delete;
  ~MongoPool() {
    if (pool != nullptr) PoolCloser::instance().close(pool);
  }
};

struct MongoClient::Impl {
  std::shared_ptr<MongoPool> pool;
  mongoc_client_t* client = nullptr;
  mongoc_client_session_t* session = nullptr;

  ~Impl() {
    if (session != nullptr) mongoc_client_session_destroy(session);
    if (client != nullptr) mongoc_client_pool_push(pool->pool, client);
  }
};

MongoClient::MongoClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MongoClient::MongoClient(MongoClient&&) noexcept = default;
MongoClient& MongoClient::operator=(MongoClient&&) noexcept = default;
MongoClient::~MongoClient() = default;

Result<uint32_t> MongoClient::select_server() {
  bson_error_t error;
  const mongoc_read_prefs_t* const prefs = mongoc_client_get_read_prefs(impl_->client);
  mongoc_server_description_t* const server =
      mongoc_client_select_server(impl_->client, false, prefs, &error);
  if (server == nullptr) return status_of_error(error, DocumentView());
  const uint32_t id = mongoc_server_description_id(server);
  mongoc_server_description_destroy(server);
  return id;
}

Result<MongoReply> MongoClient::run(std::string_view db, DocumentView command,
                                    MongoCommandOptions options) {
  bson_error_t error{};
  if (options.in_session && impl_->session == nullptr) {
    mongoc_session_opt_t* const session_options = mongoc_session_opts_new();
    mongoc_session_opts_set_causal_consistency(session_options, false);
    impl_->session = mongoc_client_start_session(impl_->client, session_options, &error);
    mongoc_session_opts_destroy(session_options);
    if (impl_->session == nullptr) return status_of_error(error, DocumentView());
  }
  bson_t opts = BSON_INITIALIZER;
  if (options.server_id != 0)
    BSON_APPEND_INT32(&opts, "serverId", static_cast<int32_t>(options.server_id));
  bool prepared = true;
  if (options.in_session) prepared = mongoc_client_session_append(impl_->session, &opts, &error);

  const bson_t command_bson = as_bson(command);
  const mongoc_read_prefs_t* const prefs =
      options.server_id != 0 ? mongoc_client_get_read_prefs(impl_->client) : nullptr;
  bson_t reply = BSON_INITIALIZER;
  bool done = false;
  if (prepared) {
    bson_destroy(&reply);
    done = mongoc_client_command_with_opts(impl_->client, std::string(db).c_str(), &command_bson,
                                           prefs, &opts, &reply, &error);
  }
  bson_destroy(&opts);
  MongoReply out;
  uint32_t size = 0;
  out.bytes_.reset(bson_destroy_with_steal(&reply, true, &size));
  if (!done) return status_of_error(error, out.view());
  return out;
}

void MongoClient::end_session() {
  if (impl_->session != nullptr) mongoc_client_session_destroy(impl_->session);
  impl_->session = nullptr;
}

MongoConnection::MongoConnection(MongoConnectionOptions options, SecretReader reader)
    : options_(std::move(options)), reader_(std::move(reader)) {}
MongoConnection::~MongoConnection() = default;

Result<std::unique_ptr<MongoConnection>> MongoConnection::open(MongoConnectionOptions options,
                                                               SecretReader reader) {
  start_library();
  std::unique_ptr<MongoConnection> connection(
      new MongoConnection(std::move(options), std::move(reader)));
  INLET_RETURN_IF_ERROR(connection->reload_secrets());
  return connection;
}

Status MongoConnection::reload_secrets() {
  INLET_ASSIGN_OR_RETURN(ConnectionString uri, resolve_connection_string(options_.uri, reader_));
  if (options_.adjust) INLET_RETURN_IF_ERROR(options_.adjust(uri));
  std::scoped_lock lock(mutex_);
  if (pool_ != nullptr && uri.to_uri() == uri_.to_uri()) return Status::ok();
  if (pool_ != nullptr)
    log::info("secrets of the connection have changed", {{"uri", uri.redacted()}});
  INLET_ASSIGN_OR_RETURN(pool_, make_pool(uri));
  uri_ = std::move(uri);
  return Status::ok();
}

Result<std::shared_ptr<MongoPool>> MongoConnection::make_pool(const ConnectionString& uri) const {
  bson_error_t error;
  const UriPointer parsed(mongoc_uri_new_with_error(uri.to_uri().c_str(), &error));
  if (parsed == nullptr) return uri_status(error).with("uri", uri.redacted());
  set_timeout(parsed.get(), MONGOC_URI_CONNECTTIMEOUTMS, options_.connect_timeout);
  set_timeout(parsed.get(), MONGOC_URI_SOCKETTIMEOUTMS, options_.socket_timeout);
  set_timeout(parsed.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS, options_.server_selection_timeout);
  if (mongoc_uri_get_appname(parsed.get()) == nullptr) {
    mongoc_uri_set_appname(parsed.get(), options_.app_name.c_str());
  }
  if (!options_.read_preference.empty()) {
    INLET_RETURN_IF_ERROR(set_read_preference(parsed.get(), options_.read_preference));
  }
  auto pool = std::make_shared<MongoPool>();
  pool->pool = mongoc_client_pool_new_with_error(parsed.get(), &error);
  if (pool->pool == nullptr) return uri_status(error).with("uri", uri.redacted());
  mongoc_client_pool_set_error_api(pool->pool, MONGOC_ERROR_API_VERSION_2);
  mongoc_client_pool_max_size(pool->pool, static_cast<uint32_t>(options_.clients_max));
  return pool;
}

MongoClient MongoConnection::acquire() {
  auto impl = std::make_unique<MongoClient::Impl>();
  {
    std::scoped_lock lock(mutex_);
    impl->pool = pool_;
  }
  impl->client = mongoc_client_pool_pop(impl->pool->pool);
  return MongoClient(std::move(impl));
}

std::string MongoConnection::redacted() const {
  std::scoped_lock lock(mutex_);
  return uri_.redacted();
}

std::string MongoConnection::hosts() const {
  std::scoped_lock lock(mutex_);
  return uri_.hosts;
}

std::string MongoConnection::database() const {
  std::scoped_lock lock(mutex_);
  return uri_.database;
}

}  // namespace inlet
