#include "connection/mongo/mongo_cursor.h"

#include <utility>

#include "bson/builder.h"

namespace inlet {

Result<MongoCursor> MongoCursor::open(MongoClient& client, std::string db, DocumentView command) {
  INLET_ASSIGN_OR_RETURN(const uint32_t server_id, client.select_server());
  MongoCursor cursor(client, std::move(db), server_id);
  Result<MongoReply> reply =
      client.run(cursor.db_, command, {.server_id = server_id, .in_session = true});
  if (!reply.is_ok()) {
    client.end_session();
    return reply.status();
  }
  const Value described = reply->view()["cursor"];
  if (!described.is_document())
    return Status(Code::kUnavailable, "reply of MongoDB holds no cursor");
  cursor.id_ = described.as_document()["id"].as_integer_if().value_or(0);
  const std::string_view ns = described.as_document()["ns"].as_string_if().value_or("");
  const size_t dot = ns.find('.');
  // Cursors over a whole cluster live in `admin`, whatever database the command named.
  if (dot != std::string_view::npos) {
    cursor.db_ = ns.substr(0, dot);
    cursor.collection_ = ns.substr(dot + 1);
  }
  cursor.first_ = *std::move(reply);
  return cursor;
}

MongoCursor::MongoCursor(MongoCursor&& other) noexcept
    : client_(std::exchange(other.client_, nullptr)),
      db_(std::move(other.db_)),
      collection_(std::move(other.collection_)),
      server_id_(other.server_id_),
      id_(std::exchange(other.id_, 0)),
      first_(std::exchange(other.first_, std::nullopt)) {}

MongoCursor& MongoCursor::operator=(MongoCursor&& other) noexcept {
  if (this == &other) return *this;
  close();
  client_ = std::exchange(other.client_, nullptr);
  db_ = std::move(other.db_);
  collection_ = std::move(other.collection_);
  server_id_ = other.server_id_;
  id_ = std::exchange(other.id_, 0);
  first_ = std::exchange(other.first_, std::nullopt);
  return *this;
}

MongoCursor::~MongoCursor() {
  close();
}

void MongoCursor::close() {
  if (id_ == 0 || client_ == nullptr) return;
  DocumentBuilder command;
  command.append_string("killCursors", collection_);
  command.open_array("cursors").append_int64("0", id_).close();
  // Best effort: a cursor that stays behind is closed by the server after ten minutes.
  const auto ignored =
      client_->run(db_, command.finish(), {.server_id = server_id_, .in_session = true});
  id_ = 0;
}

Result<MongoPage> MongoCursor::next(MongoPageOptions options) {
  INLET_ASSERT(has_more());
  if (first_.has_value()) return take_page(*std::exchange(first_, std::nullopt));
  DocumentBuilder command;
  command.append_int64("getMore", id_).append_string("collection", collection_);
  if (options.batch_size > 0) command.append_int32("batchSize", options.batch_size);
  if (options.await_time.count() > 0) command.append_int64("maxTimeMS", options.await_time.count());
  Result<MongoReply> reply =
      client_->run(db_, command.finish(), {.server_id = server_id_, .in_session = true});
  if (!reply.is_ok()) {
    id_ = 0;  // Dead, or on a connection that is gone.
    client_->end_session();
    return reply.status();
  }
  return take_page(*std::move(reply));
}

Result<MongoPage> MongoCursor::take_page(MongoReply reply) {
  MongoPage page;
  page.reply = std::make_shared<const MongoReply>(std::move(reply));
  const DocumentView view = page.reply->view();
  const Value described = view["cursor"];
  if (!described.is_document())
    return Status(Code::kUnavailable, "reply of MongoDB holds no cursor");
  for (const Element& element : described.as_document()) {
    if (element.name == "id") {
      id_ = element.value.as_integer_if().value_or(0);
    } else if ((element.name == "firstBatch" || element.name == "nextBatch") &&
               element.value.is_array()) {
      page.documents = element.value.as_document();
    } else if (element.name == "postBatchResumeToken" && element.value.is_document()) {
      page.post_batch_resume_token = element.value.as_document();
    }
  }
  const Value time = view["operationTime"];
  if (time.type() == BsonType::kTimestamp) page.operation_time = time.as_timestamp();
  return page;
}

}  // namespace inlet
