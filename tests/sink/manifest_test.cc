// Aim: a manifest says all of a folder, reads back as what was written, and is refused when it was
// damaged or comes from a newer program.

#include "sink/lake/manifest.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "bson/json_parser.h"

namespace inlet {
namespace {

ManifestFile file(const std::string& name, uint64_t records = 1) {
  ManifestFile out;
  out.name = name;
  out.records = records;
  out.operations.at(static_cast<size_t>(Operation::kInsert)) = records;
  out.bytes = 100 * records;
  out.sha256 = std::string(64, 'a');
  out.first = {{1'700'000'000, 1}, *parse_json("{_data: '82', _typeBits: BinData(0, 'gA==')}")};
  out.last = {{1'700'000'001, 2}, *parse_json("{_data: '83'}")};
  return out;
}

Manifest whole() {
  Manifest out;
  out.generation = 7;
  out.sealed = true;
  out.seals = 2;
  out.ns = "shop.orders";
  out.writer = "sync-1";
  out.fence = 3;
  out.epoch = 41;
  out.encoding.envelope = Envelope::kEvent;
  out.encoding.json.mode = JsonMode::kCanonical;
  out.put(file("part-1.ndjson"));
  out.put(file("copy-1.ndjson", 5));
  out.gaps = {{{10, 1}, {20, 2}}};
  out.snapshot = ManifestSnapshot{6, "00000000000000ff"};
  return out;
}

std::vector<std::string> names(const Manifest& manifest) {
  std::vector<std::string> out;
  for (const ManifestFile& entry : manifest.files) out.push_back(entry.name);
  return out;
}

/// The text with the first `from` replaced.
std::string altered(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Manifest, ReadsBackAsWritten) {
  const Manifest written = whole();

  const Result<Manifest> read = decode_manifest(encode_manifest(written));
  ASSERT_TRUE(read.is_ok()) << read.status().to_string();
  EXPECT_EQ(read->generation, 7U);
  EXPECT_TRUE(read->sealed);
  EXPECT_EQ(read->seals, 2);
  EXPECT_EQ(read->ns, "shop.orders");
  EXPECT_EQ(read->writer, "sync-1");
  EXPECT_EQ(read->fence, 3U);
  EXPECT_EQ(read->epoch, 41U);
  EXPECT_EQ(read->encoding.envelope, Envelope::kEvent);
  EXPECT_EQ(read->encoding.json.mode, JsonMode::kCanonical);
  EXPECT_EQ(read->files, written.files);
  EXPECT_EQ(read->gaps, written.gaps);
  EXPECT_EQ(read->snapshot, written.snapshot);
  EXPECT_EQ(encode_manifest(*read), encode_manifest(written));
}

TEST(Manifest, LargestNumbersSurvive) {
  Manifest written = whole();
  written.generation = UINT64_MAX;
  written.files.front().bytes = UINT64_MAX;
  written.files.front().last.time = {UINT32_MAX, UINT32_MAX};

  const Result<Manifest> read = decode_manifest(encode_manifest(written));
  ASSERT_TRUE(read.is_ok()) << read.status().to_string();
  EXPECT_EQ(read->generation, UINT64_MAX);
  EXPECT_EQ(read->files, written.files);
}

TEST(Manifest, WholeTokenSurvivesWithItsTypeBits) {  // R2: a token without them cannot be resumed
  const Result<Manifest> read = decode_manifest(encode_manifest(whole()));

  ASSERT_TRUE(read.is_ok());
  EXPECT_EQ(read->files.front().first.token["_typeBits"].type(), BsonType::kBinary);
}

TEST(Manifest, NewerFormatIsRefusedAndSaysWhatToDo) {
  const Result<Manifest> read =
      decode_manifest(altered(encode_manifest(whole()), "\"format\": 1", "\"format\": 2"));

  ASSERT_FALSE(read.is_ok());
  EXPECT_EQ(read.error().code(), Code::kUnimplemented);
  EXPECT_EQ(read.error().hint(), "use the newer program on this lake");
}

TEST(Manifest, FieldsOfLaterMinorVersionsAreLookedOver) {
  EXPECT_TRUE(decode_manifest(altered(encode_manifest(whole()), "\"format\": 1",
                                      "\"format\": 1, \"later\": {\"a\": []}"))
                  .is_ok());
}

TEST(Manifest, DamageIsCorruptionWhereverItIs) {
  const std::string text = encode_manifest(whole());
  struct Damage {
    const char* from;
    const char* to;
  };
  for (const Damage& damage : {
           Damage{"\"format\": 1", "\"format\": \"1\""},
           Damage{"\"format\": 1", "\"format\": 0"},
           Damage{"\"format\": 1", "\"format\": 4294967297"},
           Damage{"\"generation\": 7", "\"generation\": -7"},
           Damage{"\"generation\": 7", "\"generation\": 7.5"},
           Damage{"\"sealed\": true", "\"sealed\": 1"},
           Damage{"\"seals\": 2", "\"seals\": 4294967298"},
           Damage{"\"ns\": \"shop.orders\"", "\"ns\": 3"},
           Damage{"\"epoch\": 41", "\"epochs\": 41"},
           Damage{"\"envelope\": \"event\"", "\"envelope\": \"fat\""},
           Damage{"\"name\": \"copy-1.ndjson\"", "\"name\": \"\""},
           Damage{"\"name\": \"copy-1.ndjson\"", "\"name\": \"../copy-1.ndjson\""},
           Damage{"\"records\": 5", "\"records\": null"},
           Damage{"\"insert\": 5", "\"insert\": \"5\""},
           Damage{"\"t\": 1700000000", "\"t\": 4294967296"},
           Damage{"\"token\": {", "\"token\": 3, \"x\": {"},
           Damage{"\"gaps\": [", "\"gaps\": [3, "},
           Damage{"\"contentHash\": \"00000000000000ff\"", "\"contentHash\": 255"},
           Damage{"{", "["},
       }) {
    const Result<Manifest> read = decode_manifest(altered(text, damage.from, damage.to));
    ASSERT_FALSE(read.is_ok()) << damage.from << " to " << damage.to;
    EXPECT_EQ(read.error().code(), Code::kCorruption) << damage.from;
  }
  for (const std::string_view nothing : {"", "null", "[]", "{}", "\"x\""})
    EXPECT_EQ(decode_manifest(nothing).status().code(), Code::kCorruption) << nothing;
}

TEST(Manifest, CutShortAnywhereIsCorruption) {  // R29
  const std::string text = encode_manifest(whole());
  for (size_t size = 0; size + 2 < text.size(); ++size) {
    const Result<Manifest> read = decode_manifest(std::string_view(text).substr(0, size));
    ASSERT_FALSE(read.is_ok()) << size;
    EXPECT_EQ(read.error().code(), Code::kCorruption) << size;
  }
}

TEST(Manifest, FilesStandInReadingOrder) {  // R14
  Manifest manifest;
  for (const char* const name : {"part-0000000002-00001.ndjson", "part-0000000010-00000.ndjson",
                                 "part-0000000002-00000.ndjson", "events-20250131-13.ndjson",
                                 "copy-0000000009-00000.ndjson", "copy-0000000001-00000.ndjson"}) {
    manifest.put(file(name));
  }

  EXPECT_EQ(names(manifest), (std::vector<std::string>{
                                 "copy-0000000001-00000.ndjson", "copy-0000000009-00000.ndjson",
                                 "events-20250131-13.ndjson", "part-0000000002-00000.ndjson",
                                 "part-0000000002-00001.ndjson", "part-0000000010-00000.ndjson"}));
}

TEST(Manifest, PutTwiceIsPutOnceWithTheLaterEntry) {
  Manifest manifest;
  manifest.put(file("part-1", 1));
  manifest.put(file("part-2", 1));
  manifest.put(file("part-1", 9));

  EXPECT_EQ(names(manifest), (std::vector<std::string>{"part-1", "part-2"}));
  ASSERT_NE(manifest.find("part-1"), nullptr);
  EXPECT_EQ(manifest.find("part-1")->records, 9U);
  EXPECT_EQ(manifest.find("part-3"), nullptr);
}

TEST(Manifest, NamesThatAreNotUtf8DoNotStopIt) {
  Manifest manifest = whole();
  manifest.ns = "shop.or\xFF";

  EXPECT_TRUE(decode_manifest(encode_manifest(manifest)).is_ok());
}

TEST(ManifestFile, ReadsBackFromTheCheckpoint) {
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    ManifestFile written = file("part-" + std::to_string(i), random.below(1'000'000));
    for (uint64_t& count : written.operations) count = random.below(3) == 0 ? random.below(99) : 0;
    if (random.below(2) == 0) written.first.token = Document();

    const Result<ManifestFile> read = file_from_document(file_to_document(written));
    ASSERT_TRUE(read.is_ok()) << read.status().to_string();
    EXPECT_EQ(*read, written);
  }
}

TEST(ManifestFile, DamagedEntryOfTheCheckpointIsCorruption) {
  for (const std::string_view entry : {"{}", "{name: 'x', records: 1}"})
    EXPECT_EQ(file_from_document(*parse_json(entry)).status().code(), Code::kCorruption);
}

}  // namespace
}  // namespace inlet
