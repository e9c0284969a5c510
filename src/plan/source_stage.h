#pragma once

#include "base/result.h"
#include "bson/document.h"
#include "plan/plan.h"

namespace inlet {

/// What a `$source` stage gives to a plan.
struct ParsedSource {
  std::function<Result<std::unique_ptr<Source>>()> make_source;
  /// The part of the options that decides which records come: others may change without losing the
  /// position.
  std::string scope;
  bool copies_only = false;      ///< Ends by itself; the next run is a copy of its own.
  bool is_reshaped = false;      ///< Stages between it and the sink change its documents.
  bool is_thinned = false;       ///< Stages between it and the sink drop some of them.
  bool spans_databases = false;  ///< More than one database may come: paths need `{db}`.
  bool is_one_collection = false;
};

/// `{$source: {connectionName, db, coll, exclude, config: {…}, initialSync: {…}, …}}`.
/// Source: docs/reference/pipeline.md.
Result<ParsedSource> parse_source_stage(DocumentView options, const PlanContext& context);

}  // namespace inlet
