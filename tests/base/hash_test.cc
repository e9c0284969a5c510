// Aim: hashes are the published functions, the same on every machine, however the bytes are cut.

#include "base/hash.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace inlet {
namespace {

TEST(Sha256, GivesThePublishedDigests) {  // FIPS 180-4, examples
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameHoweverTheBytesAreCut) {  // R61
  Random random(3);
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(random.below(256));
  for (int round = 0; round < 50; ++round) {
    Sha256 pieces;
    for (size_t at = 0; at < bytes.size();) {
      const size_t step = random.below(300);
      pieces.update(std::string_view(bytes).substr(at, step));
      at += step;
    }
    EXPECT_EQ(pieces.finish_hex(), sha256_hex(bytes));
  }
}

TEST(Sha256, SurvivesAMove) {
  Sha256 first;
  first.update("ab");
  Sha256 second(std::move(first));
  second.update("c");

  EXPECT_EQ(second.finish_hex(), sha256_hex("abc"));
}

TEST(Hash64, IsXxh3OnEveryMachine) {  // R34: content hashes stand in manifests
  EXPECT_EQ(hash64(""), 0x2D06800538D394C2U);
  EXPECT_NE(hash64("a"), hash64("b"));
  EXPECT_EQ(hash64(std::string(1000, 'x')), hash64(std::string(1000, 'x')));
}

}  // namespace
}  // namespace inlet
