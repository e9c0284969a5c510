// Aim: what the lake keeps in a checkpoint comes back as it was, and no damage of it passes for a
// state: work that goes on from a wrong one would lose or repeat records.

#include "sink/lake/lake_state.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "bson/builder.h"
#include "bson/json_parser.h"

namespace inlet {
namespace {

StagedPart part(const std::string& name) {
  StagedPart out;
  out.staged_path = "_staging/p/1-" + name;
  out.entry.name = name;
  out.entry.records = 3;
  out.entry.bytes = 300;
  out.entry.sha256 = "ab";
  out.entry.last = {{5, 6}, *parse_json("{_data: '82'}")};
  return out;
}

LakeState state() {
  LakeState out;
  out.run_started_ms = 1'738'328'400'123;
  out.open_folders = {{"orders/2025-01-31-13/", {"shop.orders", 1'738'328'400}}, {"x/", {"", 0}}};
  out.copies["shop.orders"] = {12, 0xFFFF'FFFF'FFFF'FFF0U, {part("copy-1"), part("copy-2")}};
  out.copies["shop.empty"] = {};
  out.watermarks = {{"changes/0", {7, 8}}, {"changes/1", {UINT32_MAX, UINT32_MAX}}};
  out.followed = {{"shop.orders", {"shop", "orders"}}};
  out.empty_hours_until = 99;
  out.gaps = {{{1, 2}, {3, 4}}};
  return out;
}

LakeCommit commit() {
  LakeCommit out;
  FolderCommit& changes = out.folders.emplace_back();
  changes.folder = "orders/2025-01-31-13/";
  changes.ns = "shop.orders";
  changes.parts = {part("part-1")};
  changes.seal = true;
  changes.period_start_seconds = 1'738'328'400;
  FolderCommit& copy = out.folders.emplace_back();
  copy.folder = "users/2025-01-31-13/";
  copy.snapshot_file = "users.ndjson";
  copy.snapshot = {12, "00000000000000ff"};
  out.discard = {"_staging/p/1-copy-9"};
  out.gaps = {{{1, 2}, {3, 4}}};
  return out;
}

TEST(LakeState, ReadsBackAsWritten) {
  const LakeState written = state();

  const Result<LakeState> read = LakeState::decode(written.encode());
  ASSERT_TRUE(read.is_ok()) << read.status().to_string();
  EXPECT_EQ(read->encode(), written.encode());
  EXPECT_EQ(read->run_started_ms, written.run_started_ms);
  EXPECT_EQ(read->open_folders.at("orders/2025-01-31-13/").period_start_seconds, 1'738'328'400);
  EXPECT_EQ(read->copies.at("shop.orders").content_hash, 0xFFFF'FFFF'FFFF'FFF0U);
  EXPECT_EQ(read->copies.at("shop.orders").parts.at(1).entry, part("copy-2").entry);
  EXPECT_EQ(read->watermarks.at("changes/1"), (ClusterTime{UINT32_MAX, UINT32_MAX}));
  EXPECT_EQ(read->followed.at("shop.orders"), (Namespace{"shop", "orders"}));
  EXPECT_EQ(read->gaps, written.gaps);
}

TEST(LakeState, NothingIsTheStateOfAFirstStart) {
  const Result<LakeState> read = LakeState::decode(DocumentView());

  ASSERT_TRUE(read.is_ok());
  EXPECT_EQ(read->encode(), LakeState().encode());
}

TEST(LakeCommit, ReadsBackAsWritten) {
  const LakeCommit written = commit();

  const Result<LakeCommit> read = LakeCommit::decode(written.encode());
  ASSERT_TRUE(read.is_ok()) << read.status().to_string();
  EXPECT_EQ(read->encode(), written.encode());
  EXPECT_EQ(read->folders.at(1).snapshot, written.folders.at(1).snapshot);
  EXPECT_TRUE(read->folders.at(0).seal);
  EXPECT_EQ(read->discard, written.discard);
}

TEST(LakeCommit, OfNothingIsEmpty) {
  EXPECT_TRUE(LakeCommit().encode().is_empty());
  EXPECT_TRUE(LakeCommit::decode(DocumentView())->is_empty());
}

/// The document with the field at `target` (counted in depth first order) left out, or given
/// another type.
class Damager {
 public:
  Damager(size_t target, bool retype) : target_(target), retype_(retype) {}
  Document damage(DocumentView document) {
    DocumentBuilder out;
    copy(document, out);
    return out.finish_owned();
  }
  bool reached() const { return at_ > target_; }
  const std::string& field() const { return field_; }

 private:
  void copy(DocumentView from, DocumentBuilder& out) {
    for (const Element& field : from) {
      if (at_++ == target_) {
        field_ = field.name;
        if (retype_) out.append_double(field.name, 0.5);
        continue;
      }
      if (field.value.type() == BsonType::kDocument) {
        out.open_document(field.name);
        copy(field.value.as_document(), out);
        out.close();
      } else if (field.value.is_array()) {
        out.open_array(field.name);
        copy(field.value.as_document(), out);
        out.close();
      } else {
        out.append_element(field);
      }
    }
  }

  const size_t target_;
  const bool retype_;
  size_t at_ = 0;
  std::string field_;
};

/// Every way to damage one field is either refused, or leaves a shorter list that is still a state.
template <class T>
void expect_no_damage_passes(const T& whole) {
  size_t refused = 0;
  for (const bool retype : {false, true}) {
    for (size_t target = 0;; ++target) {
      Damager damager(target, retype);
      const Document damaged = damager.damage(whole.encode());
      if (!damager.reached()) break;
      const std::string& field = damager.field();
      const Result<T> read = T::decode(damaged);
      // An element of a list may be missing, and tokens are opaque.
      const bool is_element = field.find_first_not_of("0123456789") == std::string::npos;
      if ((is_element && !retype) || field.starts_with("_")) continue;
      ASSERT_FALSE(read.is_ok()) << field << (retype ? " retyped" : " missing");
      EXPECT_EQ(read.error().code(), Code::kCorruption) << field;
      ++refused;
    }
  }
  EXPECT_GT(refused, 20U);
}

TEST(LakeState, DamageIsCorruptionWhereverItIs) {
  expect_no_damage_passes(state());
}

TEST(LakeCommit, DamageIsCorruptionWhereverItIs) {
  expect_no_damage_passes(commit());
}

}  // namespace
}  // namespace inlet
