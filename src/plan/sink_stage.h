#pragma once

#include "base/result.h"
#include "bson/document.h"
#include "plan/plan.h"
#include "plan/source_stage.h"

namespace inlet {

/// What an `$emit` stage gives to a plan.
struct ParsedSink {
  std::function<Result<std::unique_ptr<Sink>>()> make_sink;
  EpochBounds epoch;
};

/// `{$emit: {connectionName, path, config: {…}}}` into a lake.
/// Source: docs/reference/pipeline.md.
Result<ParsedSink> parse_emit_stage(DocumentView options, const ParsedSource& source,
                                    const PlanContext& context);

/// The sink of a pipeline without one: documents on standard output.
ParsedSink parse_no_sink();

}  // namespace inlet
