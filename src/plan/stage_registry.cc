#include "plan/stage_registry.h"

#include <array>
#include <vector>

#include "base/nearest_name.h"
#include "stage/match.h"
#include "stage/project.h"
#include "stage/replace_root.h"
#include "stage/set.h"
#include "stage/unset.h"

namespace inlet {
namespace {

/// The only registry of stages between source and sink.
constexpr std::array kStages{
    StageEntry{"$match", make_match, true},
    StageEntry{"$project", make_project},
    StageEntry{"$set", make_set},
    StageEntry{"$addFields", make_add_fields},
    StageEntry{"$unset", make_unset},
    StageEntry{"$replaceRoot", make_replace_root},
    StageEntry{"$replaceWith", make_replace_with},
};

}  // namespace

Result<StageEntry> find_stage(std::string_view name) {
  std::vector<std::string_view> known{"$source", "$emit"};
  for (const StageEntry& entry : kStages) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  return Status(Code::kInvalidArgument, "unknown stage")
      .with("stage", name)
      .with_hint(nearest_name_hint(name, known));
}

}  // namespace inlet
