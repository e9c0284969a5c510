// Aim: the time in a token of the server is read, and a token of another make says "unknown",
// never a wrong time.

#include "source/mongo/resume_token.h"

#include <gtest/gtest.h>

#include "bson/builder.h"

namespace inlet {
namespace {

ClusterTime time_of(const std::string& data) {
  DocumentBuilder token;
  token.append_string("_data", data);
  return time_of_token(token.finish());
}

TEST(ResumeToken, TimeStandsBehindItsMark) {
  EXPECT_EQ(time_of("82679CC05000000007"
                    "2B0229296E04"),
            (ClusterTime{0x679CC050, 7}));
  EXPECT_EQ(time_of("82FFFFFFFFFFFFFFFF"), (ClusterTime{UINT32_MAX, UINT32_MAX}));
  EXPECT_EQ(time_of("82679cc05000000007"), (ClusterTime{0x679CC050, 7}));
}

TEST(ResumeToken, OfAnotherMakeHasNoTime) {
  for (const char* const data :
       {"", "82", "82679CC0500000000", "83679CC05000000007", "82679CC0500000000G",
        "82-79CC05000000007", "82679CC050 0000007", "826 9CC05000000007"})
    EXPECT_TRUE(time_of(data).is_zero()) << data;
  EXPECT_TRUE(time_of_token(DocumentView()).is_zero());
  DocumentBuilder number;
  number.append_int32("_data", 82);
  EXPECT_TRUE(time_of_token(number.finish()).is_zero());
}

}  // namespace
}  // namespace inlet
