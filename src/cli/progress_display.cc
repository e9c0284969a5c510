#include "cli/progress_display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "base/quantity.h"

namespace inlet {
namespace {

using Collection = SourceProgress::Collection;
constexpr size_t kCollectionsShown = 12;
constexpr std::chrono::milliseconds kRedraw{200};

std::string_view phase_name(const ProcessorProgress& progress) {
  using State = ProcessorProgress::State;
  switch (progress.state) {
    case State::kCreated:
    case State::kStarting: return "starting";
    case State::kDraining: return "draining";
    case State::kStopped: return "done";
    case State::kFailed: return "failed";
    case State::kRunning: break;
  }
  switch (progress.source.phase) {
    case SourceProgress::Phase::kStarting: return "starting";
    case SourceProgress::Phase::kCopying: return "copying";
    case SourceProgress::Phase::kCatchingUp: return "catching up";
    case SourceProgress::Phase::kFollowing: return "following";
    case SourceProgress::Phase::kReconnecting: return "reconnecting";
    case SourceProgress::Phase::kDone: return "finishing";
  }
  return "";
}

uint64_t documents_read(const SourceProgress& source) {
  uint64_t total = source.events_read;
  for (const Collection& collection : source.collections) total += collection.documents_read;
  return total;
}

/// How far the stream is behind the server, in seconds of cluster time; negative when not known.
int64_t lag_seconds(const SourceProgress& source) {
  if (source.position.is_zero() || source.server_time.is_zero()) return -1;
  return std::max<int64_t>(0, int64_t{source.server_time.seconds} - int64_t{source.position.seconds});
}

/// Seconds that the copy still takes at the present rate; negative when not known.
int64_t copy_seconds_left(const SourceProgress& source, double rate) {
  uint64_t left = 0;
  for (const Collection& collection : source.collections) {
    if (collection.state == Collection::State::kCopied || collection.state == Collection::State::kFailed) continue;
    left += collection.documents_estimated - std::min(collection.documents_read, collection.documents_estimated);
  }
  return left == 0 || rate < 1 ? -1 : static_cast<int64_t>(static_cast<double>(left) / rate);
}

/// Cuts to `width` columns; a character of several bytes counts as one.
std::string fitted(const std::string& line, size_t width) {
  size_t columns = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(line[i]) & 0xC0) != 0x80;
    if (begins && ++columns > width) return line.substr(0, i);
  }
  return line;
}

std::string bar(const Collection& collection) {
  constexpr size_t kWidth = 20;
  const bool done = collection.state == Collection::State::kCopied;
  double part = done ? 1.0 : 0.0;
  if (!done && collection.documents_estimated > 0) {
    part = std::min(1.0, static_cast<double>(collection.documents_read) / static_cast<double>(collection.documents_estimated));
  }
  const auto filled = static_cast<size_t>(part * kWidth);
  std::string out;
  for (size_t i = 0; i < kWidth; ++i) out += i < filled ? "█" : "░";
  return out;
}

std::string collection_line(const Collection& collection) {
  std::string name = collection.ns;
  name.resize(std::max<size_t>(name.size(), 28), ' ');
  std::string out = "  " + name + " " + bar(collection) + " " + format_count(collection.documents_read);
  if (collection.state == Collection::State::kCopying) out += " / ~" + format_count(collection.documents_estimated);
  if (collection.state == Collection::State::kCopied) out += " copied";
  if (collection.state == Collection::State::kFailed) out += " FAILED: " + collection.failure;
  return out;
}

std::string per_second(const RateMeter& rates) {
  return format_count(static_cast<uint64_t>(rates.records_per_second())) + "/s  " +
         format_size(static_cast<uint64_t>(rates.bytes_per_second())) + "/s";
}

}  // namespace

void RateMeter::sample(SteadyTime now, uint64_t records, uint64_t bytes) {
  // A restart from the checkpoint begins its counters anew.
  if (!samples_.empty() && (records < samples_.back().records || bytes < samples_.back().bytes)) samples_.clear();
  samples_.push_back({now, records, bytes});
  const auto old = std::find_if(samples_.begin(), samples_.end(), [&](const Sample& s) { return s.at + kWindow >= now; });
  samples_.erase(samples_.begin(), old);
}

double RateMeter::records_per_second() const {
  if (samples_.size() < 2) return 0;
  const std::chrono::duration<double> span = samples_.back().at - samples_.front().at;
  return span.count() <= 0 ? 0 : static_cast<double>(samples_.back().records - samples_.front().records) / span.count();
}

double RateMeter::bytes_per_second() const {
  if (samples_.size() < 2) return 0;
  const std::chrono::duration<double> span = samples_.back().at - samples_.front().at;
  return span.count() <= 0 ? 0 : static_cast<double>(samples_.back().bytes - samples_.front().bytes) / span.count();
}

