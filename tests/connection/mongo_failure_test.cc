// What a failure of MongoDB becomes: the code decides what the engine does.

#include "connection/mongo/mongo_failure.h"

#include <gtest/gtest.h>

namespace inlet {
namespace {

using Origin = MongoFailure::Origin;

Status server(int code, std::vector<std::string> labels = {}) {
  return status_of(
      {.origin = Origin::kServer, .code = code, .message = "cause", .labels = std::move(labels)});
}

TEST(MongoFailure, ElectionsRestartsAndKilledCursorsAreRetried) {
  for (const int code : {43, 175, 189, 91, 10107, 11600, 11602, 13435, 13436, 234, 237, 6, 7, 89}) {
    EXPECT_EQ(server(code).code(), Code::kUnavailable) << code;
    EXPECT_FALSE(is_unknown_server_error(server(code))) << code;
  }
  EXPECT_EQ(server(999999, {"ResumableChangeStreamError"}).code(), Code::kUnavailable);
  EXPECT_FALSE(is_unknown_server_error(server(999999, {"ResumableChangeStreamError"})));
}

TEST(MongoFailure, LostPositionsAreToldApart) {
  for (const int code : {136, 260, 280, 286}) {
    EXPECT_EQ(server(code).code(), Code::kResumePointLost) << code;
    EXPECT_NE(server(code).hint().find("resync"), std::string_view::npos) << code;
  }
}

TEST(MongoFailure, OperatorsAndAuthorsGetAHint) {
  EXPECT_EQ(server(13).code(), Code::kPermissionDenied);
  EXPECT_NE(server(13).hint().find("role read"), std::string_view::npos);
  EXPECT_EQ(server(18).code(), Code::kPermissionDenied);
  EXPECT_NE(server(18).hint().find("password"), std::string_view::npos);
  EXPECT_EQ(server(40573).code(), Code::kInvalidArgument);
  EXPECT_NE(server(40573).hint().find("--replSet"), std::string_view::npos);
  EXPECT_EQ(server(10334).code(), Code::kResourceExhausted);
  EXPECT_NE(server(10334).hint().find("7.0"), std::string_view::npos);
  EXPECT_EQ(server(2).code(), Code::kInvalidArgument);
  EXPECT_EQ(server(26).code(), Code::kNotFound);
}

TEST(MongoFailure, CommandThatTheServerRepeatsIsLeftOut) {
  const Status status = status_of(
      {.origin = Origin::kServer,
       .code = 13,
       .message =
           "not authorized on shop to execute command { find: \"orders\", filter: {name: 1} }",
       .labels = {}});

  EXPECT_EQ(status.fields().front().value, "not authorized on shop to execute command find");
}

TEST(MongoFailure, UnknownErrorIsRetriedAndMarked) {
  const Status status = server(424242);

  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_TRUE(is_unknown_server_error(status));
  EXPECT_EQ(server_code_of(status), 424242);
  EXPECT_EQ(server_code_of(Status::ok()), 0);
}

TEST(MongoFailure, OriginDecidesWhereThereIsNoCode) {
  const auto of = [](Origin origin) {
    return status_of({.origin = origin, .code = 0, .message = "cause", .labels = {}}).code();
  };

  EXPECT_EQ(of(Origin::kNetwork), Code::kUnavailable);
  EXPECT_EQ(of(Origin::kServerSelection), Code::kUnavailable);
  EXPECT_EQ(of(Origin::kAuthentication), Code::kPermissionDenied);
  EXPECT_EQ(of(Origin::kClient), Code::kInvalidArgument);
}

}  // namespace
}  // namespace inlet
