// Aim: whatever happened to a collection, the lake's records folded by `_id` in cluster-time order
// are the collection as it is; and a difference is found and named.

#include "job/lake_fold.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "bson/json_parser.h"

namespace inlet {
namespace {

using Kind = VerifyFinding::Kind;

/// The collections as they are.
class Source final : public CollectionReader {
 public:
  explicit Source(std::map<std::string, std::vector<std::string>> collections)
      : collections_(std::move(collections)) {}
  Status read(const Namespace& ns, const std::function<Status(DocumentView)>& receiver) override {
    for (const std::string& text : collections_[ns.full()])
      INLET_RETURN_IF_ERROR(receiver(*parse_json(text)));
    return Status::ok();
  }

 private:
  std::map<std::string, std::vector<std::string>> collections_;
};

std::string change(const std::string& op, int64_t id, int64_t time, const std::string& doc = "",
                   const std::string& coll = "orders") {
  return "{op: '" + op + "', ns: {db: 'shop', coll: '" + coll +
         "'}, documentKey: {_id: " + std::to_string(id) +
         "}, doc: " + (doc.empty() ? "null" : doc) + ", clusterTime: Timestamp(" +
         std::to_string(time) + ", 1)}";
}

std::string doc(int64_t id, int64_t value) {
  return "{_id: " + std::to_string(id) + ", v: " + std::to_string(value) + "}";
}

class Fold {
 public:
  void folder(const Manifest& manifest, const std::string& name,
              const std::vector<std::string>& records) {
    fold_.take_folder(manifest, name);
    for (const std::string& text : records) {
      const Result<Document> record = parse_json(text);
      ASSERT_TRUE(record.is_ok()) << text << record.status().to_string();
      fold_.take(manifest, name, *record);
      taken_.emplace_back(manifest, *record);
    }
  }
  /// Changes of several collections.
  void changes(const std::vector<std::string>& records) { folder({}, "f/", records); }

  VerifyReport against(std::map<std::string, std::vector<std::string>> collections) {
    Source source(std::move(collections));
    VerifyOptions options;
    options.source = &source;
    VerifyReport report;
    const Status status = fold_.compare(options, report);
    EXPECT_TRUE(status.is_ok()) << status.to_string();
    for (const auto& [manifest, record] : taken_) fold_.name_extra(manifest, record, report);
    EXPECT_EQ(
        report.counts.contains(Kind::kExtraDocument) ? report.counts[Kind::kExtraDocument] : 0,
        fold_.extra_count());
    return report;
  }

