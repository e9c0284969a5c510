// Aim: no option is misread in silence: a wrong type, an unknown value and a misspelt name each
// fail and say where.

#include "plan/option_reader.h"

#include <gtest/gtest.h>

#include "bson/builder.h"

namespace inlet {
namespace {

TEST(OptionReader, ReadsEachTypeAndFallsBackWhereNothingIsSaid) {
  DocumentBuilder builder;
  builder.append_string("db", "shop")
      .append_string("interval", "10s")
      .append_string("budget", "8MiB");
  builder.append_int32("parallelism", 4).append_bool("enable", true);
  builder.open_array("coll").append_string("0", "orders").append_string("1", "users").close();
  const Document options = builder.finish_owned();
  OptionReader reader(options, "$source");

  EXPECT_EQ(reader.text("db"), "shop");
  EXPECT_EQ(reader.duration("interval", {}), std::chrono::seconds(10));
  EXPECT_EQ(reader.size("budget", 0), 8U << 20);
  EXPECT_EQ(reader.integer("parallelism", 1, 1, 64), 4);
  EXPECT_TRUE(reader.flag("enable", false));
  EXPECT_EQ(reader.texts("coll"), (std::vector<std::string>{"orders", "users"}));
  EXPECT_EQ(reader.text("path", "x"), "x");
  EXPECT_TRUE(reader.finish().is_ok());
}

TEST(OptionReader, MisspeltOptionFailsWithTheNearestName) {
  DocumentBuilder builder;
  const Document options = builder.append_int32("paralelism", 4).finish_owned();
  OptionReader reader(options, "$source.initialSync");
  reader.integer("parallelism", 1, 1, 64);

  const Status status = reader.finish();

  EXPECT_EQ(status.to_string(),
            "invalid_argument: unknown option (stage=$source.initialSync, option=paralelism); "
            "hint: did you mean 'parallelism'?");
}

TEST(OptionReader, FirstFailureIsTheOneReported) {
  DocumentBuilder builder;
  const Document options = builder.append_string("parallelism", "four")
                               .append_int32("path", 3)
                               .append_int32("retries", 900)
                               .finish_owned();
  OptionReader reader(options, "$emit");
  reader.integer("parallelism", 1, 1, 64);
  reader.text("path");
  reader.integer("retries", 1, 0, 10);

  EXPECT_EQ(reader.finish().to_string(),
            "invalid_argument: option has the wrong type (option=parallelism, expected=a whole "
            "number, stage=$emit)");
}

TEST(OptionReader, UnknownChoiceNamesTheNearest) {
  DocumentBuilder builder;
  const Document options = builder.append_string("envelope", "leen").finish_owned();
  OptionReader reader(options, "$emit");
  reader.choice("envelope", {"lean", "event", "document"}, "lean");

  EXPECT_EQ(reader.finish().hint(), "did you mean 'lean'?");
}

}  // namespace
}  // namespace inlet
