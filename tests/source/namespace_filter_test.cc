// Aim: the copy and the change stream agree on which collections belong, for names as they come.

#include "source/mongo/namespace_filter.h"

#include <gtest/gtest.h>

#include "bson/json_writer.h"

namespace inlet {
namespace {

TEST(Glob, StarIsAnyTextAndQuestionMarkOneCharacter) {
  EXPECT_TRUE(glob_matches("orders", "orders"));
  EXPECT_FALSE(glob_matches("orders", "orders2"));
  EXPECT_TRUE(glob_matches("order*", "order"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*_2025*", "orders_2025_01"));
  EXPECT_TRUE(glob_matches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(glob_matches("a*b*c", "a-b-c-d"));
  EXPECT_TRUE(glob_matches("order?", "orders"));
  EXPECT_FALSE(glob_matches("order?", "order"));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_TRUE(glob_matches("Stra?e", "Straße")) << "a character, as the server counts them";
  EXPECT_TRUE(glob_matches("??", "注ß"));
  EXPECT_FALSE(glob_matches("???", "注ß"));
}

TEST(Glob, ManyStarsEndInTime) {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "*a";

  EXPECT_FALSE(glob_matches(pattern + "b", std::string(3000, 'a')));
}

TEST(Glob, RegexForTheServerMeansTheSame) {
  EXPECT_EQ(glob_to_regex("order*"), "^order.*$");
  EXPECT_EQ(glob_to_regex("a?b"), "^a.b$");
  EXPECT_EQ(glob_to_regex("v1.(x)[y]{z}+|^$\\-"),
            "^v1\\.\\(x\\)\\[y\\]\\{z\\}\\+\\|\\^\\$\\\\\\-$");
}

TEST(NamespaceFilter, EmptyScopeIncludesAllButSystemCollections) {  // R24
  const NamespaceFilter filter({});

  EXPECT_TRUE(filter.includes("shop", "orders"));
  EXPECT_FALSE(filter.includes("shop", "system.views"));
  EXPECT_TRUE(filter.includes("shop", "systems"));
  EXPECT_TRUE(filter.event_match().is_empty());

  NamespaceScope with_system;
  with_system.include_system = true;
  EXPECT_TRUE(NamespaceFilter(with_system).includes("shop", "system.views"));
}

TEST(NamespaceFilter, CollectionsAreNamedWithOrWithoutTheirDatabase) {  // R1
  NamespaceScope scope;
  scope.collections = {"orders", "crm.cust*", "v1.items"};
  const NamespaceFilter filter(scope);

  EXPECT_TRUE(filter.includes("shop", "orders"));
  EXPECT_TRUE(filter.includes("crm", "customers"));
  EXPECT_FALSE(filter.includes("shop", "customers"));
  EXPECT_TRUE(filter.includes("shop", "v1.items")) << "a collection whose name has a dot";
  EXPECT_TRUE(filter.includes("v1", "items"));
}

TEST(NamespaceFilter, ExclusionWinsAndOtherDatabasesStayOut) {  // R1
  NamespaceScope scope;
  scope.db = "shop";
  scope.collections = {"o*"};
  scope.exclude = {"*_tmp"};
  const NamespaceFilter filter(scope);

  EXPECT_TRUE(filter.includes("shop", "orders"));
  EXPECT_FALSE(filter.includes("shop", "orders_tmp"));
  EXPECT_FALSE(filter.includes("crm", "orders"));
}

TEST(NamespaceFilter, OneCollectionIsWatchedByItself) {  // R1
  NamespaceScope scope;
  scope.db = "shop";
  scope.collections = {"shop.orders"};
  EXPECT_EQ(NamespaceFilter(scope).single_collection(), "orders");
  EXPECT_TRUE(NamespaceFilter(scope).event_match().is_empty());

  scope.collections = {"v1.orders"};
  EXPECT_EQ(NamespaceFilter(scope).single_collection(), "v1.orders");
  scope.collections = {"order?"};
  EXPECT_EQ(NamespaceFilter(scope).single_collection(), "");
  scope.collections = {"a", "b"};
  EXPECT_EQ(NamespaceFilter(scope).single_collection(), "");
  scope.collections = {"orders"};
  scope.db = "";
  EXPECT_EQ(NamespaceFilter(scope).single_collection(), "") << "of which database?";
}

TEST(NamespaceFilter, EventsOfTheScopePassAndWiderOnesAndRenamesIntoIt) {  // R10
  NamespaceScope scope;
  scope.db = "shop";
  scope.collections = {"o*", "users"};
  scope.exclude = {"old"};

  EXPECT_EQ(to_json(NamespaceFilter(scope).event_match()),
            R"({"$or":[{"ns.coll":{"$exists":false}},)"
            R"({"ns.coll":{"$exists":true},"$or":[{"ns.coll":{"$regex":"^o.*$"}},)"
            R"({"ns.coll":"users"}],"$nor":[{"ns.coll":"old"}]},)"
            R"({"to.coll":{"$exists":true},"$or":[{"to.coll":{"$regex":"^o.*$"}},)"
            R"({"to.coll":"users"}],"$nor":[{"to.coll":"old"}]}]})");
}

}  // namespace
}  // namespace inlet
