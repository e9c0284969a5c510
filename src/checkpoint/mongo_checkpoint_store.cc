// The collection holds, for each processor:
//
//   {_id: NAME, fence, holder: {host, pid, nonce, since}, expiresAt, serial,
//    checkpoints: [{epoch, fence, serial, bytes, chunks, storedAt}, …]}     the last two, newest
//    last
//   {_id: {processor: NAME, fence, serial, n}, data}                        bytes of a checkpoint
//
// A store writes the chunks first, under a serial number that no attempt before had, and then lists
// them by one update on the condition that fence and nonce are still ours and that no later serial
// came before. So a request that was thought lost and runs late changes nothing, and neither does a
// holder that was replaced. Chunks that nobody lists are removed after the next success; only those
// with a serial up to its own, so that this too may run late.

#include "checkpoint/mongo_checkpoint_store.h"

#include <algorithm>

#include "base/log.h"
#include "bson/json_parser.h"
#include "connection/mongo/mongo_failure.h"

namespace inlet {
namespace {

constexpr size_t kChunkBytes = 8 << 20;  // Half of what a document may hold.
constexpr int kKept = 2;
constexpr int kDuplicateKey = 11000;
/// How long a majority may take to confirm; past it the request is repeated.
constexpr int kMajorityTimeoutMs = 10'000;

std::chrono::milliseconds socket_timeout(std::chrono::milliseconds lease_life) {
  return std::max<std::chrono::milliseconds>(lease_life, std::chrono::seconds(10));
}

void append_majority(DocumentBuilder& out) {
  out.open_document("writeConcern")
      .append_string("w", "majority")
      .append_int32("wtimeout", kMajorityTimeoutMs)
      .close();
}

struct ChunkId {
  std::string_view processor;
  int64_t fence;
  int64_t serial;
  int32_t n;

  void append(DocumentBuilder& out, std::string_view name) const {
    out.open_document(name).append_string("processor", processor).append_int64("fence", fence);
    out.append_int64("serial", serial).append_int32("n", n).close();
  }
};

/// An entry of `checkpoints`, or nothing for one that is damaged.
struct Entry {
  int64_t fence = 0;
  int64_t serial = 0;
  int64_t bytes = 0;
  int64_t chunks = 0;