 private:
  LakeFold fold_;
  std::vector<std::pair<Manifest, Document>> taken_;
};

Manifest manifest_of(const std::string& ns, bool is_snapshot = false) {
  Manifest out;
  out.ns = ns;
  if (is_snapshot) out.snapshot.emplace();
  return out;
}

TEST(LakeFold, LastChangeOfADocumentCounts) {  // R41
  Fold fold;
  fold.changes({change("insert", 1, 10, doc(1, 1)), change("update", 1, 12, doc(1, 3)),
                change("update", 1, 11, doc(1, 2)), change("insert", 2, 10, doc(2, 1)),
                change("delete", 2, 13), change("read", 3, 5, doc(3, 1)),
                change("replace", 3, 6, doc(3, 2))});

  const VerifyReport report = fold.against({{"shop.orders", {doc(1, 3), doc(3, 2)}}});
  EXPECT_TRUE(report.is_clean()) << report.to_text();
  EXPECT_EQ(report.documents_compared, 2U);
}

TEST(LakeFold, OfOneTimeTheLaterInReadingOrderCounts) {  // R14
  Fold fold;
  fold.changes({change("update", 1, 10, doc(1, 1)), change("update", 1, 10, doc(1, 2))});

  EXPECT_TRUE(fold.against({{"shop.orders", {doc(1, 2)}}}).is_clean());
}

TEST(LakeFold, UpdateWhoseDocumentWasGoneSaysNothing) {
  Fold fold;
  fold.changes({change("insert", 1, 10, doc(1, 1)), change("update", 1, 11)});

  EXPECT_TRUE(fold.against({{"shop.orders", {doc(1, 1)}}}).is_clean());
}

TEST(LakeFold, AnyOrderOfFilesGivesTheSameCollection) {  // R41
  std::vector<std::string> records;
  for (int64_t time = 1; time <= 60; ++time) {
    const int64_t id = time % 7;
    records.push_back(time % 5 == 0 ? change("delete", id, time)
                                    : change("update", id, time, doc(id, time)));
  }
  std::vector<std::string> now;
  for (int64_t id = 0; id < 7; ++id) {
    int64_t last = 0;
    for (int64_t time = 1; time <= 60; ++time) last = time % 7 == id ? time : last;
    if (last % 5 != 0) now.push_back(doc(id, last));
  }
  Random random(1);
  for (int round = 0; round < 50; ++round) {
    for (size_t i = records.size() - 1; i > 0; --i)
      std::swap(records[i], records[random.below(i + 1)]);
    Fold fold;
    fold.changes(records);
    const VerifyReport report = fold.against({{"shop.orders", now}});
    ASSERT_TRUE(report.is_clean()) << report.to_text();
  }
}

TEST(LakeFold, WhatStoodBeforeADropIsVoid) {  // R10
  Fold fold;
  fold.changes({change("insert", 1, 10, doc(1, 1)),
                "{op: 'drop', ns: {db: 'shop', coll: 'orders'}, clusterTime: Timestamp(11, 1)}",
                change("insert", 2, 12, doc(2, 1))});

  EXPECT_TRUE(fold.against({{"shop.orders", {doc(2, 1)}}}).is_clean());
}

TEST(LakeFold, DropOfADatabaseVoidsAlsoCollectionsThatAreReadAfterIt) {  // R10
  Fold fold;
  fold.changes({"{op: 'dropDatabase', ns: {db: 'shop'}, clusterTime: Timestamp(11, 1)}",
                change("insert", 1, 10, doc(1, 1)), change("insert", 2, 12, doc(2, 1)),
                "{op: 'insert', ns: {db: 'other', coll: 'orders'}, documentKey: {_id: 1}, "
                "doc: {_id: 1}, clusterTime: Timestamp(10, 1)}"});

  const VerifyReport report =
      fold.against({{"shop.orders", {doc(2, 1)}}, {"other.orders", {"{_id: 1}"}}});
  EXPECT_TRUE(report.is_clean()) << report.to_text();
}

TEST(LakeFold, RenameMovesNothingAndItsTargetIsNotJudged) {  // R10
  Fold fold;
  fold.changes({change("insert", 1, 10, doc(1, 1)),
                "{op: 'rename', ns: {db: 'shop', coll: 'orders'}, to: {db: 'shop', coll: 'old'}, "
                "clusterTime: Timestamp(11, 1)}",
                change("insert", 2, 12, doc(2, 1), "old")});

  const VerifyReport report =
      fold.against({{"shop.old", {doc(1, 1), doc(2, 1)}}, {"shop.orders", {}}});
  EXPECT_TRUE(report.is_clean()) << report.to_text();
  EXPECT_EQ(report.collections_compared, 1U);
}

TEST(LakeFold, WhatIsOlderThanTheEndOfAGapIsVoid) {  // R12
  Manifest manifest = manifest_of("shop.orders");
  manifest.gaps = {{{11, 0}, {20, 0}}};
  Fold fold;
  fold.folder(manifest, "f/",
              {change("insert", 1, 10, doc(1, 1)), change("read", 2, 20, doc(2, 1))});

  EXPECT_TRUE(fold.against({{"shop.orders", {doc(2, 1)}}}).is_clean());
}

TEST(LakeFold, NewestSnapshotAloneCountsAlsoWhenItIsEmpty) {  // R33
  for (const bool newest_first : {false, true}) {
    Fold fold;
    const Manifest snapshot = manifest_of("shop.orders", true);
    if (newest_first) fold.folder(snapshot, "orders/2025-01-31-14/", {});
    fold.folder(snapshot, "orders/2025-01-31-13/", {doc(1, 1), doc(2, 1)});
    if (!newest_first) fold.folder(snapshot, "orders/2025-01-31-14/", {});

    const VerifyReport report = fold.against({{"shop.orders", {}}});
    EXPECT_TRUE(report.is_clean()) << report.to_text();
    EXPECT_EQ(report.collections_compared, 1U);
  }
}

TEST(LakeFold, EnvelopesOfEventsAndOfDocumentsFoldAlike) {  // R2
  Fold events;
  events.changes(
      {"{operationType: 'insert', ns: {db: 'shop', coll: 'orders'}, documentKey: {_id: "
       "1}, fullDocument: {_id: 1, v: 1}, clusterTime: Timestamp(10, 1)}",
       "{operationType: 'delete', ns: {db: 'shop', coll: 'orders'}, documentKey: {_id: "
       "2}, clusterTime: Timestamp(10, 1)}"});
  EXPECT_TRUE(events.against({{"shop.orders", {doc(1, 1)}}}).is_clean());

  Fold documents;
  documents.folder(manifest_of("shop.orders"), "f/",
                   {doc(1, 0), doc(2, 0), doc(1, 1),
                    "{_id: 2, _deleted: true, _clusterTime: Timestamp(10, 1)}"});
  EXPECT_TRUE(documents.against({{"shop.orders", {doc(1, 1)}}}).is_clean());
}

TEST(LakeFold, DifferencesAreNamedByTheirKind) {  // R61
  Fold fold;
  fold.changes({change("insert", 1, 10, doc(1, 1)), change("insert", 2, 10, doc(2, 1))});

  const VerifyReport report = fold.against({{"shop.orders", {doc(2, 9), doc(3, 1)}}});
  EXPECT_EQ(report.counts, (std::map<Kind, uint64_t>{{Kind::kMissingDocument, 1},
                                                     {Kind::kExtraDocument, 1},
                                                     {Kind::kOtherDocument, 1}}));
  for (const VerifyFinding& finding : report.findings) EXPECT_EQ(finding.where, "shop.orders");
  EXPECT_NE(report.to_text().find("_id 3"), std::string::npos) << report.to_text();
  EXPECT_NE(report.to_text().find("_id 1"), std::string::npos) << report.to_text();
}

}  // namespace
}  // namespace inlet
