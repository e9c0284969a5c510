// Aim: whatever array of stages a user writes, a plan is made or refused with a status; a refusal
// holds no secret of a connection, and the same text makes the same fingerprint.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "bson/json_parser.h"
#include "plan/plan.h"

using namespace inlet;  // A fuzz target is a global function.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static FakeClock clock;
  PlanContext context;
  context.connections = {{"from", "mongodb://user:hunter2@db.example/"}, {"to", "/nowhere/lake"}};
  context.processor_name = "fuzz";
  context.verify_may_write = [] { return Status::ok(); };
  context.clock = &clock;

  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<ParsedJson> parsed = parse_json_value(text);
  if (!parsed.is_ok() || !(parsed->value().is_array() || parsed->value().is_document())) return 0;
  const Result<Plan> plan = build_plan(parsed->value().as_document(), context);
  if (!plan.is_ok()) {
    const std::string message = plan.error().to_string();
    // What stands in the text may be repeated; what stands in the connections may not.
    INLET_ASSERT(text.find("hunter2") != text.npos || message.find("hunter2") == message.npos);
    INLET_ASSERT(plan.error().code() == Code::kInvalidArgument ||
                 plan.error().code() == Code::kUnimplemented);
    return 0;
  }
  INLET_ASSERT(plan->epoch.interval.count() > 0);
  INLET_ASSERT(plan->fingerprint.size() == 16);
  const Result<Plan> again = build_plan(parsed->value().as_document(), context);
  INLET_ASSERT(again.is_ok() && again->fingerprint == plan->fingerprint);
  INLET_ASSERT(plan->make_operators().is_ok());
  return 0;
}
