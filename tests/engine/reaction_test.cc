// Aim: each kind of failure has the one reaction that does not make it worse.

#include "engine/reaction.h"

#include <gtest/gtest.h>

namespace inlet {
namespace {

Reaction reaction_to_code(Code code) {
  return reaction_to(code == Code::kOk ? Status::ok() : Status(code, "as it happens"));
}

TEST(Reaction, SuccessGoesOn) {
  EXPECT_EQ(reaction_to_code(Code::kOk), Reaction::kContinue);
}

TEST(Reaction, WhatTheOutsideMayMendIsRetried) {  // R67
  EXPECT_EQ(reaction_to_code(Code::kUnavailable), Reaction::kRetry);
  EXPECT_EQ(reaction_to_code(Code::kTimeout), Reaction::kRetry);
}

TEST(Reaction, BadDocumentIsSetAside) {
  EXPECT_EQ(reaction_to_code(Code::kBadDocument), Reaction::kDeadLetter);
}

TEST(Reaction, ShutdownDrainsWithoutAnAlarm) {
  EXPECT_EQ(reaction_to_code(Code::kCancelled), Reaction::kDrain);
}

TEST(Reaction, WhatOnlyAPersonCanMendStops) {  // R12
  for (const Code code :
       {Code::kInvalidArgument, Code::kUnimplemented, Code::kPermissionDenied, Code::kNotFound,
        Code::kResumePointLost, Code::kResourceExhausted, Code::kCorruption, Code::kInternal}) {
    EXPECT_EQ(reaction_to_code(code), Reaction::kStop) << code_name(code);
  }
}

}  // namespace
}  // namespace inlet
