// Aim: every record's folder lies inside the lake, is visible to readers, and is nobody else's; a
// template that cannot keep that promise is refused with a hint.

#include "sink/lake/path_template.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace inlet {
namespace {

constexpr int64_t kHour = 1'738'328'400;  // 2025-01-31T13:00:00Z

std::string folder(std::string_view text, const Namespace& ns = {"shop", "orders"},
                   Operation operation = Operation::kInsert, int64_t hour = kHour) {
  const Result<PathTemplate> path = PathTemplate::parse(text);
  EXPECT_TRUE(path.is_ok()) << text << ": " << path.status().to_string();
  return path.is_ok() ? path->folder(ns, operation, hour) : "";
}

int64_t period(std::string_view text) {
  const Result<PathTemplate> path = PathTemplate::parse(text);
  EXPECT_TRUE(path.is_ok()) << text << ": " << path.status().to_string();
  return path.is_ok() ? path->period_seconds() : -1;
}

TEST(PathTemplate, StandardIsCollectionAndHourWithTheDatabaseWhereThereAreSeveral) {  // R3
  EXPECT_EQ(PathTemplate::standard(false).folder({"shop", "orders"}, Operation::kUpdate, kHour),
            "orders/2025-01-31-13/");
  EXPECT_EQ(PathTemplate::standard(true).folder({"shop", "orders"}, Operation::kUpdate, kHour),
            "shop/orders/2025-01-31-13/");
}

TEST(PathTemplate, EveryTokenHasItsValueInUtc) {  // R3
  EXPECT_EQ(folder("{db}/{collection}/{yyyy}/{MM}/{dd}/{HH}/{hour}/{op}"),
            "shop/orders/2025/01/31/13/2025-01-31-13/insert/");
  EXPECT_EQ(folder("{collection}/{hour}/", {"shop", "orders"}, Operation::kInsert, 0),
            "orders/1970-01-01-00/");
  EXPECT_EQ(folder("{collection}/{hour}/", {"shop", "orders"}, Operation::kInsert, 4'294'965'600),
            "orders/2106-02-07-06/")
      << "the last hour that a cluster time can name";
}

TEST(PathTemplate, HiveStyleKeepsItsEqualsSigns) {
  EXPECT_EQ(folder("raw/{collection}/dt={yyyy}-{MM}-{dd}/hour={HH}"),
            "raw/orders/dt=2025-01-31/hour=13/");
}

TEST(PathTemplate, OperationTokenSplitsByWhatHappened) {
  const std::string_view text = "{collection}/{op}/{hour}/";

  EXPECT_EQ(folder(text, {"shop", "orders"}, Operation::kDelete), "orders/delete/2025-01-31-13/");
  EXPECT_EQ(folder(text, {"shop", "orders"}, Operation::kRead), "orders/read/2025-01-31-13/");
  EXPECT_TRUE(PathTemplate::parse(text)->has_operation());
  EXPECT_FALSE(PathTemplate::standard(true).has_operation());
}

TEST(PathTemplate, EventsWiderThanACollectionHaveAPlaceThatNoCollectionCanTake) {  // R10
  EXPECT_EQ(folder("{db}/{collection}/", {"shop", ""}), "shop/%24database/");
  EXPECT_EQ(folder("{db}/{collection}/", {"", ""}), "%24cluster/%24database/");
}

TEST(PathTemplate, PeriodIsKnownOnlyWhereAFolderNeverComesBack) {  // R4
  EXPECT_EQ(period("{collection}/{hour}/"), 3600);
  EXPECT_EQ(period("{collection}/dt={yyyy}-{MM}-{dd}/hour={HH}/"), 3600);
  EXPECT_EQ(period("{collection}/{yyyy}-{MM}-{dd}/"), 86'400);
  EXPECT_EQ(period("{collection}/"), 0);
  EXPECT_EQ(period("{collection}/{yyyy}-{MM}/"), 0) << "months differ in length";
  EXPECT_EQ(period("{collection}/{dd}/"), 0) << "the folder comes back each month";
  EXPECT_EQ(period("{collection}/{HH}/"), 0) << "the folder comes back each day";
  EXPECT_EQ(period("{collection}/{yyyy}/{HH}/"), 0);
}

TEST(PathTemplate, UnknownTokenFailsWithTheNearest) {
  const Status failure = PathTemplate::parse("{colection}/{hour}/").status();

  EXPECT_EQ(failure.code(), Code::kInvalidArgument);
  EXPECT_NE(failure.to_string().find("token=colection"), std::string::npos) << failure.to_string();
  EXPECT_EQ(failure.hint(), "did you mean 'collection'?");
}

TEST(PathTemplate, WhatReadersCannotSeeOrStoresCannotHoldIsRefused) {
  for (const std::string_view text :
       {"", "{collection", "collection}", "{}", "{{db}}", "/abs/{hour}", "a//b", "../{hour}",
        "{collection}/../{hour}", "./{hour}", "_x/{collection}", "{collection}/.hidden/{hour}",
        "a\\b/{hour}", "a\nb/{hour}", "a\x01/{hour}"}) {
    const Result<PathTemplate> parsed = PathTemplate::parse(text);
    ASSERT_FALSE(parsed.is_ok()) << text;
    EXPECT_EQ(parsed.error().code(), Code::kInvalidArgument) << text;
    EXPECT_NE(parsed.error().to_string().find("path="), std::string::npos)
        << parsed.error().to_string();
  }
  EXPECT_EQ(PathTemplate::parse("_x/{hour}").status().hint(),
            "do not begin a folder with '_' or '.'");
}

TEST(EscapePathPart, PlainNamesStayAndTheRestBecomesHexadecimal) {
  EXPECT_EQ(escape_path_part("orders-2025_v1.items=~"), "orders-2025_v1.items=~");
  EXPECT_EQ(escape_path_part("a/b"), "a%2Fb");
  EXPECT_EQ(escape_path_part("a b"), "a%20b");
  EXPECT_EQ(escape_path_part("100%"), "100%25");
  EXPECT_EQ(escape_path_part("a\\b"), "a%5Cb");
  EXPECT_EQ(escape_path_part(".."), "%2E.");
  EXPECT_EQ(escape_path_part("."), "%2E");
  EXPECT_EQ(escape_path_part("_orders"), "%5Forders");
  EXPECT_EQ(escape_path_part(".orders"), "%2Eorders");
  EXPECT_EQ(escape_path_part("Straße"), "Stra%C3%9Fe");
  EXPECT_EQ(escape_path_part(std::string_view("a\0b", 3)), "a%00b");
  EXPECT_EQ(escape_path_part(""), "");
}

TEST(EscapePathPart, LongestNameOfTheServerFitsIntoAFileName) {
  std::string name;
  while (name.size() + 3 <= 255) name += "注";
  std::string other = name;
  other.back() = static_cast<char>(other.back() + 1);

  const std::string escaped = escape_path_part(name);
  EXPECT_LE(escaped.size(), 200U);
  EXPECT_EQ(escaped, escape_path_part(name));
  EXPECT_NE(escaped, escape_path_part(other)) << "cut short, but not alike";
  EXPECT_EQ(escape_path_part(std::string(200, 'a')), std::string(200, 'a'));
  EXPECT_LE(escape_path_part(std::string(255, 'a')).size(), 200U);
}

TEST(EscapePathPart, DifferentNamesStayDifferentAndNoneIsHiddenOrLeavesItsFolder) {
  Random random(17);
  static constexpr std::string_view kAlphabet = "ab./%_$\\2EF~5 \xC3\x9F";
  std::set<std::string> names;
  std::set<std::string> escaped;
  for (int i = 0; i < 20'000; ++i) {
    std::string name;
    for (uint64_t n = 1 + random.below(6); n > 0; --n)
      name += kAlphabet[random.below(kAlphabet.size())];
    if (i % 10 == 0) name += std::string(random.below(90), '/');
    if (!names.insert(name).second) continue;
    const std::string part = escape_path_part(name);
    EXPECT_TRUE(escaped.insert(part).second) << name;
    EXPECT_EQ(part.find_first_of("/\\"), std::string::npos) << name;
    EXPECT_TRUE(part.front() != '_' && part.front() != '.') << name;
    EXPECT_LE(part.size(), 200U) << name;
  }
  EXPECT_GT(names.size(), 10'000U);
}

TEST(SealedFileStem, NamesTheHourOrTheDay) {  // R4
  EXPECT_EQ(sealed_file_stem(kHour, 3600), "events-20250131-13");
  EXPECT_EQ(sealed_file_stem(kHour - kHour % 86'400, 86'400), "events-20250131");
}

}  // namespace
}  // namespace inlet
