#include "source/mongo/full_document_lookup.h"

#include <algorithm>
#include <cstring>

#include "bson/builder.h"
#include "bson/compare.h"
#include "connection/mongo/mongo_failure.h"

namespace inlet {
namespace {

constexpr int kCollectionUuidMismatch = 361;
constexpr std::string_view kFieldName{"fullDocument\0", 13};

bool mentions(DocumentView stages, std::string_view text) {
  return stages.raw().find(text) != std::string_view::npos;
}

bool is_only_match(DocumentView stages) {
  const auto is_match = [](const Element& stage) {
    return stage.value.is_document() && !stage.value.as_document()["$match"].is_missing();
  };
  return std::ranges::all_of(stages, is_match);
}

size_t field_count(DocumentView key) {
  return static_cast<size_t>(std::ranges::distance(key));
}

bool id_before(DocumentView a, DocumentView b) {
  return compare_values(a["_id"], b["_id"]) < 0;
}

/// A field of a document key by its dotted name.
bool field_matches(const Element& field, DocumentView document) {
  Value value = document[field.name];
  if (value.is_missing()) value = document.at_path(field.name);
  return equal_values(field.value, value);
}

Document find_command(const FoundDocuments::Query& query) {
  const bool by_id =
      std::ranges::all_of(query.keys, [](DocumentView key) { return field_count(key) == 1; });
  DocumentBuilder out;
  ArrayIndex index;
  out.append_string("find", query.ns->collection).open_document("filter");
  if (by_id) {
    out.open_document("_id").open_array("$in");
    for (const DocumentView key : query.keys) out.append(index.next(), key["_id"]);
    out.close().close();
  } else {
    out.open_array("$or");
    for (const DocumentView key : query.keys) {
      out.open_document(index.next());
      for (const Element& field : key)
        out.open_document(field.name).append("$eq", field.value).close();
      out.close();
    }
    out.close();
  }
  out.close();
  out.append_int32("batchSize", static_cast<int32_t>(query.keys.size()) + 1);
  if (!query.uuid.empty()) out.append_binary("collectionUUID", query.uuid, 4);
  out.open_document("readConcern").append_string("level", "majority");
  out.append_timestamp("afterClusterTime", query.after.to_bson()).close();
  return out.finish_owned();
}

}  // namespace

MongoSourceOptions::LookUp effective_look_up(const MongoSourceOptions& options) {
  if (options.pipeline.is_empty()) return options.look_up;
  const bool blind =
      is_only_match(options.pipeline) && !mentions(options.pipeline, "fullDocument") &&
      !mentions(options.pipeline, "$$ROOT") && !mentions(options.pipeline, "$$CURRENT");
  return blind ? options.look_up : MongoSourceOptions::LookUp::kServer;
}

bool needs_look_up(const ChangeEvent& event) {
  return event.operation == Operation::kUpdate && !event.has_full_document &&
         !event.document_key.is_empty() && event.ns.begin != nullptr;
}

DocumentView with_full_document(const ChangeEvent& event, const DocumentView* document,
                                Arena& arena) {
  const size_t added = 1 + kFieldName.size() + (document == nullptr ? 0 : document->size());
  const size_t size = event.event.size() + added;
  const auto head = static_cast<size_t>(event.ns.begin - event.event.data());
  uint8_t* const begin = arena.allocate(size);
  uint8_t* at = begin;
  std::memcpy(at, event.event.data(), head);
  at += head;
  *at++ = static_cast<uint8_t>(document == nullptr ? BsonType::kNull : BsonType::kDocument);
  std::memcpy(at, kFieldName.data(), kFieldName.size());
  at += kFieldName.size();
  if (document != nullptr) {
    std::memcpy(at, document->data(), document->size());
    at += document->size();
  }
  std::memcpy(at, event.ns.begin, event.event.size() - head);
  const auto length = static_cast<uint32_t>(size);
  std::memcpy(begin, &length, sizeof length);
  return DocumentView(begin);
}

Status FoundDocuments::fetch(MongoClient& client, Query query) {
  pages_.clear();
  documents_.clear();
  bytes_ = 0;
  complete_ = true;
  // One key asked for often is fetched once; in order of the index the server seeks less.
  std::sort(query.keys.begin(), query.keys.end(), id_before);
  const auto same = [](DocumentView a, DocumentView b) { return a.raw() == b.raw(); };
  query.keys.erase(std::unique(query.keys.begin(), query.keys.end(), same), query.keys.end());
  Result<MongoCursor> cursor = MongoCursor::open(client, query.ns->db, find_command(query));
  if (!cursor.is_ok()) {
    // Dropped, or renamed, and perhaps another of that name came after it: its documents are gone.
    if (server_code_of(cursor.status()) == kCollectionUuidMismatch) return Status::ok();
    return cursor.status();
  }
  INLET_ASSIGN_OR_RETURN(MongoPage page, cursor->next());
  for (const Element& element : page.documents) {
    documents_.push_back(element.value.as_document());
    bytes_ += element.value.size();
  }
  complete_ = !cursor->has_more();
  pages_.push_back(std::move(page));
  std::sort(documents_.begin(), documents_.end(), id_before);
  return Status::ok();
}

const DocumentView* FoundDocuments::find(DocumentView key) const {
  auto at = std::lower_bound(documents_.begin(), documents_.end(), key, id_before);
  for (; at != documents_.end() && equal_values((*at)["_id"], key["_id"]); ++at) {
    // On a sharded cluster two shards may hold the same `_id` under different shard keys.
    if (std::ranges::all_of(key, [&](const Element& field) { return field_matches(field, *at); })) {
      return &*at;
    }
  }
  return nullptr;
}

}  // namespace inlet
