#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "connection/mongo/mongo_client.h"
#include "source/mongo/deployment.h"
#include "source/mongo/source_plan.h"

namespace inlet {

/// Cuts the sorted `_id`s of a sample into `count` ranges of about equal weight, the first without
/// a lower and the last without an upper bound. Fewer come out when the sample has too few
/// different values.
///
/// Shape: each element of `sample` is a document `{_id: …}`, in the server's order.
std::vector<RangePosition> cut_ranges(const std::vector<Document>& sample, int count);

/// How many ranges a collection of that size deserves.
int range_count(const CollectionSize& size, uint64_t range_bytes);

/// The ranges of one collection. Looks at statistics and a small random sample; never scans.
Result<std::vector<RangePosition>> plan_ranges(MongoClient& client, const Namespace& ns,
                                               const CollectionSize& size, uint64_t range_bytes);

}  // namespace inlet
