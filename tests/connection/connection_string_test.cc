// The connection string: taken apart, filled with secrets, shown without them.

#include "connection/mongo/connection_string.h"

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/percent_encoding.h"

namespace inlet {
namespace {

SecretReader reader_with(std::string value) {
  return {.environment = [value](const std::string&) { return std::optional(value); },
          .file = [value](const std::string&) -> Result<std::string> { return value; }};
}

TEST(ConnectionString, PartsComeApartAndTogetherAgain) {
  const std::string text =
      "mongodb://eve:pa%40ss@a.example:27017,b.example:27018/shop?replicaSet=rs0&tls=true";

  const auto uri = ConnectionString::parse(text);

  ASSERT_TRUE(uri.is_ok());
  EXPECT_EQ(uri->user, "eve");
  EXPECT_EQ(uri->password, "pa%40ss");
  EXPECT_EQ(uri->hosts, "a.example:27017,b.example:27018");
  EXPECT_EQ(uri->database, "shop");
  ASSERT_EQ(uri->options.size(), 2U);
  EXPECT_EQ(uri->to_uri(), text);
}

TEST(ConnectionString, ShownFormHidesPasswordAndSecretOptions) {
  const auto uri = ConnectionString::parse(
      "mongodb+srv://eve:hunter2@cluster.example/"
      "?authMechanismProperties=TOKEN:x&tlsCertificateKeyFilePassword=y&w=1");

  ASSERT_TRUE(uri.is_ok());
  EXPECT_EQ(uri->redacted(),
            "mongodb+srv://eve:***@cluster.example/"
            "?authMechanismProperties=***&tlsCertificateKeyFilePassword=***&w=1");
}

TEST(ConnectionString, PasswordWithAnUnencodedAtIsStillHidden) {
  const auto uri = ConnectionString::parse("mongodb://eve:p@ss@host/");

  ASSERT_TRUE(uri.is_ok());
  EXPECT_EQ(uri->password, "p@ss");
  EXPECT_EQ(uri->redacted(), "mongodb://eve:***@host");
}

TEST(ConnectionString, SecretIsEncodedInThePassword) {
  const auto uri = resolve_connection_string("mongodb://eve:${file:/run/secrets/mongo}@host:27017/",
                                             reader_with("p@ss:w/rd?#%"));

  ASSERT_TRUE(uri.is_ok()) << uri.status().to_string();
  EXPECT_EQ(uri->password, "p%40ss%3Aw%2Frd%3F%23%25");
  EXPECT_EQ(uri->hosts, "host:27017");
  EXPECT_EQ(log::redact("login with p@ss:w/rd?#% failed"), "login with *** failed");
}

TEST(ConnectionString, ReferenceMayBeTheWholeUri) {
  const auto uri = resolve_connection_string("${env:MONGO_URI}",
                                             reader_with("mongodb://eve:whole-secret@host/db"));

  ASSERT_TRUE(uri.is_ok());
  EXPECT_EQ(uri->password, "whole-secret");
  EXPECT_EQ(log::redact("whole-secret"), "***");
}

TEST(ConnectionString, MalformedOnesAreRefusedWithoutTheirContent) {
  for (const char* text : {"", "host:27017", "http://host", "mongodb://",
                           "mongodb://eve:opensesame@", "mongodb://h/?x", "mongodb://h/?=1"}) {
    const auto uri = ConnectionString::parse(text);
    EXPECT_EQ(uri.status().code(), Code::kInvalidArgument) << text;
    EXPECT_EQ(uri.status().to_string().find("opensesame"), std::string::npos);
  }
}

TEST(ConnectionString, PercentCodingReadsBack) {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);

  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%zz"), "%zz");
}

}  // namespace
}  // namespace inlet
