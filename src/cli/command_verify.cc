#include "cli/command_verify.h"

#include <unistd.h>

#include <cstdio>

#include "base/clock.h"
#include "cli/exit_code.h"
#include "job/mongo_collection_reader.h"
#include "job/verify.h"
#include "source/mongo/namespace_filter.h"
#include "store/open_object_store.h"

namespace inlet {
namespace {

Result<VerifyReport> verify(const Settings& settings) {
  const std::string lake = settings.target.empty() ? settings.to : settings.target;
  if (lake.empty())
    return Status(Code::kInvalidArgument, "which lake?").with_hint("inlet verify ./lake");
  INLET_ASSIGN_OR_RETURN(const std::shared_ptr<ObjectStore> store, open_object_store(lake));
  VerifyOptions options;
  std::unique_ptr<CollectionReader> source;
  if (!settings.from.empty()) {
    INLET_ASSIGN_OR_RETURN(source, open_mongo_collection_reader(settings.from));
    options.source = source.get();
  }
  const NamespaceFilter filter(
      {.db = settings.preset.db, .collections = settings.preset.collections});
  options.includes = [&](const Namespace& ns) { return filter.includes(ns.db, ns.collection); };
  SystemClock clock;
  SteadyTime last = clock.steady_now();
  options.on_progress = [&](const VerifyReport& so_far) {
    if (clock.steady_now() - last < settings.progress_interval) return;
    last = clock.steady_now();
    log::info("verifying", {{"files", so_far.files},
                            {"records", so_far.records},
                            {"documents_compared", so_far.documents_compared}});
  };
  return verify_lake(*store, options);
}

}  // namespace

int run_verify_command(const Settings& settings) {
  const Result<VerifyReport> report = verify(settings);
  if (!report.is_ok()) {
    log::write_failure(report.error());
    return exit_code_for(report.error());
  }
  if (report->folders == 0 && report->is_clean()) {
    log::write_failure(Status(Code::kNotFound, "no manifest below this place")
                           .with_hint("is it the folder that was given to --to?"));
    return kExitFailed;
  }
  std::fputs((settings.report == "json" ? report->to_json() : report->to_text()).c_str(), stdout);
  return report->is_clean() ? kExitDone : kExitDifference;
}

}  // namespace inlet
