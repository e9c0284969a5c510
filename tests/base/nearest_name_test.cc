// Aim: a hint names what was meant, and is silent rather than wrong.

#include "base/nearest_name.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace inlet {
namespace {

constexpr std::string_view kKnown[] = {"from", "to", "collection", "compression", "flush-records"};

TEST(NearestName, OneSlipIsForgivenOfEveryKind) {
  EXPECT_EQ(nearest_name("colection", kKnown), "collection") << "a letter left out";
  EXPECT_EQ(nearest_name("colllection", kKnown), "collection") << "a letter too many";
  EXPECT_EQ(nearest_name("collectiom", kKnown), "collection") << "another letter";
  EXPECT_EQ(nearest_name("collectoin", kKnown), "collection") << "two letters swapped";
  EXPECT_EQ(nearest_name("COLLECTION", kKnown), "collection") << "the other case";
  EXPECT_EQ(nearest_name("form", kKnown), "from");
}

TEST(NearestName, StrangeWordsHaveNone) {
  EXPECT_EQ(nearest_name("zebra", kKnown), "");
  EXPECT_EQ(nearest_name("", kKnown), "");
  EXPECT_EQ(nearest_name("from", {}), "");
}

TEST(NearestName, HintListsTheKnownWhenNoneIsNear) {
  EXPECT_EQ(nearest_name_hint("colection", kKnown), "did you mean 'collection'?");
  EXPECT_EQ(nearest_name_hint("zebra", kKnown),
            "known: from, to, collection, compression, flush-records");
}

TEST(NearestName, AnyOneSlipOfALongNameIsForgiven) {
  Random random(11);
  for (int round = 0; round < 500; ++round) {
    std::string word(kKnown[2 + random.below(3)]);
    const std::string meant = word;
    const size_t at = random.below(word.size());
    switch (random.below(3)) {
      case 0:
        word.erase(at, 1);
        break;
      case 1:
        word.insert(at, 1, static_cast<char>('a' + random.below(26)));
        break;
      default:
        word[at] = static_cast<char>('a' + random.below(26));
    }
    EXPECT_EQ(nearest_name(word, kKnown), meant) << word;
  }
}

}  // namespace
}  // namespace inlet
