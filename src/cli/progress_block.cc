#include "cli/progress_block.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/quantity.h"

namespace inlet {
namespace {

using Collection = SourceProgress::Collection;
using State = Collection::State;
using Seconds = std::chrono::seconds;

constexpr size_t kCollectionsMax = 12;
constexpr size_t kBarColumns = 20;
constexpr size_t kNameColumnsMin = 12;
constexpr size_t kNameColumnsMax = 40;

std::string_view phase_name(const ProcessorProgress& progress) {
  using Processor = ProcessorProgress::State;
  switch (progress.state) {
    case Processor::kCreated:
    case Processor::kStarting:
      return progress.failure.empty() ? "starting" : "restarting";
    case Processor::kDraining:
      return "draining";
    case Processor::kStopped:
      return "done";
    case Processor::kFailed:
      return "failed";
    case Processor::kRunning:
      break;
  }
  switch (progress.source.phase) {
    case SourceProgress::Phase::kStarting:
      return "connecting";
    case SourceProgress::Phase::kCopying:
      return "copying";
    case SourceProgress::Phase::kCatchingUp:
      return "catching up";
    case SourceProgress::Phase::kFollowing:
      return "following";
    case SourceProgress::Phase::kReconnecting:
      return "reconnecting";
    case SourceProgress::Phase::kDone:
      return "finishing";
  }
  return "";
}

struct CopyTotals {
  uint64_t documents = 0;
  uint64_t estimated = 0;
  uint64_t left = 0;
  uint64_t failed = 0;
};

bool has_ended(const Collection& collection) {
  return collection.state == State::kCopied || collection.state == State::kFailed;
}

CopyTotals totals_of(const SourceProgress& source) {
  CopyTotals out;
  for (const Collection& collection : source.collections) {
    const uint64_t read = collection.documents_read;
    out.documents += read;
    out.estimated += collection.documents_estimated;
    if (!has_ended(collection) && collection.documents_estimated > read) {
      out.left += collection.documents_estimated - read;
    }
    if (collection.state == State::kFailed) ++out.failed;
  }
  return out;
}

/// How far the stream is behind the server, in cluster time.
std::optional<Seconds> lag_of(const SourceProgress& source) {
  if (source.position.is_zero() || source.server_time.is_zero()) return std::nullopt;
  const int64_t lag = int64_t{source.server_time.seconds} - int64_t{source.position.seconds};
  return Seconds(std::max<int64_t>(0, lag));
}

/// What the copy still takes at the present rate.
std::optional<Seconds> copy_left(const SourceProgress& source, const RateMeter& rates) {
  const uint64_t left = totals_of(source).left;
  if (left == 0 || rates.records_per_second() < 1) return std::nullopt;
  const double seconds = std::ceil(static_cast<double>(left) / rates.records_per_second());
  return Seconds(static_cast<int64_t>(seconds));
}

/// Columns of a character on a terminal: East Asian wide ones and emoji take two.
/// Source: Unicode Standard Annex 11, the blocks that are wide throughout.
size_t columns_of(char32_t c) {
  struct Range {
    char32_t first;
    char32_t last;
  };
  static constexpr std::array<Range, 8> kWide{{{0x1100, 0x115F},
                                               {0x2E80, 0xA4CF},
                                               {0xAC00, 0xD7A3},
                                               {0xF900, 0xFAFF},
                                               {0xFE30, 0xFE6F},
                                               {0xFF00, 0xFF60},
                                               {0x1F300, 0x1FAFF},
                                               {0x20000, 0x3FFFD}}};
  for (const Range& range : kWide) {
    if (c >= range.first && c <= range.last) return 2;
  }
  return 1;
}

struct Character {
  char32_t code = 0;
  size_t bytes = 1;
};

/// The first character; bytes that are not UTF-8 count one by one.
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t bytes = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
  if (bytes == 1) return {lead, 1};
  if (bytes == 0 || bytes > text.size()) return {0, 1};
  auto code = static_cast<char32_t>(lead & (0x7FU >> bytes));
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return {0, 1};
    code = (code << 6) | (next & 0x3FU);
  }
  return {code, bytes};
}

size_t columns_in(std::string_view text) {
  size_t columns = 0;
  for (size_t i = 0; i < text.size();) {
    const Character c = first_character(text.substr(i));
    columns += columns_of(c.code);
    i += c.bytes;
  }
  return columns;
}

std::string padded(std::string text, size_t columns) {
  const size_t used = columns_in(text);
  if (used < columns) text.append(columns - used, ' ');
  return text;
}

std::string bar(const Collection& collection) {
  double part = collection.state == State::kCopied ? 1.0 : 0.0;
  if (!has_ended(collection) && collection.documents_estimated > 0) {
    part = std::min(1.0, static_cast<double>(collection.documents_read) /
                             static_cast<double>(collection.documents_estimated));
  }
  const auto filled = static_cast<size_t>(part * static_cast<double>(kBarColumns));
  std::string out;
  for (size_t i = 0; i < kBarColumns; ++i) out += i < filled ? "█" : "░";
  return out;
}

