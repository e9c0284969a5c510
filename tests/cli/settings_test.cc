// Aim: a setting comes from where its author last said it, flag before environment before .env
// before file; a misspelt one is never ignored; no refusal shows a value.

#include "cli/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/environment_file.h"
#include "cli/flag_table.h"

namespace inlet {
namespace {

namespace fs = std::filesystem;

/// An empty working folder and an environment without our variables.
class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest()
      : before_(fs::current_path()), folder_(fs::path(::testing::TempDir()) / "settings_test") {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    fs::current_path(folder_);
    forget();
  }
  ~SettingsTest() override {
    forget();
    fs::current_path(before_);
    fs::remove_all(folder_);
  }

  static Result<CommandLine> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "inlet");
    return parse_command_line(static_cast<int>(words.size()), words.data());
  }
  static Settings settings(const std::vector<const char*>& words) {
    const Result<CommandLine> parsed = parse(words);
    EXPECT_TRUE(parsed.is_ok()) << parsed.status().to_string();
    return parsed.is_ok() ? parsed->settings : Settings();
  }
  static Status refusal(const std::vector<const char*>& words) {
    const Result<CommandLine> parsed = parse(words);
    EXPECT_FALSE(parsed.is_ok());
    EXPECT_EQ(parsed.status().code(), Code::kInvalidArgument);
    return parsed.status();
  }
  static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
  static void write(const char* file, const std::string& text) { std::ofstream(file) << text; }

 private:
  static void forget() {
    ::unsetenv("MONGO_URI");
    for (const char* const name :
         {"INLET_DB", "INLET_COLLECTION", "INLET_FROM", "INLET_UNTIL_CAUGHT_UP", "INLET_CONFIG"})
      ::unsetenv(name);
  }

  const fs::path before_;
  const fs::path folder_;
};

bool contains(const Status& status, std::string_view part) {
  return status.to_string().find(part) != std::string::npos;
}

TEST_F(SettingsTest, FlagBeatsEnvironmentBeatsDotEnvBeatsFile) {  // R62
  write("inlet.toml", "db = \"file\"\n");
  const std::vector<const char*> with_file{"sync", "--config", "inlet.toml"};
  EXPECT_EQ(settings({"sync"}).preset.db, "");
  EXPECT_EQ(settings(with_file).preset.db, "file");

  write(".env", "INLET_DB=dotenv\n");
  EXPECT_EQ(settings(with_file).preset.db, "dotenv");

  set("INLET_DB", "environment");
  EXPECT_EQ(settings(with_file).preset.db, "environment");

  EXPECT_EQ(settings({"sync", "--config", "inlet.toml", "--db", "flag"}).preset.db, "flag");
}

TEST_F(SettingsTest, SwitchThatIsTurnedOffBeatsTheEnvironmentToo) {  // R62
  set("INLET_UNTIL_CAUGHT_UP", "yes");
  EXPECT_TRUE(settings({"sync"}).preset.until_caught_up);

  EXPECT_FALSE(settings({"sync", "--until-caught-up=false"}).preset.until_caught_up);
  EXPECT_TRUE(settings({"sync", "--until-caught-up"}).preset.until_caught_up);
}

TEST_F(SettingsTest, RepeatedFlagsAreAListEverywhere) {
  const std::vector<std::string> both{"orders", "cust*"};
  EXPECT_EQ(settings({"sync", "--collection", "orders", "--collection=cust*"}).preset.collections,
            both);

  write("list.toml", "collection = [\"orders\", \"cust*\"]\n");
  EXPECT_EQ(settings({"sync", "--config", "list.toml"}).preset.collections, both);

  set("INLET_COLLECTION", "orders,cust*");
  EXPECT_EQ(settings({"sync"}).preset.collections, both);
  EXPECT_EQ(settings({"sync", "--collection", "one"}).preset.collections,
            std::vector<std::string>{"one"})
      << "a list is replaced, not added to";
}

TEST_F(SettingsTest, LastOfASingleFlagCounts) {
  EXPECT_EQ(settings({"sync", "--db", "a", "--db", "b"}).preset.db, "b");
}

TEST_F(SettingsTest, UsualVariableOfDeploymentsIsTheSource) {  // R62
  set("MONGO_URI", "mongodb://usual/");
  EXPECT_EQ(settings({"sync"}).from, "mongodb://usual/");

  set("INLET_FROM", "mongodb://ours/");
  EXPECT_EQ(settings({"sync"}).from, "mongodb://ours/");
}

TEST_F(SettingsTest, SectionOfTheCommandBeatsWhatIsForAll) {
  write("inlet.toml",
        "db = \"all\"\nlog-level = \"debug\"\n[sync]\ndb = \"mine\"\n[changes]\ndb = \"other\"\n");

  const Settings read = settings({"sync", "--config", "inlet.toml"});
  EXPECT_EQ(read.preset.db, "mine");
  EXPECT_EQ(read.log.level, log::Level::kDebug);
  EXPECT_EQ(settings({"snapshot", "--config", "inlet.toml"}).preset.db, "all");
}

TEST_F(SettingsTest, KeyOfAnotherCommandIsLeftAlone) {
  write("inlet.toml", "db = \"shop\"\nschedule = \"0 * * * *\"\n");

  EXPECT_EQ(settings({"sync", "--config", "inlet.toml"}).schedule, "");
  EXPECT_EQ(settings({"snapshot", "--config", "inlet.toml"}).schedule, "0 * * * *");
}

