// Aim: a preset is a pipeline that says all of what the user said, and its name stays with the work
// it does.

#include "job/preset.h"

#include <gtest/gtest.h>

#include "bson/json_writer.h"

namespace inlet {
namespace {

PresetOptions shop() {
  PresetOptions options;
  options.db = "shop";
  options.collections = {"orders", "cust*"};
  return options;
}

std::string pipeline_text(Preset preset, const PresetOptions& options) {
  std::string out;
  JsonWriter().append_array(preset_pipeline(preset, options).view(), out);
  return out;
}

TEST(Preset, SyncCopiesAndFollows) {
  EXPECT_EQ(pipeline_text(Preset::kSync, shop()),
            R"([{"$source":{"connectionName":"from","db":"shop","coll":["orders","cust*"],)"
            R"("config":{"fullDocument":"updateLookup"},"initialSync":{"enable":true}}},)"
            R"({"$emit":{"connectionName":"to","config":{}}}])");
}

TEST(Preset, SnapshotOnlyCopiesAndEndsEpochsSeldom) {
  PresetOptions options = shop();
  options.parallelism = 2;
  options.if_exists = "replace";

  EXPECT_EQ(
      pipeline_text(Preset::kSnapshot, options),
      R"([{"$source":{"connectionName":"from","db":"shop","coll":["orders","cust*"],"config":{},)"
      R"("initialSync":{"enable":true,"only":true,"parallelism":2}}},)"
      R"({"$emit":{"connectionName":"to","config":{"ifExists":"replace","writeOptions":{"interval":"60000ms"}}}}])");
}

TEST(Preset, ChangesFollowWithoutACopy) {
  PresetOptions options;
  options.start_at = "2025-01-31";
  options.json = "plain";
  options.flush_records = 500;

  EXPECT_EQ(
      pipeline_text(Preset::kChanges, options),
      R"([{"$source":{"connectionName":"from","config":{"fullDocument":"updateLookup","startAt":"2025-01-31"}}},)"
      R"({"$emit":{"connectionName":"to","config":{"outputFormat":"basicJson","writeOptions":{"count":500}}}}])");
}

TEST(Preset, NameStaysForTheSameWorkAndChangesWithTheScope) {
  PresetOptions faster = shop();
  faster.parallelism = 8;
  PresetOptions other = shop();
  other.collections = {"orders"};

  const std::string name = default_processor_name(Preset::kSync, shop(), "h:1", "./lake");

  EXPECT_EQ(name, default_processor_name(Preset::kSync, faster, "h:1", "./lake"));
  EXPECT_NE(name, default_processor_name(Preset::kSync, other, "h:1", "./lake"));
  EXPECT_NE(name, default_processor_name(Preset::kSync, shop(), "h:2", "./lake"));
  EXPECT_NE(name, default_processor_name(Preset::kChanges, shop(), "h:1", "./lake"));
  EXPECT_EQ(name.substr(0, 5), "sync-");
}

}  // namespace
}  // namespace inlet
