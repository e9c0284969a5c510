// Bounds come from $sample, which the server answers with a random cursor when the sample is below
// a twentieth of the collection: it touches that many documents and no more. The server sorts the
// sample, so that bounds of any mixture of types stand in its own order; ranges are read with the
// cursor options min and max, which follow that order across types, where $gte and $lt would stop
// at the type's border.

#include "source/mongo/range_planner.h"

#include <algorithm>

#include "bson/builder.h"
#include "connection/mongo/mongo_cursor.h"

namespace inlet {
namespace {

constexpr uint64_t kRangesMax = 64;
constexpr uint64_t kSamplesPerRange = 16;
/// Above a twentieth the server would scan; half of that leaves room for stale statistics.
constexpr uint64_t kSampledFractionInverse = 40;

Result<std::vector<Document>> sample_ids(MongoClient& client, const Namespace& ns, int64_t size) {
  DocumentBuilder command;
  command.append_string("aggregate", ns.collection).open_array("pipeline");
  command.open_document("0").open_document("$sample").append_int64("size", size).close().close();
  command.open_document("1").open_document("$project").append_int32("_id", 1).close().close();
  command.open_document("2").open_document("$sort").append_int32("_id", 1).close().close();
  command.close().open_document("cursor").close();
  INLET_ASSIGN_OR_RETURN(MongoCursor cursor, MongoCursor::open(client, ns.db, command.finish()));
  std::vector<Document> sample;
  while (cursor.has_more()) {
    INLET_ASSIGN_OR_RETURN(const MongoPage page, cursor.next());
    for (const Element& element : page.documents) sample.emplace_back(element.value.as_document());
  }
  return sample;
}

}  // namespace

std::vector<RangePosition> cut_ranges(const std::vector<Document>& sample, int count) {
  std::vector<Document> bounds;
  for (int i = 1; i < count; ++i) {
    const size_t at = sample.size() * static_cast<size_t>(i) / static_cast<size_t>(count);
    if (at >= sample.size()) break;
    if (bounds.empty() || bounds.back() != sample[at]) bounds.push_back(sample[at]);
  }
  std::vector<RangePosition> ranges(bounds.size() + 1);
  for (size_t i = 0; i < ranges.size(); ++i) {
    ranges[i].index = static_cast<int>(i);
    ranges[i].count = static_cast<int>(ranges.size());
    if (i > 0) ranges[i].min = bounds[i - 1];
    if (i < bounds.size()) ranges[i].max = bounds[i];
  }
  return ranges;
}

int range_count(const CollectionSize& size, uint64_t range_bytes) {
  const uint64_t wanted = range_bytes == 0 ? 1 : size.bytes / range_bytes;
  const uint64_t sampled = size.documents / kSampledFractionInverse / kSamplesPerRange;
  return static_cast<int>(std::clamp<uint64_t>(std::min(wanted, sampled), 1, kRangesMax));
}

Result<std::vector<RangePosition>> plan_ranges(MongoClient& client, const Namespace& ns,
                                               const CollectionSize& size, uint64_t range_bytes) {
  const int count = range_count(size, range_bytes);
  if (count == 1) return cut_ranges({}, 1);
  INLET_ASSIGN_OR_RETURN(const std::vector<Document> sample,
                         sample_ids(client, ns, static_cast<int64_t>(kSamplesPerRange) * count));
  return cut_ranges(sample, count);
}

}  // namespace inlet
