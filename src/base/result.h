#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/assert.h"
#include "base/status.h"

namespace inlet {

/// A value or a failed Status. `return Status(...)` and `return value` both convert.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Status> {
  using Base = tl::expected<T, Status>;

 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Status status) : Base(tl::unexpect, std::move(status)) {
    INLET_ASSERT(!this->error().is_ok());
  }
  // clang-format off: a comment for clang-tidy must stand right above the name.
  template <class U = T>
  requires(std::is_constructible_v<T, U&&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
           !std::is_same_v<std::remove_cvref_t<U>, Status>)
      // The clause keeps copies out.
      // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload)
      Result(U&& value)
      : Base(tl::in_place, std::forward<U>(value)) {}
  // clang-format on

  bool is_ok() const { return this->has_value(); }
  /// The failure, or OK.
  Status status() const { return this->has_value() ? Status() : this->error(); }
};

}  // namespace inlet

/// `INLET_ASSIGN_OR_RETURN(auto x, f());` binds the value, or returns the failure.
#define INLET_ASSIGN_OR_RETURN(declaration, expression) \
  INLET_ASSIGN_OR_RETURN_INNER(INLET_CONCAT(inlet_result_, __LINE__), declaration, expression)
#define INLET_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                         \
  if (!(result).has_value()) [[unlikely]] {                           \
    return std::move(result).error();                                 \
  }                                                                   \
  declaration = std::move(result).value()
