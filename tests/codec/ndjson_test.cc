// Aim: documents become lines and lines documents, wherever the bytes are cut; a bad line is told
// by its place and stops nothing.

#include <gtest/gtest.h>

#include "bson/builder.h"
#include "codec/document_decoder.h"
#include "codec/document_encoder.h"
#include "testing/random_document.h"

namespace inlet {
namespace {

struct Decoded {
  std::vector<Document> documents;
  std::vector<std::string> faults;
};

Decoded decode(std::string_view bytes, size_t step) {
  Decoded decoded;
  const auto decoder = make_document_decoder(FileFormat::kNdjson);
  const auto receiver = [&decoded](Result<DocumentView> document) {
    if (document.is_ok()) {
      decoded.documents.emplace_back(*document);
    } else {
      EXPECT_EQ(document.status().code(), Code::kBadDocument);
      decoded.faults.push_back(document.status().to_string());
    }
    return Status::ok();
  };
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    EXPECT_TRUE(decoder->push(bytes.substr(0, step), receiver).is_ok());
  }
  EXPECT_TRUE(decoder->finish(receiver).is_ok());
  return decoded;
}

TEST(Ndjson, WhatIsEncodedDecodesToTheSameDocumentsWhateverTheCuts) {
  std::vector<Document> documents;
  std::string bytes;
  const auto encoder =
      make_document_encoder(FileFormat::kNdjson, {.json = {.mode = JsonMode::kCanonical}});
  ASSERT_TRUE(encoder->begin_file(bytes).is_ok());
  for (uint64_t seed = 0; seed < 50; ++seed) {
    documents.push_back(random_document(seed));
    ASSERT_TRUE(encoder->append_document(documents.back(), bytes).is_ok());
  }
  ASSERT_TRUE(encoder->end_file(bytes).is_ok());

  EXPECT_EQ(std::count(bytes.begin(), bytes.end(), '\n'), 50);
  for (const size_t step : {size_t{1}, size_t{13}, size_t{1000}, bytes.size()}) {
    const Decoded decoded = decode(bytes, step);
    EXPECT_TRUE(decoded.faults.empty());
    ASSERT_EQ(decoded.documents, documents) << "step=" << step;
  }
}

TEST(Ndjson, ABadLineIsToldByItsPlaceAndTheOthersAreRead) {
  for (const size_t step : {size_t{1}, size_t{1000}}) {
    const Decoded decoded =
        decode("{\"a\":1}\n\r\n{\"secret\":}\n[1]\n{\"a\":2}\r\n{\"a\":3}", step);

    EXPECT_EQ(decoded.documents.size(), 3U);
    ASSERT_EQ(decoded.faults.size(), 2U);
    EXPECT_EQ(decoded.faults[0], "bad_document: a value is expected here (line=3, column=11)");
    EXPECT_EQ(decoded.faults[1].substr(0, 67),
              "bad_document: the text is not a document (line=4, column=1); hint: ");
  }
}

TEST(Ndjson, AByteOrderMarkIsSkippedAndAMissingLastNewlineIsForgiven) {
  const Decoded decoded = decode("\xEF\xBB\xBF{\"a\":1}\n{\"a\":2}", 4);

  EXPECT_TRUE(decoded.faults.empty());
  EXPECT_EQ(decoded.documents.size(), 2U);
}

TEST(Ndjson, TheReceiversFailureEndsTheWork) {
  int seen = 0;
  const auto decoder = make_document_decoder(FileFormat::kNdjson);

  const Status status = decoder->push("{}\n{}\n{}\n", [&seen](const Result<DocumentView>&) {
    return ++seen == 2 ? Status(Code::kCancelled, "enough") : Status::ok();
  });

  EXPECT_EQ(status.code(), Code::kCancelled);
  EXPECT_EQ(seen, 2);
}

TEST(Ndjson, InvalidUtf8IsCountedByTheEncoder) {
  DocumentBuilder builder;
  std::string bytes;
  const auto encoder = make_document_encoder(FileFormat::kNdjson);

  ASSERT_TRUE(
      encoder->append_document(builder.append_string("s", "\xFF\xFE").finish(), bytes).is_ok());

  EXPECT_EQ(bytes, "{\"s\":\"\uFFFD\uFFFD\"}\n");
  EXPECT_EQ(encoder->invalid_utf8_replaced(), 2U);
}

TEST(FileFormat, NamesAndExtensionsBelongTogether) {
  EXPECT_EQ(file_format_names(), "ndjson");
  EXPECT_EQ(file_format_from_name("ndjson"), FileFormat::kNdjson);
  EXPECT_FALSE(file_format_from_name("docx").has_value());
  EXPECT_EQ(file_extension(FileFormat::kNdjson, Compression::kNone), ".ndjson");
  EXPECT_EQ(file_extension(FileFormat::kNdjson, Compression::kGzip), ".ndjson.gz");
  EXPECT_EQ(file_extension(FileFormat::kNdjson, Compression::kZstd), ".ndjson.zst");
}

}  // namespace
}  // namespace inlet