BlockLine collection_line(const Collection& collection, size_t name_columns) {
  std::string out = "  " + padded(fit_columns(collection.ns, name_columns), name_columns) + "  ";
  out += bar(collection) + "  " + format_count(collection.documents_read);
  switch (collection.state) {
    case State::kPending:
    case State::kCopying:
      if (collection.documents_estimated > 0) {
        out += " / ~" + format_count(collection.documents_estimated);
      }
      break;
    case State::kCopied:
      out += " copied";
      break;
    case State::kFailed:
      out += " FAILED: " + log::redact(collection.failure);
      break;
  }
  return {std::move(out), collection.state == State::kFailed};
}

/// Lower is shown rather than higher, when not all can be.
int urgency(const Collection& collection) {
  switch (collection.state) {
    case State::kFailed:
      return 0;
    case State::kCopying:
      return 1;
    case State::kPending:
      return 2;
    case State::kCopied:
      return 3;
  }
  return 3;
}

void append_collections(const SourceProgress& source, size_t lines_max,
                        std::vector<BlockLine>& out) {
  std::vector<const Collection*> shown;
  size_t name_columns = kNameColumnsMin;
  for (const Collection& collection : source.collections) shown.push_back(&collection);
  if (shown.size() > lines_max) {
    std::stable_sort(shown.begin(), shown.end(), [](const Collection* a, const Collection* b) {
      return urgency(*a) < urgency(*b);
    });
    shown.resize(lines_max);
  }
  for (const Collection* collection : shown) {
    name_columns = std::max(name_columns, std::min(kNameColumnsMax, columns_in(collection->ns)));
  }
  for (const Collection* collection : shown) {
    out.push_back(collection_line(*collection, name_columns));
  }
  const size_t hidden = source.collections.size() - shown.size();
  if (hidden > 0) out.push_back({"  … and " + format_count(hidden) + " more"});
}

std::string head_line(const ProcessorProgress& progress, const RateMeter& rates) {
  const SourceProgress& source = progress.source;
  const CopyTotals totals = totals_of(source);
  std::array<char, 48> megabytes{};
  std::snprintf(megabytes.data(), megabytes.size(), "%.1f MB/s", rates.bytes_per_second() / 1e6);
  std::string out(phase_name(progress));
  out += "  " + format_count(totals.documents + source.events_read) + " records  ";
  out += format_size(source.bytes_read) + "  ";
  out += format_count(static_cast<uint64_t>(rates.records_per_second())) + "/s  ";
  out += megabytes.data();
  if (const auto left = copy_left(source, rates)) out += "  copy done in " + format_duration(*left);
  return out;
}

std::string stream_line(const SourceProgress& source) {
  std::string out;
  if (source.events_read > 0 || !source.position.is_zero()) {
    out += "  changes  " + format_count(source.events_read);
  }
  if (const auto lag = lag_of(source)) out += "  lag " + format_duration(*lag);
  if (source.oplog_runway) out += "  oplog runway " + format_duration(*source.oplog_runway);
  return out;
}

std::string lake_line(const ProcessorProgress& progress, WallTime now) {
  const SinkProgress& sink = progress.sink;
  std::string out = "  lake  " + format_size(sink.bytes_written) + " written  ";
  out += format_count(sink.files_published) + " files  " + format_count(sink.files_open) + " open";
  if (sink.hours_sealed > 0) out += "  " + format_count(sink.hours_sealed) + " hours sealed";
  if (progress.last_checkpoint) {
    const Seconds age = std::chrono::duration_cast<Seconds>(now - *progress.last_checkpoint);
    out += "  checkpoint " + format_duration(std::max(age, Seconds(0))) + " ago";
  }
  return out;
}

/// What is being retried, or nothing.
std::string retry_line(const ProcessorProgress& progress) {
  std::string out;
  for (const std::string* failure :
       {&progress.failure, &progress.source.last_error, &progress.sink.last_error}) {
    if (failure->empty()) continue;
    const bool is_final = progress.state == ProcessorProgress::State::kFailed;
    return (is_final ? "  failed: " : "  retrying: ") + log::redact(*failure);
  }
  return out;
}

}  // namespace

void RateMeter::sample(SteadyTime now, uint64_t records, uint64_t bytes) {
  const bool fell = !samples_.empty() && (records < samples_.back().records ||  //
                                          bytes < samples_.back().bytes);
  if (fell) samples_.clear();
  samples_.push_back({now, records, bytes});
  // The newest sample outside the window stays: it is where the window begins.
  while (samples_.size() > 2 && samples_[1].at + kWindow <= now) samples_.erase(samples_.begin());
}

