// Aim: a log line is one line, valid JSON where that was asked for, whatever it tells of, and holds
// no secret in any form.

#include "base/log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

namespace inlet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Sends the log to a file of its own and gives the lines that came.
class LogFile {
 public:
  explicit LogFile(log::Format format, log::Level level = log::Level::kDebug) {
    path_ = fs::path(::testing::TempDir()) /
            ("log_test." +
             std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove(path_);
    const Status status = log::init({.level = level, .format = format, .file = path_.string()});
    EXPECT_TRUE(status.is_ok()) << status.to_string();
  }
  ~LogFile() { fs::remove(path_); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  std::vector<std::string> lines() const {
    log::info("the end");  // Information and above is flushed.
    std::ifstream file(path_);
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);) out.push_back(line);
    EXPECT_FALSE(out.empty());
    if (!out.empty()) out.pop_back();
    return out;
  }
  std::string line() const {
    const std::vector<std::string> all = lines();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? "" : all.front();
  }
  Json json() const {
    const std::string text = line();
    Json out = Json::parse(text, nullptr, false);
    EXPECT_TRUE(out.is_object()) << text;
    return out;
  }

 private:
  fs::path path_;
};

TEST(Log, JsonLineHasTimeLevelMessageAndFields) {  // R31
  const LogFile file(log::Format::kJson);

  log::warning("collection copied", {{"ns", "shop.orders"}, {"documents", 42}, {"rate", 0.5}});
  const Json line = file.json();
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["message"], "collection copied");
  EXPECT_EQ(line["ns"], "shop.orders");
  EXPECT_EQ(line["documents"], 42);
  EXPECT_EQ(line["rate"], 0.5);
  const std::string time = line["time"];
  EXPECT_EQ(time.size(), std::string_view("2025-01-31T13:00:00.000Z").size()) << time;
  EXPECT_EQ(time.back(), 'Z');
}

TEST(Log, JsonLineIsValidWhateverItTellsOf) {  // R31
  const LogFile file(log::Format::kJson);
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);

  log::info("odd \"text\"\n\\", {{"bytes", every_byte}, {"percent", "%v %s {} {0}"}});
  const Json line = file.json();
  EXPECT_EQ(line["message"], "odd \"text\"\n\\");
  EXPECT_EQ(line["percent"], "%v %s {} {0}");
  const std::string bytes = line["bytes"];
  EXPECT_EQ(bytes.substr(0, 128), every_byte.substr(0, 128));
}

TEST(Log, JsonKeepsGoodUtf8AndReplacesTheRest) {  // R31
  const LogFile file(log::Format::kJson);

  log::info("text", {{"name", "Straße 注 \xF0\x9F\x98\x80"}, {"bad", "a\xC3(\xFFz"}});
  const Json line = file.json();
  EXPECT_EQ(line["name"], "Straße 注 \xF0\x9F\x98\x80");
  EXPECT_EQ(line["bad"], "a\xEF\xBF\xBD(\xEF\xBF\xBDz");
}

TEST(Log, NumberThatJsonCannotSayIsAString) {  // R31
  const LogFile file(log::Format::kJson);

  log::info("rates", {{"nan", std::nan("")}, {"inf", std::numeric_limits<double>::infinity()}});
  const Json line = file.json();
  EXPECT_EQ(line["nan"], "nan");
  EXPECT_EQ(line["inf"], "inf");
}

TEST(Log, TextLineQuotesWhatWouldNotBeOneWord) {  // R31
  const LogFile file(log::Format::kText);

  log::info(
      "copied",
      {{"ns", "shop.orders"}, {"reason", "two words"}, {"none", ""}, {"n", 7}, {"broken", "a\nb"}});
  const std::string line = file.line();
  EXPECT_TRUE(line.ends_with(
      R"(info    copied  ns=shop.orders  reason="two words"  none=""  n=7  broken="a\u000ab")"))
      << line;
}

TEST(Log, LevelLeavesOutWhatIsBelow) {  // R31
  const LogFile file(log::Format::kText, log::Level::kInfo);

  log::debug("too much");
  log::error("enough");
  EXPECT_NE(file.line().find("enough"), std::string::npos);
}

TEST(Log, FileThatCannotBeOpenedSaysWhatToDo) {
  const Status status = log::init({.file = "/proc/version/inlet.log"});

  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_FALSE(status.hint().empty());
}

TEST(Redaction, NoFormatShowsASecretHoweverItWouldBeWritten) {  // R63
  // What a JSON string escapes must be found before it is escaped.
  const std::string secrets[] = {"plain-secret-1", "quo\"te\\back-2", "two words-3", "new\nline-4"};
  for (const std::string& secret : secrets) log::add_secret(secret);
  for (const log::Format format : {log::Format::kText, log::Format::kJson}) {
    const LogFile file(format);
    for (const std::string& secret : secrets) {
      log::error("failed with " + secret, {{"uri", "mongodb://u:" + secret + "@h/"}});
      log::write_status(log::Level::kError, "status",
                        Status(Code::kInternal, "with").with("field", secret));
    }
    const std::vector<std::string> lines = file.lines();
    EXPECT_EQ(lines.size(), 8U);
    for (const std::string& line : lines) {
      EXPECT_NE(line.find("***"), std::string::npos) << line;
      for (const char* const rest : {"secret-1", "back-2", "words-3", "line-4"})
        EXPECT_EQ(line.find(rest), std::string::npos) << line;
    }
  }
}

TEST(Redaction, LongerSecretIsHiddenWholeAlsoWhenItHoldsAShorterOne) {  // R63
  log::add_secret("hunter2");
  log::add_secret("hunter2-and-more");

  EXPECT_EQ(log::redact("a hunter2-and-more b hunter2 c hunter2hunter2"), "a *** b *** c ******");
}

TEST(Redaction, SecretsTooShortToBeOneLeaveWordsAlone) {
  log::add_secret("");
  log::add_secret("abc");

  EXPECT_EQ(log::redact("abc"), "abc");
}

TEST(Redaction, SecretOfStarsEnds) {
  log::add_secret("****");

  EXPECT_EQ(log::redact("a ******** b"), "a ****** b");
}

}  // namespace
}  // namespace inlet