  static std::optional<Entry> of(DocumentView entry) {
    const auto fence = entry["fence"].as_integer_if();
    const auto serial = entry["serial"].as_integer_if();
    const auto bytes = entry["bytes"].as_integer_if();
    const auto chunks = entry["chunks"].as_integer_if();
    if (!fence || !serial || !bytes || !chunks) return std::nullopt;
    return Entry{*fence, *serial, *bytes, *chunks};
  }
};

std::vector<DocumentView> entries_of(DocumentView state) {
  std::vector<DocumentView> out;
  const Value listed = state["checkpoints"];
  if (!listed.is_array()) return out;
  for (const Element& element : listed.as_document()) {
    if (element.value.is_document()) out.push_back(element.value.as_document());
  }
  return out;
}

std::string holder_text(DocumentView state) {
  const Value holder = state["holder"];
  if (!holder.is_document()) return "unknown";
  const DocumentView fields = holder.as_document();
  const Value since = fields["since"];
  return describe_holder(fields["host"].as_string_if().value_or("unknown"),
                         fields["pid"].as_integer_if().value_or(0),
                         since.type() == BsonType::kDate ? since.as_date_ms() : 0);
}

Status damaged(std::string_view what) {
  return Status(Code::kCorruption, "the checkpoint is damaged")
      .with("what", what)
      .with_hint(
          "restore the collection from a backup, or start over with a new --name and an empty lake "
          "folder");
}

Status status_of_error(DocumentView error) {
  return status_of({.origin = MongoFailure::Origin::kServer,
                    .code = static_cast<int>(error["code"].as_integer_if().value_or(0)),
                    .message = std::string(error["errmsg"].as_string_if().value_or("")),
                    .labels = {}});
}

/// What the reply to a command that "succeeded" tells of writes that did not.
Status write_status(DocumentView reply) {
  const Value errors = reply["writeErrors"];
  if (errors.is_array()) {
    for (const Element& error : errors.as_document()) {
      if (error.value.is_document()) return status_of_error(error.value.as_document());
    }
  }
  const Value concern = reply["writeConcernError"];
  return concern.is_document() ? status_of_error(concern.as_document()) : Status::ok();
}

/// Appends a name and what the shell's text means: the fixed parts of the updates, as one reads
/// them.
void append_shell(DocumentBuilder& out, std::string_view name, std::string_view text) {
  JsonParser parser;
  const Result<Value> value = parser.parse_value(text);
  INLET_ASSERT(value.is_ok());
  out.append(name, *value);
}

}  // namespace

Result<std::unique_ptr<MongoCheckpointStore>> MongoCheckpointStore::open(
    const std::string& url, const std::string& processor, Clock& clock,
    const SecretReader& reader) {
  INLET_ASSIGN_OR_RETURN(MongoStateUrl place, parse_mongo_state_url(url, reader));
  MongoConnectionOptions options;
  options.uri = url;
  options.socket_timeout = socket_timeout(place.lease_life);
  options.adjust = [](ConnectionString& uri) { return take_mongo_state(uri).status(); };
  INLET_ASSIGN_OR_RETURN(std::unique_ptr<MongoConnection> connection,
                         MongoConnection::open(std::move(options), reader));
  return std::unique_ptr<MongoCheckpointStore>(
      new MongoCheckpointStore(std::move(place), processor, std::move(connection), clock));
}

MongoCheckpointStore::MongoCheckpointStore(MongoStateUrl place, std::string processor,
                                           std::unique_ptr<MongoConnection> connection,
                                           Clock& clock)
    : place_(std::move(place)),
      processor_(std::move(processor)),
      holder_(LeaseHolder::this_process()),
      connection_(std::move(connection)),
      lease_(description(), place_.lease_life, clock) {}

std::string MongoCheckpointStore::description() const {
  return "mongodb://" + place_.hosts + "/" + place_.full_name();
}

Result<MongoReply> MongoCheckpointStore::run(DocumentView command) {
  const auto once = [&]() -> Result<MongoReply> {
    MongoClient client = connection_->acquire();
    INLET_ASSIGN_OR_RETURN(MongoReply reply, client.run(place_.db, command));
    INLET_RETURN_IF_ERROR(write_status(reply.view()));
    return reply;
  };
  Result<MongoReply> reply = once();
  const Status failure = reply.status();
  if (failure.code() == Code::kPermissionDenied &&
      server_code_of(failure) != server_code::kUnauthorized) {
    INLET_RETURN_IF_ERROR(connection_->reload_secrets());  // The password may have been rotated.
    reply = once();
  }
  if (!reply.is_ok()) return explained(std::move(reply).error());
  return reply;
}

Status MongoCheckpointStore::explained(Status failure) const {
  if (server_code_of(failure) != server_code::kUnauthorized)
    return std::move(failure).with("state", description());
  Status out(Code::kPermissionDenied, "this MongoDB user may not keep the state");
  for (const Status::Field& field : failure.fields())
    out = std::move(out).with(field.name, field.value);
  return std::move(out)
      .with("state", description())
      .with_hint(
          "as an administrator: db.getSiblingDB(\"admin\").grantRolesToUser(USER, [{role: "
          "\"readWrite\", db: \"" +
          place_.db + "\"}])");
}

Result<Document> MongoCheckpointStore::find_and_modify(DocumentBuilder& command) {
  command.append_bool("new", true);
  append_shell(command, "fields",
               "{fence: 1, holder: 1, serial: 1, checkpoints: 1, "
               "leftMs: {$subtract: ['$expiresAt', '$$NOW']}}");
  append_majority(command);
  INLET_ASSIGN_OR_RETURN(const MongoReply reply, run(command.finish()));
  const Value value = reply.view()["value"];
  return value.is_document() ? Document(value.as_document()) : Document();
}

void MongoCheckpointStore::append_own_lease(DocumentBuilder& out, uint64_t fence) const {
  out.append_string("_id", processor_).append_int64("fence", static_cast<int64_t>(fence));
  out.append_string("holder.nonce", holder_.nonce);
}

void MongoCheckpointStore::append_expiry(DocumentBuilder& out) const {
  out.open_array("$add").append_string("0", "$$NOW");
  out.append_int64("1", place_.lease_life.count()).close();
}

Result<uint64_t> MongoCheckpointStore::acquire() {
  const HeldLease::Moment requested = lease_.now();
  DocumentBuilder command;
  command.append_string("findAndModify", place_.collection).append_bool("upsert", true);
  command.open_document("query").append_string("_id", processor_).close();
  command.open_array("update");
  // A date that is missing or null comes before every date: never held, or released.
  append_shell(command, "0", "{$set: {free: {$lte: ['$expiresAt', '$$NOW']}}}");
  command.open_document("1").open_document("$set");
  append_shell(command, "fence",
               "{$cond: ['$free', {$add: [{$ifNull: ['$fence', NumberLong(0)]}, NumberLong(1)]}, "
               "'$fence']}");
  append_shell(command, "serial", "{$cond: ['$free', NumberLong(0), '$serial']}");
  append_shell(command, "checkpoints", "{$ifNull: ['$checkpoints', []]}");
  command.open_document("holder").open_array("$cond").append_string("0", "$free");
  command.open_document("1");
  command.open_document("host").append_string("$literal", holder_.host).close();
  command.append_int64("pid", holder_.pid).append_string("nonce", holder_.nonce);
  command.append_string("since", "$$NOW").close();
  command.append_string("2", "$holder").close().close();
  command.close().close();
  // A lease that an answer lost on its way has given us already is ours, under the same fence.
  command.open_document("2").open_document("$set").open_document("expiresAt").open_array("$cond");
  command.open_document("0").open_array("$eq").append_string("0", "$holder.nonce");
  command.append_string("1", holder_.nonce).close().close();
  command.open_document("1");
  append_expiry(command);
  command.close().append_string("2", "$expiresAt").close().close().close().close();
  append_shell(command, "3", "{$unset: 'free'}");
  command.close();
  Result<Document> state = find_and_modify(command);
  if (!state.is_ok() && server_code_of(state.status()) == kDuplicateKey) {
    // Two processes made the document at once; the other one was first.
    return Status(Code::kUnavailable, "another process takes the lease at this moment")
        .with("state", description());
  }
  if (!state.is_ok()) return state.status();
  return granted(*state, requested);
}

Result<uint64_t> MongoCheckpointStore::granted(DocumentView state, HeldLease::Moment requested) {
  const std::optional<int64_t> fence = state["fence"].as_integer_if();
  if (!fence || *fence <= 0) return damaged("fence").with("state", description());
  if (state.at_path("holder.nonce").as_string_if() != holder_.nonce) {
    const int64_t left_ms = state["leftMs"].as_integer_if().value_or(0);
    return already_running(description(), holder_text(state))
        .with("lease_ends_in", std::to_string((left_ms + 999) / 1000) + "s");
  }
  const auto own = static_cast<uint64_t>(*fence);
  {
    std::scoped_lock lock(mutex_);
    fence_ = own;
    serial_ = static_cast<uint64_t>(state["serial"].as_integer_if().value_or(0));
  }
  lease_.begin(requested, [this, own] { return renew(own).status(); });
  return own;
}

Result<Document> MongoCheckpointStore::renew(uint64_t fence) {
  DocumentBuilder command;
  command.append_string("findAndModify", place_.collection).open_document("query");
  append_own_lease(command, fence);
  command.close().open_array("update").open_document("0").open_document("$set");
  command.open_document("expiresAt");
  append_expiry(command);
  command.close().close().close().close();
  INLET_ASSIGN_OR_RETURN(Document state, find_and_modify(command));
  if (state.is_empty()) return lose();
  return state;
}

Result<uint64_t> MongoCheckpointStore::held_fence() {
  std::scoped_lock lock(mutex_);
  if (fence_ != 0) return fence_;
  return Status(Code::kCancelled, "the lease is not held").with("state", description());
}

Status MongoCheckpointStore::lose() {
  DocumentBuilder command;
  command.append_string("find", place_.collection).append_int32("limit", 1);
  command.append_bool("singleBatch", true);
  command.open_document("filter").append_string("_id", processor_).close();
  const Result<MongoReply> reply = run(command.finish());
  std::string holder = "unknown";
  if (reply.is_ok()) {
    const Value first = reply->view().at_path("cursor.firstBatch");
    const Value state = first.is_array() ? first.as_document()["0"] : Value();
    if (state.is_document()) holder = holder_text(state.as_document());
  }
  Status lost = lease_lost(description(), holder);
  lease_.lose(lost);
  return lost;
}

Result<std::optional<Checkpoint>> MongoCheckpointStore::load() {
  INLET_ASSIGN_OR_RETURN(const uint64_t fence, held_fence());
  // The state is read by a write: what it shows is on a majority, and it shows all that was there
  // before.
  const HeldLease::Moment requested = lease_.now();
  INLET_ASSIGN_OR_RETURN(const Document state, renew(fence));
  lease_.renewed(requested);
  const std::vector<DocumentView> entries = entries_of(state);
  if (entries.empty()) return std::optional<Checkpoint>();
  Result<std::string> bytes = read_chunks(entries.back());
  if (!bytes.is_ok()) return std::move(bytes).error();
  Result<Checkpoint> checkpoint = decode_checkpoint(*bytes);
  if (!checkpoint.is_ok()) return std::move(checkpoint).error().with("state", description());
  return std::optional(*std::move(checkpoint));
}

Result<std::string> MongoCheckpointStore::read_chunks(DocumentView entry) {
  const std::optional<Entry> listed = Entry::of(entry);
  if (!listed) return damaged("entry").with("state", description());
  std::string out;
  for (int32_t n = 0; n < listed->chunks; ++n) {
    DocumentBuilder command;
    command.append_string("find", place_.collection).append_int32("limit", 1);
    command.append_bool("singleBatch", true).open_document("filter");
    ChunkId{processor_, listed->fence, listed->serial, n}.append(command, "_id");
    command.close();
    INLET_ASSIGN_OR_RETURN(const MongoReply reply, run(command.finish()));
    const Value batch = reply.view().at_path("cursor.firstBatch");
    const Value chunk = batch.is_array() ? batch.as_document()["0"] : Value();
    const Value data = chunk.is_document() ? chunk.as_document()["data"] : Value();
    constexpr size_t kBinaryHeader = 5;  // Length and subtype.
    if (data.type() != BsonType::kBinary)
      return damaged("chunk").with("chunk", n).with("state", description());
    out += data.raw().substr(kBinaryHeader);
  }
  if (out.size() != static_cast<uint64_t>(listed->bytes))
    return damaged("length").with("state", description());
  return out;
}

Status MongoCheckpointStore::insert_chunks(uint64_t fence, uint64_t serial,
                                           std::string_view bytes) {
  for (int32_t n = 0; !bytes.empty(); ++n) {
    const std::string_view chunk = bytes.substr(0, kChunkBytes);
    bytes.remove_prefix(chunk.size());
    DocumentBuilder command;
    command.append_string("insert", place_.collection).open_array("documents").open_document("0");
    ChunkId{processor_, static_cast<int64_t>(fence), static_cast<int64_t>(serial), n}.append(
        command, "_id");
    command.append_binary("data", chunk).close().close();
    append_majority(command);
    INLET_RETURN_IF_ERROR(run(command.finish()).status());
  }
  return Status::ok();
}

Status MongoCheckpointStore::store(const Checkpoint& checkpoint) {
  INLET_ASSIGN_OR_RETURN(const uint64_t fence, held_fence());
  uint64_t serial = 0;
  {
    std::scoped_lock lock(mutex_);
    serial = ++serial_;
  }
  const std::string bytes = encode_checkpoint(checkpoint);
  INLET_RETURN_IF_ERROR(insert_chunks(fence, serial, bytes));

  const HeldLease::Moment requested = lease_.now();
  DocumentBuilder command;
  command.append_string("findAndModify", place_.collection).open_document("query");
  append_own_lease(command, fence);
  command.open_document("serial").append_int64("$lt", static_cast<int64_t>(serial)).close().close();
  command.open_array("update").open_document("0").open_document("$set");
  command.append_int64("serial", static_cast<int64_t>(serial)).open_document("expiresAt");
  append_expiry(command);
  command.close();
  command.open_document("checkpoints").open_array("$slice").open_document("0");
  command.open_array("$concatArrays").open_document("0").open_document("$filter");
  command.append_string("input", "$checkpoints").open_document("cond").open_array("$lt");
  command.append_string("0", "$$this.epoch");
  command.append_int64("1", static_cast<int64_t>(checkpoint.epoch)).close().close().close().close();
  command.open_array("1").open_document("0");
  command.append_int64("epoch", static_cast<int64_t>(checkpoint.epoch));
  command.append_int64("fence", static_cast<int64_t>(fence));
  command.append_int64("serial", static_cast<int64_t>(serial));
  command.append_int64("bytes", static_cast<int64_t>(bytes.size()));
  command.append_int64("chunks",
                       static_cast<int64_t>((bytes.size() + kChunkBytes - 1) / kChunkBytes));
  command.append_string("storedAt", "$$NOW").close().close();
  command.close().close().append_int32("1", -kKept).close().close();
  command.close().close().close();
  INLET_ASSIGN_OR_RETURN(const Document state, find_and_modify(command));
  if (state.is_empty()) return lose();
  lease_.renewed(requested);
  if (const Status swept = sweep(state, fence, serial); !swept.is_ok())
    log::write_status(log::Level::kDebug, "old checkpoints could not be removed yet", swept);
  return Status::ok();
}

Status MongoCheckpointStore::sweep(DocumentView state, uint64_t fence, uint64_t serial) {
  DocumentBuilder command;
  command.append_string("delete", place_.collection).open_array("deletes").open_document("0");
  command.open_document("q").open_document("_id");
  command.open_document("$gte").append_string("processor", processor_);
  command.append_min_key("fence").close();
  command.open_document("$lte").append_string("processor", processor_);
  command.append_int64("fence", static_cast<int64_t>(fence));
  command.append_int64("serial", static_cast<int64_t>(serial)).append_max_key("n").close();
  command.open_array("$nin");
  ArrayIndex index;
  for (const DocumentView entry : entries_of(state)) {
    const std::optional<Entry> listed = Entry::of(entry);
    if (!listed) return damaged("entry");  // Then nothing is removed.
    for (int32_t n = 0; n < listed->chunks; ++n)
      ChunkId{processor_, listed->fence, listed->serial, n}.append(command, index.next());
  }
  command.close().close().close().append_int32("limit", 0).close().close();
  return run(command.finish()).status();
}

Status MongoCheckpointStore::release() {
  uint64_t fence = 0;
  {
    std::scoped_lock lock(mutex_);
    std::swap(fence, fence_);
  }
  lease_.end();
  if (fence == 0) return Status::ok();
  DocumentBuilder command;
  command.append_string("findAndModify", place_.collection).open_document("query");
  append_own_lease(command, fence);
  command.close();
  append_shell(command, "update", "[{$set: {expiresAt: null}}]");
  return find_and_modify(command).status();
}

}  // namespace inlet
