// Aim: a pipeline that cannot run is refused before anything is touched, and the error says where.

#include <gtest/gtest.h>

#include "bson/json_parser.h"
#include "plan/plan.h"

namespace inlet {
namespace {

std::string refusal(std::string_view stages) {
  const std::string text =
      "[{$source: {connectionName: 'from', db: 'shop'}}, " + std::string(stages) + "]";
  const Result<ParsedJson> pipeline = parse_json_value(text);
  EXPECT_TRUE(pipeline.is_ok()) << pipeline.status().to_string();
  SystemClock clock;
  PlanContext context;
  context.connections.push_back({"from", "mongodb://localhost"});
  context.clock = &clock;
  return build_plan(pipeline->value().as_document(), context).status().to_string();
}

TEST(StageErrors, GoodPipelineIsNotRefused) {
  EXPECT_EQ(refusal("{$match: {operationType: 'insert'}}, {$project: {fullDocument: 1}}"), "ok");
}

TEST(StageErrors, UnknownStageGivesItsPositionAndTheNearestName) {
  EXPECT_EQ(refusal("{$match: {}}, {$projct: {a: 1}}"),
            "invalid_argument: unknown stage (stage=$projct, position=2); hint: did you mean "
            "'$project'?");
}

TEST(StageErrors, FaultInAStageGivesPathStageAndPosition) {
  EXPECT_EQ(refusal("{$match: {status: {$inn: []}}}"),
            "invalid_argument: unknown operator (path=status, operator=$inn, stage=$match, "
            "position=1); hint: did you mean '$in'?");
  EXPECT_EQ(refusal("{$replaceRoot: {newroot: '$a'}}"),
            "invalid_argument: unknown option (option=newroot, stage=$replaceRoot, position=1); "
            "hint: known: newRoot");
}

}  // namespace
}  // namespace inlet
