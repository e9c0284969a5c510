#include "cli/command_check.h"

#include <cstdio>

#include "base/clock.h"
#include "bson/builder.h"
#include "bson/json_writer.h"
#include "cli/exit_code.h"
#include "job/check.h"
#include "job/processor_run.h"

namespace inlet {
namespace {

void print_text(const std::vector<CheckResult>& results) {
  for (const CheckResult& result : results) {
    const char* const mark = result.status.is_ok() ? "ok     " : result.is_needed ? "MISSING" : "warning";
    std::printf("%s  %s\n", mark, result.what.c_str());
    if (!result.status.is_ok()) std::printf("         %s\n", log::redact(result.status.to_string()).c_str());
  }
}

void print_json(const std::vector<CheckResult>& results) {
  for (const CheckResult& result : results) {
    DocumentBuilder line;
    line.append_string("what", result.what).append_bool("ok", result.status.is_ok()).append_bool("needed", result.is_needed);
    if (!result.status.is_ok()) line.append_string("error", log::redact(result.status.to_string()));
    std::printf("%s\n", to_json(line.finish()).c_str());
  }
}

}  // namespace

int run_check_command(const Settings& settings) {
  if (settings.from.empty() && settings.to.empty()) {
    std::fprintf(stderr, "error: invalid_argument: nothing to check; hint: give --from, --to or both\n");
    return kExitBadUsage;
  }
  CheckOptions options{.from = settings.from, .to = settings.to, .state = settings.state, .db = settings.preset.db};
  if (options.state.empty() && !options.to.empty()) options.state = default_state(options.to);
  SystemClock clock;
  const std::vector<CheckResult> results = check_all(options, clock);
  if (settings.report == "json") {
    print_json(results);
  } else {
    print_text(results);
  }
  for (const CheckResult& result : results) {
    if (!result.status.is_ok() && result.is_needed) return kExitFailed;
  }
  return kExitDone;
}

}  // namespace inlet
