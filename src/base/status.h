#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace inlet {

/// Who can act on a failure; `engine/reaction.cc` turns a code into an action.
enum class Code {
  kOk,
  kInvalidArgument,    ///< The author of the definition: flag, pipeline, configuration.
  kUnimplemented,      ///< Understood, but this build cannot do it.
  kBadDocument,        ///< The data: one record can never succeed.
  kUnavailable,        ///< The outside, for now: retry.
  kTimeout,            ///< The outside did not answer in time: retry.
  kPermissionDenied,   ///< The operator: a right or a secret is missing.
  kNotFound,           ///< The operator: the named thing does not exist.
  kResumePointLost,    ///< The operator: the position has left the oplog.
  kResourceExhausted,  ///< A limit: disk full, memory budget, document too large.
  kCorruption,         ///< Bytes at rest are not what was written.
  kInternal,           ///< A fault of ours.
  kCancelled,          ///< Shutdown.
};

/// The code's name in snake_case, as printed in errors, logs and metrics.
std::string_view code_name(Code code);

/// Success, or a failure: a code, a fixed text, facts as fields and a hint.
///
/// Success costs one null pointer. Fields are added on the way up by whoever knows them; nobody
/// rewrites the text. No secrets and no whole documents go into a status.
/// Threads: a value; share it by copying.
class [[nodiscard]] Status {
 public:
  struct Field {
    std::string name;
    std::string value;
  };

  Status() = default;
  Status(Code code, std::string_view text);
  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  static Status ok() { return {}; }

  bool is_ok() const { return failure_ == nullptr; }
  Code code() const;
  std::string_view text() const;
  std::string_view hint() const;
  const std::vector<Field>& fields() const;

  Status with(std::string_view name, std::string_view value) const&;
  Status&& with(std::string_view name, std::string_view value) &&;
  template <class Number>
  requires std::is_arithmetic_v<Number> Status && with(std::string_view name, Number value) && {
    return std::move(*this).with(name, std::string_view(std::to_string(value)));
  }
  /// Keeps the first hint given: the place that failed knows best.
  Status&& with_hint(std::string_view hint) &&;

  /// `code: text (name=value, ...); hint: ...`
  std::string to_string() const;

 private:
  struct Failure {
    Code code;
    std::string text;
    std::string hint;
    std::vector<Field> fields;
  };
  std::unique_ptr<Failure> failure_;
};

}  // namespace inlet

#define INLET_CONCAT_INNER(a, b) a##b
#define INLET_CONCAT(a, b) INLET_CONCAT_INNER(a, b)

/// Returns from the enclosing function when `expression` is a failed Status.
#define INLET_RETURN_IF_ERROR(expression)                                                    \
  do {                                                                                       \
    if (::inlet::Status inlet_status_ = (expression); !inlet_status_.is_ok()) [[unlikely]] { \
      return inlet_status_;                                                                  \
    }                                                                                        \
  } while (false)
