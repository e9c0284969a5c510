// References to secrets: resolved, never shown.

#include "base/secrets.h"

#include <gtest/gtest.h>

#include <map>

#include "base/log.h"

namespace inlet {
namespace {

SecretReader reader_of(std::map<std::string, std::string> environment,
                       std::map<std::string, std::string> files) {
  return {.environment = [environment](const std::string& name) -> std::optional<std::string> {
            const auto found = environment.find(name);
            if (found == environment.end()) return std::nullopt;
            return found->second;
          },
          .file = [files](const std::string& path) -> Result<std::string> {
            const auto found = files.find(path);
            if (found == files.end())
              return Status(Code::kNotFound, "secret file cannot be read").with("path", path);
            return found->second;
          }};
}

TEST(Secrets, ReferencesAreReplacedByTheirValues) {
  const SecretReader reader = reader_of({{"USER", "eve"}}, {{"/run/secrets/key", "s3cret"}});

  const auto resolved = resolve_references("a ${env:USER} b ${file:/run/secrets/key} c", reader);

  ASSERT_TRUE(resolved.is_ok());
  EXPECT_EQ(*resolved, "a eve b s3cret c");
}

TEST(Secrets, DoubledDollarIsText) {
  const auto resolved = resolve_references("$${env:USER} costs 5$", reader_of({}, {}));

  ASSERT_TRUE(resolved.is_ok());
  EXPECT_EQ(*resolved, "${env:USER} costs 5$");
  EXPECT_FALSE(has_references("$${env:USER}"));
  EXPECT_TRUE(has_references("x${env:USER}"));
}

TEST(Secrets, MissingVariableIsNamedAndOpenBraceIsRefused) {
  const SecretReader reader = reader_of({}, {});

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
      resolve_references("${env:KEY}", reader_of({{"KEY", "canary-secret-1"}}, {})).is_ok());

  EXPECT_EQ(log::redact("the key is canary-secret-1."), "the key is ***.");
}

}  // namespace
}  // namespace inlet
