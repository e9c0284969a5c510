// The opponent of the change benches: libmongoc's own change stream from a given operation time to
// the cluster's present end, doing nothing with the events. Prints one line: events/s and MB/s.
//
//   raw_change_stream URI DB COLLECTION SECONDS.INCREMENT [none|lookup] [EVENTS_MAX]
//
// `lookup` asks the server for the full document of every update (fullDocument: "updateLookup").

#include <mongoc/mongoc.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

/// Seconds and increment of the server's newest operation.
bool operation_time(mongoc_client_t* client, uint64_t& time) {
  bson_t* const ping = BCON_NEW("ping", BCON_INT32(1));
  bson_t reply;
  bson_error_t error;
  const bool done = mongoc_client_command_simple(client, "admin", ping, nullptr, &reply, &error);
  bson_iter_t iter;
  if (done && bson_iter_init_find(&iter, &reply, "operationTime")) {
    uint32_t seconds = 0;
    uint32_t increment = 0;
    bson_iter_timestamp(&iter, &seconds, &increment);
    time = (uint64_t{seconds} << 32) | increment;
  }
  bson_destroy(&reply);
  bson_destroy(ping);
  return done;
}

uint64_t time_of(const bson_t* event) {
  bson_iter_t iter;
  if (!bson_iter_init_find(&iter, event, "clusterTime")) return 0;
  uint32_t seconds = 0;
  uint32_t increment = 0;
  bson_iter_timestamp(&iter, &seconds, &increment);
  return (uint64_t{seconds} << 32) | increment;
}

int follow(mongoc_client_t* client, char** argv, bool lookup, uint64_t events_max) {
  uint64_t end = 0;
  if (!operation_time(client, end)) return EXIT_FAILURE;
  char* rest = nullptr;
  const auto seconds = static_cast<uint32_t>(std::strtoul(argv[4], &rest, 10));
  const auto increment =
      static_cast<uint32_t>(*rest == '.' ? std::strtoul(rest + 1, nullptr, 10) : 1);
  bson_t pipeline = BSON_INITIALIZER;
  bson_t opts = BSON_INITIALIZER;
  BSON_APPEND_TIMESTAMP(&opts, "startAtOperationTime", seconds, increment);
  BSON_APPEND_INT32(&opts, "maxAwaitTimeMS", 200);
  if (lookup) BSON_APPEND_UTF8(&opts, "fullDocument", "updateLookup");

  const auto begin = std::chrono::steady_clock::now();
  auto last_event_at = begin;
  mongoc_collection_t* const collection = mongoc_client_get_collection(client, argv[2], argv[3]);
  mongoc_change_stream_t* const stream = mongoc_collection_watch(collection, &pipeline, &opts);
  uint64_t events = 0;
  uint64_t bytes = 0;
  const bson_t* event = nullptr;
  while (events < events_max) {
    if (!mongoc_change_stream_next(stream, &event)) break;
    ++events;
    bytes += event->len;
    if (time_of(event) >= end) break;
  }
  last_event_at = std::chrono::steady_clock::now();
  const std::chrono::duration<double> took = last_event_at - begin;
  bson_error_t error;
  const bson_t* reply = nullptr;
  const bool failed = mongoc_change_stream_error_document(stream, &error, &reply);
  if (failed) std::fprintf(stderr, "stream failed: %s\n", error.message);
  const auto count = static_cast<double>(events);
  std::printf(
      "raw_change_stream lookup=%s events=%.0f seconds=%.3f events_per_second=%.0f "
      "mb_per_second=%.1f\n",
      lookup ? "server" : "none", count, took.count(), count / took.count(),
      static_cast<double>(bytes) / 1e6 / took.count());
  mongoc_change_stream_destroy(stream);
  mongoc_collection_destroy(collection);
  bson_destroy(&opts);
  bson_destroy(&pipeline);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: raw_change_stream URI DB COLLECTION SECONDS.INCREMENT [none|lookup] "
                 "[EVENTS_MAX]\n");
    return 2;
  }
  mongoc_init();
  mongoc_client_t* const client = mongoc_client_new(argv[1]);
  if (client == nullptr) {
    std::fprintf(stderr, "not a connection string\n");
    return 2;
  }
  const bool lookup = argc > 5 && std::string_view(argv[5]) == "lookup";
  const uint64_t events_max = argc > 6 ? std::strtoull(argv[6], nullptr, 10) : UINT64_MAX;
  const int exit_code = follow(client, argv, lookup, events_max);
  mongoc_client_destroy(client);
  mongoc_cleanup();
  return exit_code;
}
