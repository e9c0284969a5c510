#pragma once

#include "base/clock.h"
#include "source/mongo/deployment.h"
#include "source/mongo/mongo_source_options.h"
#include "source/mongo/namespace_filter.h"
#include "source/mongo/source_plan.h"

namespace inlet {

struct PlanRequest {
  const MongoSourceOptions& options;
  const NamespaceFilter& filter;
  const Deployment& deployment;
  bool copy = false;
  uint64_t seed = 0;  ///< Of the run's id.
};

/// Decides what a new run will read: the start point (the deployment's operation time, so describe
/// it just before), the collections, and how many change streams share the events.
/// Errors: kNotFound for a copy without changes whose scope names what is not there.
Result<SourcePlan> make_plan(MongoClient& client, const PlanRequest& request);

/// The position at which a change stream of the plan starts when none is restored.
StreamPosition first_stream_position(const MongoSourceOptions& options, const SourcePlan& plan);

}  // namespace inlet
