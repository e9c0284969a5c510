#pragma once

#include <string>

#include "source/mongo/deployment.h"
#include "source/mongo/mongo_source_options.h"
#include "source/mongo/namespace_filter.h"
#include "source/mongo/source_plan.h"

namespace inlet {

/// One change stream among those that share the events of a scope.
struct StreamShare {
  int index = 0;
  int count = 1;
  StreamSplit split = StreamSplit::kNone;
};

/// The command that opens a change stream, and the database it is sent to.
///
/// The pipeline is: $changeStream, the scope's $match, the share's $match, the user's stages and,
/// where the server has it, $changeStreamSplitLargeEvent. It depends on options and plan alone: a
/// token is only good for the pipeline that made it.
struct ChangeStreamCommand {
  std::string db;
  Document command;
};
ChangeStreamCommand change_stream_command(const MongoSourceOptions& options,
                                          const NamespaceFilter& filter,
                                          const Deployment& deployment, const StreamShare& share,
                                          const StreamPosition& position);

}  // namespace inlet