std::vector<std::string> progress_block(const ProcessorProgress& progress, const RateMeter& rates, WallTime now, size_t width) {
  const SourceProgress& source = progress.source;
  std::vector<std::string> lines;
  std::string head = std::string(phase_name(progress)) + "  " + format_count(documents_read(source)) + " records  " + per_second(rates);
  const int64_t left = copy_seconds_left(source, rates.records_per_second());
  if (left >= 0) head += "  copy done in " + format_duration(std::chrono::seconds(left));
  lines.push_back(head);

  size_t shown = 0;
  for (const Collection& collection : source.collections) {
    if (shown == kCollectionsShown) break;
    lines.push_back(collection_line(collection));
    ++shown;
  }
  if (shown < source.collections.size()) {
    lines.push_back("  … and " + std::to_string(source.collections.size() - shown) + " more");
  }

  std::string stream;
  if (source.events_read > 0 || !source.position.is_zero()) stream = "  changes " + format_count(source.events_read);
  if (const int64_t lag = lag_seconds(source); lag >= 0) stream += "  lag " + format_duration(std::chrono::seconds(lag));
  if (source.oplog_runway) stream += "  oplog runway " + format_duration(*source.oplog_runway);
  if (!stream.empty()) lines.push_back(stream);

  std::string lake = "  lake " + format_size(progress.sink.bytes_written) + " written  " +
                     format_count(progress.sink.files_published) + " files published  " + format_count(progress.sink.files_open) + " open";
  if (progress.sink.hours_sealed > 0) lake += "  " + format_count(progress.sink.hours_sealed) + " hours sealed";
  if (progress.last_checkpoint) lake += "  checkpoint " + format_duration(now - *progress.last_checkpoint) + " ago";
  lines.push_back(lake);

  const std::string& failure = !progress.failure.empty() ? progress.failure : source.last_error;
  if (!failure.empty()) lines.push_back("  retrying: " + log::redact(failure));
  for (std::string& line : lines) line = fitted(line, width);
  return lines;
}

namespace {

/// The block on the terminal, shared with the log so that lines come above it.
struct Screen {
  std::mutex mutex;
  std::vector<std::string> lines;  // Guarded by mutex.
  bool is_shown = false;           // Guarded by mutex.

  void erase() {
    if (is_shown) std::fprintf(stderr, "\x1b[%zuA\x1b[J", lines.size());
    is_shown = false;
  }
  void draw() {
    for (const std::string& line : lines) std::fprintf(stderr, "%s\n", line.c_str());
    std::fflush(stderr);
    is_shown = !lines.empty();
  }
};

Screen& screen() {
  static auto* const instance = new Screen;  // Never destroyed: threads may log while the process exits.
  return *instance;
}

size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : 79U;
}

}  // namespace

ProgressDisplay::ProgressDisplay(std::function<ProcessorProgress()> progress, std::chrono::milliseconds interval, Clock& clock)
    : progress_(std::move(progress)),
      interval_(interval),
      clock_(clock),
      on_terminal_(::isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr) {
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
  thread_ = std::thread([this] {
    const auto pause = on_terminal_ ? kRedraw : interval_;
    while (clock_.sleep_for(pause, stop_.get_token())) {
      if (on_terminal_) {
        show();
      } else {
        log_line();
      }
    }
  });
}

ProgressDisplay::~ProgressDisplay() {
  stop_.request_stop();
  thread_.join();
  if (!on_terminal_) return;
  std::scoped_lock lock(screen().mutex);
  screen().erase();
  screen().lines.clear();
  std::fflush(stderr);
}

void ProgressDisplay::show() {
  const ProcessorProgress progress = progress_();
  rates_.sample(clock_.steady_now(), documents_read(progress.source), progress.source.bytes_read);
  std::vector<std::string> lines = progress_block(progress, rates_, clock_.wall_now(), terminal_width());
  std::scoped_lock lock(screen().mutex);
  screen().erase();
  screen().lines = std::move(lines);
  screen().draw();
}

void ProgressDisplay::log_line() {
  const ProcessorProgress progress = progress_();
  const SourceProgress& source = progress.source;
  rates_.sample(clock_.steady_now(), documents_read(source), source.bytes_read);
  uint64_t copied = 0;
  uint64_t estimated = 0;
  for (const Collection& collection : source.collections) {
    copied += collection.documents_read;
    estimated += collection.documents_estimated;
  }
  log::info("progress", {{"phase", phase_name(progress)},
                         {"copied", copied},
                         {"estimated", estimated},
                         {"events", source.events_read},
                         {"bytes", source.bytes_read},
                         {"records_per_second", static_cast<uint64_t>(rates_.records_per_second())},
                         {"lag_seconds", lag_seconds(source)},
                         {"oplog_runway_seconds", source.oplog_runway ? source.oplog_runway->count() : int64_t{-1}},
                         {"copy_seconds_left", copy_seconds_left(source, rates_.records_per_second())},
                         {"files_published", progress.sink.files_published},
                         {"files_open", progress.sink.files_open},
                         {"epoch", progress.epoch}});
}

}  // namespace inlet
