#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cli/command_check.h"
#include "cli/command_processor.h"
#include "cli/command_verify.h"
#include "cli/exit_code.h"
#include "cli/reference.h"
#include "cli/settings.h"
#include "cli/signals.h"

namespace inlet {
namespace {

int run(int argc, char** argv) {
  SignalWatcher signals;  // Before any thread.
  if (argc == 3 && std::string_view(argv[1]) == "reference") {
    const Result<std::string> page = reference_page(argv[2]);
    if (!page.is_ok()) {
      std::fprintf(stderr, "error: %s\n", page.error().to_string().c_str());
      return exit_code_for(page.error());
    }
    std::fputs(page->c_str(), stdout);
    return kExitDone;
  }
  const Result<CommandLine> parsed = parse_command_line(argc, argv);
  if (!parsed.is_ok()) {
    log::write_failure(parsed.error());
    return exit_code_for(parsed.error());
  }
  if (parsed->text) {
    std::fputs(parsed->text->c_str(), stdout);
    return kExitDone;
  }
  const Settings& settings = parsed->settings;
  if (const Status status = log::init(settings.log); !status.is_ok()) {
    log::write_failure(status);
    return exit_code_for(status);
  }
  if (settings.command == "check") return run_check_command(settings);
  if (settings.command == "verify") return run_verify_command(settings);
  return run_processor_command(settings, signals);
}

}  // namespace
}  // namespace inlet

int main(int argc, char** argv) {
  const int exit_code = inlet::run(argc, argv);
  // What is left are threads of client libraries that close idle connections: nothing to wait for.
  std::fflush(nullptr);
  std::_Exit(exit_code);
}
