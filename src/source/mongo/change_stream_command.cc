#include "source/mongo/change_stream_command.h"

#include "bson/builder.h"
#include "source/mongo/full_document_lookup.h"

namespace inlet {
namespace {

using FullDocument = MongoSourceOptions::FullDocument;
using BeforeChange = MongoSourceOptions::BeforeChange;

void append_full_document(DocumentBuilder& out, const MongoSourceOptions& options) {
  switch (options.full_document) {
    case FullDocument::kDefault:
      break;
    case FullDocument::kUpdateLookup:
      // The batched look-up is the reader's own: the server is not asked.
      if (effective_look_up(options) == MongoSourceOptions::LookUp::kServer)
        out.append_string("fullDocument", "updateLookup");
      break;
    case FullDocument::kWhenAvailable:
      out.append_string("fullDocument", "whenAvailable");
      break;
    case FullDocument::kRequired:
      out.append_string("fullDocument", "required");
      break;
  }
  if (options.full_document_before_change == BeforeChange::kWhenAvailable) {
    out.append_string("fullDocumentBeforeChange", "whenAvailable");
  } else if (options.full_document_before_change == BeforeChange::kRequired) {
    out.append_string("fullDocumentBeforeChange", "required");
  }
}

void append_position(DocumentBuilder& out, const StreamPosition& position) {
  if (position.token.is_empty()) {
    out.append_timestamp("startAtOperationTime", position.time.to_bson());
  } else {
    out.append_document(position.after_event ? "startAfter" : "resumeAfter", position.token);
  }
}

/// Events that concern one document go to the stream of their hash; all others go to the first.
void append_share(DocumentBuilder& out, std::string_view index, const StreamShare& share) {
  const bool by_key = share.split == StreamSplit::kByKey;
  out.open_document(index).open_document("$match").open_document("$expr").open_array("$eq");
  out.open_document("0").open_array("$cond");
  out.open_document("0").open_array("$eq");
  out.open_document("0")
      .append_string("$type", "$documentKey")
      .close()
      .append_string("1", "object")
      .close()
      .close();
  out.open_document("1").open_document("$abs").open_array("$mod");
  out.open_document("0")
      .append_string("$toHashedIndexKey", by_key ? "$documentKey._id" : "$ns")
      .close();
  out.append_int32("1", share.count).close().close().close();
  out.append_int32("2", 0).close().close();
  out.append_int32("1", share.index);
  out.close().close().close().close();
}

}  // namespace

ChangeStreamCommand change_stream_command(const MongoSourceOptions& options,
                                          const NamespaceFilter& filter,
                                          const Deployment& deployment, const StreamShare& share,
                                          const StreamPosition& position) {
  const std::string single = filter.single_collection();
  DocumentBuilder out;
  if (single.empty()) {
    out.append_int32("aggregate", 1);
  } else {
    out.append_string("aggregate", single);
  }
  ArrayIndex index;
  out.open_array("pipeline");
  out.open_document(index.next()).open_document("$changeStream");
  append_full_document(out, options);
  append_position(out, position);
  if (!filter.is_one_database()) out.append_bool("allChangesForCluster", true);
  if (options.show_expanded_events && deployment.has_expanded_events()) {
    out.append_bool("showExpandedEvents", true);
  }
  out.close().close();
  if (const Document match = filter.event_match(); !match.is_empty()) {
    out.open_document(index.next()).append_document("$match", match).close();
  }
  if (share.count > 1) append_share(out, index.next(), share);
  for (const Element& stage : options.pipeline.view()) {
    if (stage.value.is_document()) out.append_document(index.next(), stage.value.as_document());
  }
  if (deployment.has_split_large_events()) {
    out.open_document(index.next()).open_document("$changeStreamSplitLargeEvent").close().close();
  }
  out.close();
  out.open_document("cursor").append_int32("batchSize", 0).close();
  return {.db = filter.is_one_database() ? filter.scope().db : "admin",
          .command = out.finish_owned()};
}

}  // namespace inlet
