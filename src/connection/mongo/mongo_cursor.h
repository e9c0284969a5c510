#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "bson/document.h"
#include "connection/mongo/mongo_client.h"

namespace inlet {

/// What one reply of a cursor brought. The views live as long as the reply.
struct MongoPage {
  std::shared_ptr<const MongoReply> reply;
  DocumentView documents;                ///< An array.
  DocumentView post_batch_resume_token;  ///< Of a change stream; else empty.
  uint64_t operation_time = 0;           ///< BSON timestamp; 0 where the server gives none.
};

struct MongoPageOptions {
  int32_t batch_size = 0;                   ///< 0: as many as fit into 16 MB.
  std::chrono::milliseconds await_time{0};  ///< How long a tailing cursor waits for news.
};

/// A cursor taken page by page: one reply, one piece of memory, however many documents.
///
/// The client library's own cursor hands over one document at a time and hides the reply's tokens.
/// Threads: one, the client's.
class MongoCursor {
 public:
  /// Runs `command` (find, aggregate, listCollections, …), which must ask for a cursor. The client
  /// must outlive the cursor, and serve no other cursor of its own session meanwhile.
  static Result<MongoCursor> open(MongoClient& client, std::string db, DocumentView command);
  MongoCursor(MongoCursor&& other) noexcept;
  MongoCursor& operator=(MongoCursor&& other) noexcept;
  /// Tells the server to forget the cursor, where that needs no waiting for a broken connection.
  ~MongoCursor();

  /// The next page, the command's own reply first. Call only while `has_more`.
  Result<MongoPage> next(MongoPageOptions options = {});
  /// False when the server has closed the cursor: everything has been handed over.
  bool has_more() const { return first_.has_value() || id_ != 0; }

 private:
  MongoCursor(MongoClient& client, std::string db, uint32_t server_id)
      : client_(&client), db_(std::move(db)), server_id_(server_id) {}
  Result<MongoPage> take_page(MongoReply reply);
  void close();

  MongoClient* client_;
  std::string db_;
  std::string collection_;
  uint32_t server_id_;
  int64_t id_ = 0;
  std::optional<MongoReply> first_;
};

}  // namespace inlet
