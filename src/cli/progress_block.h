#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "engine/progress.h"

namespace inlet {

/// Rates over the last seconds, from the counters of progress samples.
class RateMeter {
 public:
  /// Counters that fall begin anew: the processor has restarted from its checkpoint.
  void sample(SteadyTime now, uint64_t records, uint64_t bytes);
  /// A new phase begins anew too: a copy's rate says nothing of the stream's.
  void sample(SteadyTime now, const SourceProgress& source);
  double records_per_second() const { return per_second(&Sample::records); }
  double bytes_per_second() const { return per_second(&Sample::bytes); }

 private:
  struct Sample {
    SteadyTime at;
    uint64_t records;
    uint64_t bytes;
  };
  static constexpr std::chrono::seconds kWindow{5};

  double per_second(uint64_t Sample::*counter) const;
  std::vector<Sample> samples_;
  std::optional<SourceProgress::Phase> phase_;
};

struct TerminalSize {
  size_t columns = 79;
  size_t rows = 24;
};

/// One line of the live block; never holds a control character.
struct BlockLine {
  std::string text;
  bool is_warning = false;
  bool operator==(const BlockLine&) const = default;
};

/// The live block: phase and rates, collections with their bars, stream, lake, and what is retried.
///
/// Shape: fits into `size` with a row to spare. Of many collections those that failed or are being
///        copied are shown first, and a last line counts the others.
std::vector<BlockLine> progress_block(const ProcessorProgress& progress, const RateMeter& rates,
                                      WallTime now, TerminalSize size);

/// The same facts as fields of a log line. What is not known is left out.
std::vector<log::Field> progress_fields(const ProcessorProgress& progress, const RateMeter& rates);

/// What a whole run did, as fields of its last log line.
std::vector<log::Field> summary_fields(const ProcessorProgress& progress,
                                       std::chrono::milliseconds took);

/// Cuts text to so many columns of a terminal, and blanks out control characters.
std::string fit_columns(std::string_view text, size_t columns);

}  // namespace inlet
