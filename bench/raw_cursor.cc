// The opponent of the copy benches: libmongoc's own cursor over a whole collection, doing nothing
// with the documents. Prints one line: docs/s and MB/s. Ratios against it are taken in the same
// run.
//
//   raw_cursor URI DB COLLECTION [natural|id] [BATCH_SIZE]

#include <mongoc/mongoc.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

int read_all(mongoc_client_t* client, char** argv, bool by_id, int batch_size) {
  mongoc_collection_t* const collection = mongoc_client_get_collection(client, argv[2], argv[3]);
  bson_t filter = BSON_INITIALIZER;
  bson_t opts = BSON_INITIALIZER;
  if (by_id) {
    BCON_APPEND(&opts, "sort", "{", "_id", BCON_INT32(1), "}", "hint", "{", "_id", BCON_INT32(1),
                "}");
  }
  if (batch_size > 0) BSON_APPEND_INT32(&opts, "batchSize", batch_size);

  const auto begin = std::chrono::steady_clock::now();
  mongoc_cursor_t* const cursor =
      mongoc_collection_find_with_opts(collection, &filter, &opts, nullptr);
  uint64_t documents = 0;
  uint64_t bytes = 0;
  const bson_t* document = nullptr;
  while (mongoc_cursor_next(cursor, &document)) {
    ++documents;
    bytes += document->len;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;

  bson_error_t error;
  const bool failed = mongoc_cursor_error(cursor, &error);
  if (failed) std::fprintf(stderr, "read failed: %s\n", error.message);
  const auto count = static_cast<double>(documents);
  std::printf(
      "raw_cursor order=%s documents=%.0f seconds=%.3f docs_per_second=%.0f mb_per_second=%.1f\n",
      by_id ? "id" : "natural", count, took.count(), count / took.count(),
      static_cast<double>(bytes) / 1e6 / took.count());
  mongoc_cursor_destroy(cursor);
  bson_destroy(&opts);
  bson_destroy(&filter);
  mongoc_collection_destroy(collection);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: raw_cursor URI DB COLLECTION [natural|id] [BATCH_SIZE]\n");
    return 2;
  }
  mongoc_init();
  mongoc_client_t* const client = mongoc_client_new(argv[1]);
  if (client == nullptr) {
    std::fprintf(stderr, "not a connection string\n");
    return 2;
  }
  const bool by_id = argc > 4 && std::string_view(argv[4]) == "id";
  const int exit_code = read_all(client, argv, by_id, argc > 5 ? std::atoi(argv[5]) : 0);
  mongoc_client_destroy(client);
  mongoc_cleanup();
  return exit_code;
}