void RateMeter::sample(SteadyTime now, const SourceProgress& source) {
  if (phase_ != source.phase && !samples_.empty())
    samples_.erase(samples_.begin(), samples_.end() - 1);
  phase_ = source.phase;
  sample(now, totals_of(source).documents + source.events_read, source.bytes_read);
}

double RateMeter::per_second(uint64_t Sample::*counter) const {
  if (samples_.size() < 2) return 0;
  const std::chrono::duration<double> span = samples_.back().at - samples_.front().at;
  if (span.count() <= 0) return 0;
  return static_cast<double>(samples_.back().*counter - samples_.front().*counter) / span.count();
}

std::string fit_columns(std::string_view text, size_t columns) {
  std::string out;
  size_t used = 0;
  for (size_t i = 0; i < text.size();) {
    const Character c = first_character(text.substr(i));
    used += columns_of(c.code);
    if (used > columns) break;
    const bool is_control = c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0);
    out.append(is_control ? "?" : text.substr(i, c.bytes));
    i += c.bytes;
  }
  return out;
}

std::vector<BlockLine> progress_block(const ProcessorProgress& progress, const RateMeter& rates,
                                      WallTime now, TerminalSize size) {
  // Head, "… and n more", stream, lake, retry, and the row below the block, where the cursor is.
  constexpr size_t kOtherRows = 6;
  const size_t room = size.rows > kOtherRows ? size.rows - kOtherRows : 0;
  std::vector<BlockLine> lines;
  lines.push_back({head_line(progress, rates)});
  append_collections(progress.source, std::min(kCollectionsMax, room), lines);
  if (std::string line = stream_line(progress.source); !line.empty()) lines.push_back({line});
  lines.push_back({lake_line(progress, now)});
  if (std::string line = retry_line(progress); !line.empty()) lines.push_back({line, true});
  if (lines.size() >= size.rows) lines.resize(std::max<size_t>(1, size.rows - 1));
  for (BlockLine& line : lines) line.text = fit_columns(line.text, size.columns);
  return lines;
}

std::vector<log::Field> progress_fields(const ProcessorProgress& progress, const RateMeter& rates) {
  const SourceProgress& source = progress.source;
  const CopyTotals totals = totals_of(source);
  std::vector<log::Field> out{{"phase", phase_name(progress)}};
  if (!source.collections.empty()) {
    out.push_back({"collections", source.collections.size()});
    out.push_back({"copied", totals.documents});
    out.push_back({"estimated", totals.estimated});
    if (totals.failed > 0) out.push_back({"collections_failed", totals.failed});
  }
  if (!source.position.is_zero()) out.push_back({"events", source.events_read});
  out.push_back({"bytes", source.bytes_read});
  out.push_back({"records_per_second", static_cast<uint64_t>(rates.records_per_second())});
  out.push_back({"bytes_per_second", static_cast<uint64_t>(rates.bytes_per_second())});
  if (const auto left = copy_left(source, rates)) {
    out.push_back({"copy_seconds_left", left->count()});
  }
  if (const auto lag = lag_of(source)) out.push_back({"lag_seconds", lag->count()});
  if (source.oplog_runway) out.push_back({"oplog_runway_seconds", source.oplog_runway->count()});
  out.push_back({"bytes_written", progress.sink.bytes_written});
  out.push_back({"files_published", progress.sink.files_published});
  out.push_back({"files_open", progress.sink.files_open});
  out.push_back({"epoch", progress.epoch});
  for (const auto& [name, failure] :
       {std::pair("retrying", &progress.failure), std::pair("source_retrying", &source.last_error),
        std::pair("sink_retrying", &progress.sink.last_error)}) {
    if (!failure->empty()) out.push_back({name, *failure});
  }
  return out;
}

std::vector<log::Field> summary_fields(const ProcessorProgress& progress,
                                       std::chrono::milliseconds took) {
  const SourceProgress& source = progress.source;
  const CopyTotals totals = totals_of(source);
  const double seconds = std::max(0.001, std::chrono::duration<double>(took).count());
  const double records = static_cast<double>(totals.documents + source.events_read);
  std::vector<log::Field> out;
  if (!source.collections.empty()) {
    out.push_back({"collections", source.collections.size() - totals.failed});
    if (totals.failed > 0) out.push_back({"collections_failed", totals.failed});
    out.push_back({"documents", totals.documents});
  }
  if (!source.position.is_zero()) out.push_back({"events", source.events_read});
  out.push_back({"bytes_read", source.bytes_read});
  out.push_back({"bytes_written", progress.sink.bytes_written});
  out.push_back({"files", progress.sink.files_published});
  if (progress.sink.hours_sealed > 0) out.push_back({"hours_sealed", progress.sink.hours_sealed});
  if (progress.sink.invalid_utf8 > 0) out.push_back({"invalid_utf8", progress.sink.invalid_utf8});
  out.push_back({"duration", format_duration(took)});
  out.push_back({"records_per_second", static_cast<uint64_t>(records / seconds)});
  return out;
}

}  // namespace inlet
