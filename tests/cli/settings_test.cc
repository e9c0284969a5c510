#include "cli/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace inlet {
namespace {

class ConfigurationFile : public testing::Test {
 protected:
  ConfigurationFile()
      : path_(testing::TempDir() + "inlet_settings_" + std::to_string(::getpid()) + ".toml") {}
  ~ConfigurationFile() override { std::filesystem::remove(path_); }

  Result<CommandLine> parse(const std::string& text, const char* command,
                            std::vector<const char*> flags = {}) {
    std::ofstream(path_) << text;
    flags.insert(flags.begin(), {"inlet", command, "--config", path_.c_str()});
    return parse_command_line(static_cast<int>(flags.size()), flags.data());
  }

  std::string path_;
};

constexpr char kTwoLakes[] = R"(from = "mongodb://localhost"
to = "./lake"
parallelism = 2
metrics-listen = "127.0.0.1:9464"

[snapshot]
to = "./dumps"
parallelism = 7
)";

TEST_F(ConfigurationFile, ASectionIsForItsCommandAndBeatsWhatIsSaidForAll) {
  const Result<CommandLine> snapshot = parse(kTwoLakes, "snapshot");
  ASSERT_TRUE(snapshot.is_ok()) << snapshot.error().to_string();
  EXPECT_EQ(snapshot->settings.to, "./dumps");
  EXPECT_EQ(snapshot->settings.from, "mongodb://localhost");

  const Result<CommandLine> sync = parse(kTwoLakes, "sync");
  ASSERT_TRUE(sync.is_ok()) << sync.error().to_string();
  EXPECT_EQ(sync->settings.to, "./lake");
}

TEST_F(ConfigurationFile, AFlagBeatsTheFile) {
  const Result<CommandLine> parsed = parse(kTwoLakes, "snapshot", {"--to", "./elsewhere"});
  ASSERT_TRUE(parsed.is_ok()) << parsed.error().to_string();
  EXPECT_EQ(parsed->settings.to, "./elsewhere");
}

TEST_F(ConfigurationFile, KeysThatACommandDoesNotTakeAreLeftToTheOthers) {
  const Result<CommandLine> verify = parse(kTwoLakes, "verify", {"./lake"});
  ASSERT_TRUE(verify.is_ok()) << verify.error().to_string();
  EXPECT_EQ(verify->settings.from, "mongodb://localhost");
}

TEST_F(ConfigurationFile, ASectionThatNamesNoCommandIsRefusedWithTheNearest) {
  const Result<CommandLine> parsed = parse("[snapshto]\nto = \"./dumps\"\n", "snapshot");
  ASSERT_FALSE(parsed.is_ok());
  EXPECT_EQ(parsed.error().code(), Code::kInvalidArgument);
  EXPECT_NE(parsed.error().to_string().find("section=snapshto"), std::string::npos);
  EXPECT_NE(parsed.error().to_string().find("'snapshot'?"), std::string::npos)
      << parsed.error().to_string();
}

TEST_F(ConfigurationFile, AnUnknownKeyIsRefusedWithTheNearest) {
  const Result<CommandLine> parsed = parse("flush-intervall = \"2s\"\n", "sync");
  ASSERT_FALSE(parsed.is_ok());
  EXPECT_NE(parsed.error().to_string().find("flush-interval"), std::string::npos);
}

}  // namespace
}  // namespace inlet
