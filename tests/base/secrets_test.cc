// References to secrets: resolved, never shown.

#include "base/secrets.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "testing/secret_reader.h"

namespace inlet {
namespace {

using testing::secret_reader_of;

TEST(Secrets, ReferencesAreReplacedByTheirValues) {
  const SecretReader reader = secret_reader_of({{"USER", "eve"}}, {{"/run/secrets/key", "s3cret"}});

  const auto resolved = resolve_references("a ${env:USER} b ${file:/run/secrets/key} c", reader);

  ASSERT_TRUE(resolved.is_ok());
  EXPECT_EQ(*resolved, "a eve b s3cret c");
}

TEST(Secrets, DoubledDollarIsText) {
  const auto resolved = resolve_references("$${env:USER} costs 5$", secret_reader_of({}, {}));

  ASSERT_TRUE(resolved.is_ok());
  EXPECT_EQ(*resolved, "${env:USER} costs 5$");
  EXPECT_FALSE(has_references("$${env:USER}"));
  EXPECT_TRUE(has_references("x${env:USER}"));
}

TEST(Secrets, MissingVariableIsNamedAndOpenBraceIsRefused) {
  const SecretReader reader = secret_reader_of({}, {});

  EXPECT_EQ(resolve_references("${env:NOT_THERE}", reader).status().code(), Code::kNotFound);
  EXPECT_NE(resolve_references("${env:NOT_THERE}", reader).status().to_string().find("NOT_THERE"),
            std::string::npos);
  EXPECT_EQ(resolve_references("${file:/nowhere}", reader).status().code(), Code::kNotFound);
  EXPECT_EQ(resolve_references("${vault:x}", reader).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(resolve_references("${env:", reader).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(resolve_references("${env:}", reader).status().code(), Code::kInvalidArgument);
}

TEST(Secrets, ValuesAreHiddenFromTheLog) {
  ASSERT_TRUE(
      resolve_references("${env:KEY}", secret_reader_of({{"KEY", "canary-secret-1"}}, {})).is_ok());

  EXPECT_EQ(log::redact("the key is canary-secret-1."), "the key is ***.");
}

}  // namespace
}  // namespace inlet
