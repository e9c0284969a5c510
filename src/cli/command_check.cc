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

const char* mark_of(const Finding& finding) {
  switch (finding.verdict) {
    case Finding::Verdict::kOk:
      return "ok     ";
    case Finding::Verdict::kMissing:
      return "MISSING";
    case Finding::Verdict::kReduced:
      return "warning";
  }
  return "";
}

void print_text(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    std::printf("%s  %s\n", mark_of(finding), finding.what.c_str());
    if (finding.status.is_ok()) continue;
    std::printf("         %s\n", log::redact(finding.status.to_string()).c_str());
    if (!finding.hint.empty() && finding.hint != finding.status.hint())
      std::printf("         hint: %s\n", finding.hint.c_str());
  }
}

void print_json(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    DocumentBuilder line;
    line.append_string("what", finding.what).append_bool("ok", finding.status.is_ok());
    line.append_bool("needed", finding.verdict != Finding::Verdict::kReduced);
    if (!finding.status.is_ok())
      line.append_string("error", log::redact(finding.status.to_string()));
    if (!finding.hint.empty()) line.append_string("hint", finding.hint);
    std::printf("%s\n", to_json(line.finish()).c_str());
  }
}

}  // namespace

int run_check_command(const Settings& settings) {
  if (settings.from.empty() && settings.to.empty()) {
    log::write_failure(
        Status(Code::kInvalidArgument, "nothing to check").with_hint("give --from, --to or both"));
    return kExitBadUsage;
  }
  CheckOptions options{.from = {}, .to = settings.to, .state = settings.state};
  options.from.connection.uri = settings.from;
  options.from.scope = {settings.preset.db, settings.preset.collections, settings.preset.exclude,
                        settings.preset.include_system};
  if (options.state.empty() && !options.to.empty()) options.state = default_state(options.to);
  SystemClock clock;
  const std::vector<Finding> findings = check_all(options, clock);
  if (settings.report == "json") {
    print_json(findings);
  } else {
    print_text(findings);
  }
  for (const Finding& finding : findings) {
    if (finding.verdict == Finding::Verdict::kMissing) return kExitFailed;
  }
  return kExitDone;
}

}  // namespace inlet
