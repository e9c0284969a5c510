#include "cli/progress_display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace inlet {
namespace {

constexpr std::chrono::milliseconds kRedraw{200};

/// The block on the terminal, shared with the log so that lines come above it.
struct Screen {
  std::mutex mutex;
  std::vector<BlockLine> lines;  // Guarded by mutex.
  bool is_shown = false;         // Guarded by mutex.

  void erase() {
    if (is_shown) std::fprintf(stderr, "\x1b[%zuA\x1b[J", lines.size());
    is_shown = false;
  }

  void draw() {
    static const bool kHasColor = std::getenv("NO_COLOR") == nullptr;
    for (const BlockLine& line : lines) {
      const bool is_yellow = line.is_warning && kHasColor;
      const char* pattern = is_yellow ? "\x1b[33m%s\x1b[0m\n" : "%s\n";
      std::fprintf(stderr, pattern, line.text.c_str());
    }
    std::fflush(stderr);
    is_shown = !lines.empty();
  }
};

Screen& screen() {
  static auto* const instance = new Screen;  // Never destroyed: threads may log at the exit.
  return *instance;
}

bool is_capable_terminal() {
  const char* const term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view(term) != "dumb";
}

TerminalSize terminal_size() {
  TerminalSize out;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return out;
  // Some terminals wrap a line that fills the last column.
  if (size.ws_col > 1) out.columns = size.ws_col - 1U;
  if (size.ws_row > 1) out.rows = size.ws_row;
  return out;
}

}  // namespace

ProgressDisplay::ProgressDisplay(std::function<ProcessorProgress()> progress,
                                 std::chrono::milliseconds interval, Clock& clock)
    : progress_(std::move(progress)),
      interval_(interval),
      clock_(clock),
      on_terminal_(is_capable_terminal()) {
  if (on_terminal_) {
    log::set_terminal_hooks(
        [] {
          screen().mutex.lock();
          screen().erase();
        },
        [] {
          screen().draw();
          screen().mutex.unlock();
        });
  }
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

ProgressDisplay::~ProgressDisplay() {
  thread_.request_stop();
  thread_.join();
  if (!on_terminal_) return;
  // The hooks stay: a line that is being written may be between the two. They draw nothing now.
  std::scoped_lock lock(screen().mutex);
  screen().erase();
  screen().lines.clear();
  std::fflush(stderr);
}

void ProgressDisplay::run(std::stop_token stop) {
  if (!on_terminal_ && interval_.count() == 0) return;  // Nothing is wanted.
  while (clock_.sleep_for(on_terminal_ ? kRedraw : interval_, stop)) {
    if (on_terminal_) {
      draw_block();
    } else {
      log_line();
    }
  }
}

void ProgressDisplay::draw_block() {
  const ProcessorProgress progress = progress_();
  rates_.sample(clock_.steady_now(), progress.source);
  std::vector<BlockLine> lines =
      progress_block(progress, rates_, clock_.wall_now(), terminal_size());
  std::scoped_lock lock(screen().mutex);
  screen().erase();
  screen().lines = std::move(lines);
  screen().draw();
}

void ProgressDisplay::log_line() {
  const ProcessorProgress progress = progress_();
  rates_.sample(clock_.steady_now(), progress.source);
  log::write_fields(log::Level::kInfo, "progress", progress_fields(progress, rates_));
}

}  // namespace inlet
