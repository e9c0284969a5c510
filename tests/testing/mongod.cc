#include "testing/mongod.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/percent_encoding.h"
#include "bson/builder.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "connection/mongo/mongo_failure.h"
#include "testing/free_port.h"

namespace inlet::testing {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kPause{20};

/// Calls `attempt` until it returns OK, says that there is no hope (kInternal), or patience ends;
/// gives the last failure.
template <class Attempt>
Status await(Attempt attempt) {
  const auto give_up_at = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    Status status = attempt();
    if (status.is_ok() || status.code() == Code::kInternal ||
        std::chrono::steady_clock::now() > give_up_at)
      return status;
    std::this_thread::sleep_for(kPause);
  }
}

bool is_passing(const Status& status) {
  return status.code() == Code::kUnavailable || status.code() == Code::kTimeout;
}

}  // namespace

std::string Mongod::binary() {
  if (const char* const named = std::getenv("INLET_MONGOD")) return named;
  const char* const path = std::getenv("PATH");
  std::string folders = path == nullptr ? "" : path;
  while (!folders.empty()) {
    const size_t end = folders.find(':');
    const std::string candidate = folders.substr(0, end) + "/mongod";
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    folders = end == std::string::npos ? "" : folders.substr(end + 1);
  }
  return {};
}

Mongod* Mongod::shared() {
  static const std::unique_ptr<Mongod> instance = [] {
    if (binary().empty()) return std::unique_ptr<Mongod>();
    Result<std::unique_ptr<Mongod>> started = start();
    if (!started.is_ok()) {
      std::fprintf(stderr, "mongod did not start: %s\n", started.error().to_string().c_str());
      std::abort();
    }
    return *std::move(started);
  }();
  return instance.get();
}

Result<std::unique_ptr<Mongod>> Mongod::start(MongodOptions options) {
  std::unique_ptr<Mongod> mongod(new Mongod());
  mongod->options_ = std::move(options);
  mongod->port_ = free_port();
  INLET_RETURN_IF_ERROR(mongod->spawn());
  INLET_RETURN_IF_ERROR(mongod->open_connection(mongod->uri()));
  INLET_RETURN_IF_ERROR(mongod->wait_until_ready());
  if (mongod->options_.replica_set) INLET_RETURN_IF_ERROR(mongod->initiate());
  INLET_RETURN_IF_ERROR(mongod->wait_until_writable());
  if (mongod->options_.authentication) {
    INLET_RETURN_IF_ERROR(
        mongod->run("admin", "{createUser: 'root', pwd: 'root-password', roles: ['root']}")
            .status());
    INLET_RETURN_IF_ERROR(mongod->open_connection(mongod->uri_as("root", "root-password")));
  }
  return mongod;
}

Status Mongod::open_connection(const std::string& uri) {
  INLET_ASSIGN_OR_RETURN(connection_,
                         MongoConnection::open({.uri = uri + "&serverSelectionTimeoutMS=500"}));
  return Status::ok();
}

Status Mongod::initiate() {
  return run("admin", "{replSetInitiate: {_id: 'rs0', members: [{_id: 0, host: '127.0.0.1:" +
                          std::to_string(port_) + "'}]}}")
      .status();
}

std::string Mongod::uri() const {
  return "mongodb://127.0.0.1:" + std::to_string(port_) + "/?directConnection=true";
}

std::string Mongod::uri_as(std::string_view user, std::string_view password) const {
  return "mongodb://" + percent_encode(user) + ":" + percent_encode(password) +
         "@127.0.0.1:" + std::to_string(port_) + "/?directConnection=true";
}

Status Mongod::spawn() {
  std::vector<std::string> arguments = {binary(),
                                        "--dbpath",
                                        process_.folder(),
                                        "--port",
                                        std::to_string(port_),
                                        "--bind_ip",
                                        "127.0.0.1",
                                        "--nounixsocket",
                                        "--wiredTigerCacheSizeGB",
                                        "0.25",
                                        "--setParameter",
                                        "diagnosticDataCollectionEnabled=false"};
  if (options_.replica_set) arguments.insert(arguments.end(), {"--replSet", "rs0"});
  if (options_.authentication) {
    const std::string key = process_.folder() + "/key";
    std::ofstream(key) << "a key that only this test knows";
    ::chmod(key.c_str(), S_IRUSR | S_IWUSR);
    arguments.insert(arguments.end(), {"--keyFile", key});
  }
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  return process_.start(std::move(arguments));
}

Status Mongod::restart() {
  process_.kill_hard();
  INLET_RETURN_IF_ERROR(spawn());
  INLET_RETURN_IF_ERROR(wait_until_ready());
  return wait_until_writable();
}

Status Mongod::wait_until_ready() {
  return await([this]() -> Status {
    if (process_.has_ended())
      return Status(Code::kInternal, "mongod ended at once").with("folder", process_.folder());
    return run("admin", "{ping: 1}").status();
  });
}

Status Mongod::wait_until_writable() {
  return await([this]() -> Status {
    INLET_ASSIGN_OR_RETURN(const Document hello, run("admin", "{hello: 1}"));
    if (!options_.replica_set || hello["isWritablePrimary"].truthy()) return Status::ok();
    return Status(Code::kUnavailable, "mongod is not primary yet");
  });
}

Result<Document> Mongod::run(std::string_view db, std::string_view command) {
  INLET_ASSIGN_OR_RETURN(const Document parsed, parse_json(command));
  Document out;
  Status failure;
  const Status patience = await([&]() -> Status {
    failure = [&]() -> Status {
      MongoClient client = connection_->acquire();
      INLET_ASSIGN_OR_RETURN(const MongoReply reply, client.run(db, parsed));
      out = Document(reply.view());
      return Status::ok();
    }();
    return is_passing(failure) ? failure : Status::ok();
  });
  if (!patience.is_ok()) return patience;
  if (!failure.is_ok()) return failure;
  return out;
}

Document Mongod::must(std::string_view db, std::string_view command) {
  Document out;
  const Status status = [&]() -> Status {
    INLET_ASSIGN_OR_RETURN(out, run(db, command));
    if (!out["writeErrors"].is_array()) return Status::ok();
    return Status(Code::kInvalidArgument, "write failed").with("reply", to_json(out));
  }();
  if (!status.is_ok()) {
    std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(command.size()), command.data(),
                 status.to_string().c_str());
    std::abort();
  }
  return out;
}

void Mongod::insert_numbers(std::string_view db, std::string_view collection, int from, int to,
                            int filling_bytes) {
  constexpr int kCommandBytes = 8 << 20;
  const int per_command = std::clamp(kCommandBytes / (filling_bytes + 100), 1, 5000);
  const std::string filling(static_cast<size_t>(filling_bytes), 'x');
  for (int begin = from; begin < to; begin += per_command) {
    DocumentBuilder command;
    command.append_string("insert", collection).open_array("documents");
    ArrayIndex index;
    for (int n = begin; n < std::min(to, begin + per_command); ++n) {
      command.open_document(index.next()).append_int32("_id", n).append_int32("n", n);
      command.append_string("filling", filling).close();
    }
    command.close();
    const Status inserted = [&]() -> Status {
      MongoClient client = connection_->acquire();
      INLET_ASSIGN_OR_RETURN(const MongoReply reply, client.run(db, command.finish()));
      INLET_ASSERT(reply.view()["writeErrors"].is_missing());
      return Status::ok();
    }();
    INLET_ASSERT(inserted.is_ok());
  }
}

}  // namespace inlet::testing
