// Aim: a status carries its code, text, facts and hint to the one line that a person reads.

#include "base/status.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace inlet {
namespace {

TEST(Status, PrintsTextThenFieldsThenHint) {
  const Status status = Status(Code::kPermissionDenied, "put object failed: HTTP 403")
                            .with("sink", "orders_lake")
                            .with("attempt", 2)
                            .with_hint("give this identity write access to the container");

  EXPECT_EQ(status.to_string(),
            "permission_denied: put object failed: HTTP 403 (sink=orders_lake, attempt=2); "
            "hint: give this identity write access to the container");
}

TEST(Status, SuccessIgnoresFieldsAndHints) {
  const Status status = Status::ok().with("a", "b").with_hint("c");

  EXPECT_TRUE(status.is_ok());
  EXPECT_EQ(status.to_string(), "ok");
}

TEST(Status, FirstHintStays) {
  const Status status = Status(Code::kNotFound, "x").with_hint("near").with_hint("far");

  EXPECT_EQ(status.hint(), "near");
}

TEST(Status, CopyIsIndependent) {
  const Status original(Code::kInternal, "x");
  const Status copy = original.with("a", "1");

  EXPECT_TRUE(original.fields().empty());
  EXPECT_EQ(copy.fields().size(), 1U);
}

Result<int> half(int number) {
  if (number % 2 != 0) return Status(Code::kInvalidArgument, "odd");
  return number / 2;
}

Result<int> quarter(int number) {
  INLET_ASSIGN_OR_RETURN(const int halved, half(number));
  return half(halved);
}

TEST(Result, MacrosPassFailuresUp) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).status().text(), "odd");
  EXPECT_EQ(quarter(7).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace inlet
