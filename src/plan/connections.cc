#include "plan/connections.h"

#include <vector>

#include "base/nearest_name.h"

namespace inlet {

Result<std::string> connection_url(const PlanContext& context, const std::string& name,
                                   std::string_view stage) {
  std::vector<std::string_view> known;
  for (const PlanContext::Connection& connection : context.connections) {
    if (connection.name == name) return connection.url;
    known.push_back(connection.name);
  }
  return Status(Code::kInvalidArgument, "unknown connection")
      .with("stage", stage)
      .with("connectionName", name)
      .with_hint(known.empty() ? "give --from and --to, which are the connections `from` and `to`"
                               : nearest_name_hint(name, known));
}

}  // namespace inlet
