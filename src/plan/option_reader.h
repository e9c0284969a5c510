#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/document.h"

namespace inlet {

/// Reads the options of one stage and checks them: every failure names the stage and the option.
///
/// The first failure is kept and given by `finish`, so that a stage's parser reads as a list of its
/// options. Threads: one.
class OptionReader {
 public:
  /// `where` is the stage and, for nested options, the path to them: "$source", "$source.config".
  OptionReader(DocumentView options, std::string where)
      : options_(options), where_(std::move(where)) {}

  bool has(std::string_view name) const { return !options_[name].is_missing(); }
  std::string text(std::string_view name, std::string_view fallback = "");
  std::string required_text(std::string_view name);
  /// One of `known`, or a failure with the nearest of them.
  std::string choice(std::string_view name, std::initializer_list<std::string_view> known,
                     std::string_view fallback);
  bool flag(std::string_view name, bool fallback);
  int64_t integer(std::string_view name, int64_t fallback, int64_t minimum, int64_t maximum);
  /// `"10s"`, or a number of seconds.
  std::chrono::milliseconds duration(std::string_view name, std::chrono::milliseconds fallback);
  /// `"8MiB"`, or a number of bytes.
  uint64_t size(std::string_view name, uint64_t fallback);
  /// A string or an array of strings.
  std::vector<std::string> texts(std::string_view name);
  Document document(std::string_view name);
  /// An array, as a document whose fields are "0", "1", ….
  Document array(std::string_view name);
  Value value(std::string_view name);

  void fail(Status status);
  /// Fails for options that nobody asked for: a misspelt one must not be ignored in silence.
  Status finish();

 private:
  Value take(std::string_view name);
  void fail_type(std::string_view name, std::string_view expected);

  DocumentView options_;
  std::string where_;
  std::vector<std::string_view> asked_;
  Status failure_;
};

}  // namespace inlet
