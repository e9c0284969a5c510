// Aim: a start point is read as one moment, the same on every machine, or refused.

#include "plan/time_text.h"

#include <gtest/gtest.h>

namespace inlet {
namespace {

TEST(TimeText, ReadsDatesTimesSecondsAndTimestamps) {
  EXPECT_EQ(*parse_cluster_time("2025-01-31"), (ClusterTime{1'738'281'600, 1}));
  EXPECT_EQ(*parse_cluster_time("2025-01-31T13:00:00Z"), (ClusterTime{1'738'328'400, 1}));
  EXPECT_EQ(*parse_cluster_time("2025-01-31 13:00Z"), (ClusterTime{1'738'328'400, 1}));
  EXPECT_EQ(*parse_cluster_time("1738328400"), (ClusterTime{1'738'328'400, 1}));
  EXPECT_EQ(*parse_cluster_time("1738328400.7"), (ClusterTime{1'738'328'400, 7}));
}

TEST(TimeText, RefusesWhatIsNotOneMoment) {
  for (const char* text :
       {"", "yesterday", "2025-02-30", "2025-01-31T25:00:00Z", "2025-01-31T13:00:00", "1738328400.",
        "1738328400.x", "99999999999", "2025-1-31", "1969-12-31"}) {
    const auto parsed = parse_cluster_time(text);
    EXPECT_EQ(parsed.status().code(), Code::kInvalidArgument) << text;
    EXPECT_FALSE(parsed.status().hint().empty()) << text;
  }
}

}  // namespace
}  // namespace inlet
