#include "cli/reference.h"

#include <array>

#include "base/metrics.h"
#include "base/nearest_name.h"
#include "cli/settings.h"

namespace inlet {

Result<std::string> reference_page(std::string_view name) {
  if (name == "cli") return flags_reference();
  if (name == "metrics") return metrics_reference();
  static constexpr std::array<std::string_view, 2> kPages{"cli", "metrics"};
  return Status(Code::kInvalidArgument, "unknown reference page")
      .with("page", name)
      .with_hint(nearest_name_hint(name, kPages));
}

}  // namespace inlet