TEST_F(SettingsTest, MisspeltWordsAreNamedWithTheNearest) {
  EXPECT_EQ(refusal({"synk"}).hint(), "did you mean 'sync'?");
  EXPECT_EQ(refusal({"sync", "--colection", "a"}).hint(), "did you mean --collection?");
  EXPECT_EQ(refusal({"sync", "--log-format", "jsn"}).hint(), "did you mean 'json'?");
  EXPECT_TRUE(contains(refusal({"sync", "--log-format", "jsn"}), "flag=--log-format"));

  write("key.toml", "colection = \"a\"\n");
  const Status key = refusal({"sync", "--config", "key.toml"});
  EXPECT_EQ(key.hint(), "did you mean 'collection'?");
  EXPECT_TRUE(contains(key, "key=colection") && contains(key, "file=key.toml")) << key.to_string();

  write("section.toml", "[snyc]\ndb = \"a\"\n");
  EXPECT_EQ(refusal({"sync", "--config", "section.toml"}).hint(), "did you mean 'sync'?");
}

TEST_F(SettingsTest, FlagOfAnotherCommandIsUnknownHere) {
  const Status status = refusal({"changes", "--schedule", "0 * * * *"});

  EXPECT_TRUE(contains(status, "flag=--schedule") && contains(status, "command=changes"))
      << status.to_string();
}

TEST_F(SettingsTest, ValuesThatAreNotWhatTheyMustBeNameTheirFlag) {
  for (const auto& [flag, value] :
       std::vector<std::pair<const char*, const char*>>{{"--parallelism", "three"},
                                                        {"--parallelism", "-1"},
                                                        {"--flush-interval", "10"},
                                                        {"--flush-bytes", "8 parsecs"},
                                                        {"--query", "{a:"},
                                                        {"--pipeline", "{$match: {}}"},
                                                        {"--include-system", "maybe"}}) {
    const std::string word = std::string(flag) + "=" + value;
    const Status status = refusal({"sync", word.c_str()});
    EXPECT_TRUE(contains(status, flag)) << status.to_string();
  }
}

TEST_F(SettingsTest, FilesThatCannotBeReadAreRefusedWithoutTheirContent) {  // R63
  EXPECT_TRUE(contains(refusal({"sync", "--config", "none.toml"}), "none.toml"));

  write(".env", "GOOD=1\nhunter2 hunter2\n");
  const Status dotenv = refusal({"sync"});
  EXPECT_TRUE(contains(dotenv, "line=2") && contains(dotenv, "file=.env")) << dotenv.to_string();
  EXPECT_FALSE(contains(dotenv, "hunter2"));
  fs::remove(".env");

  write("bad.toml", "from = \"mongodb://u:hunter2@h\nx = [[\"hunter2\"\n[a\n");
  EXPECT_FALSE(contains(parse({"sync", "--config", "bad.toml"}).status(), "hunter2"));
}

TEST_F(SettingsTest, HelpAndVersionAreTextForEveryCommand) {
  EXPECT_TRUE(parse({})->text->starts_with("inlet moves MongoDB data"));
  EXPECT_TRUE(parse({"--version"})->text->starts_with("inlet "));
  for (const CommandEntry& command : command_table()) {
    const std::string name(command.name);
    const Result<CommandLine> help = parse({name.c_str(), "--help"});
    ASSERT_TRUE(help.is_ok()) << name;
    ASSERT_TRUE(help->text.has_value()) << name;
    EXPECT_EQ(*help->text, *parse({"help", name.c_str()})->text);
    for (const FlagEntry& flag : flag_table()) {
      EXPECT_EQ(help->text->find("\n  --" + std::string(flag.name) + " ") != std::string::npos,
                command.takes(flag))
          << name << " --" << flag.name;
    }
  }
}

TEST_F(SettingsTest, ArgumentIsTheTarget) {
  EXPECT_EQ(settings({"verify", "./lake"}).target, "./lake");
  EXPECT_EQ(settings({"run", "file.json", "--to", "./lake"}).target, "file.json");
}

using Variables = std::vector<std::pair<std::string, std::string>>;

TEST(EnvironmentFile, ReadsWhatOthersWrite) {  // R62
  const Result<Variables> read = parse_environment(
      "# a comment\n\nA=1\n  export B = two words # and a comment\r\nC='it''\nC='# no comment' # "
      "one\n"
      "D=\"x = y\"\nE=\nF=a#b\nG_2=${env:HOME}");

  EXPECT_FALSE(read.is_ok()) << "a quote within quotes is not guessed at";
  const Result<Variables> good = parse_environment(
      "# a comment\n\nA=1\n  export B = two words # and a comment\r\nC='# no comment' # one\n"
      "D=\"x = y\"\nE=\nF=a#b\nG_2=${env:HOME}");
  ASSERT_TRUE(good.is_ok()) << good.status().to_string();
  EXPECT_EQ(*good, (Variables{{"A", "1"},
                              {"B", "two words"},
                              {"C", "# no comment"},
                              {"D", "x = y"},
                              {"E", ""},
                              {"F", "a#b"},
                              {"G_2", "${env:HOME}"}}));
}

TEST(EnvironmentFile, LineThatIsNotNameAndValueIsNumbered) {
  for (const std::string& text : {std::string("A=1\nB\n"), std::string("A=1\n=2\n"),
                                  std::string("A=1\n2B=2\n"), std::string("A=1\nB=\"open\n"),
                                  std::string("A=1\nB C=3\n"), std::string("A=1\nB=a\0b\n", 10)}) {
    const Status status = parse_environment(text).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << text;
    EXPECT_TRUE(contains(status, "line=2")) << status.to_string();
  }
}

}  // namespace
}  // namespace inlet
