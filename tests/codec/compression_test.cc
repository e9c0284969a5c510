// Aim: chunks compressed apart read back as one file, whatever the cuts; damage never passes.

#include "codec/compression.h"

#include <gtest/gtest.h>

#include <random>

namespace inlet {
namespace {

constexpr Compression kAll[] = {Compression::kNone, Compression::kGzip, Compression::kZstd};
constexpr Compression kReal[] = {Compression::kGzip, Compression::kZstd};

std::string compressed_chunks(const CompressionOptions& options,
                              const std::vector<std::string>& chunks) {
  auto compressor = make_compressor(options);
  EXPECT_TRUE(compressor.is_ok());
  std::string out;
  for (const std::string& chunk : chunks) {
    EXPECT_TRUE((*compressor)->append_chunk(chunk, out).is_ok());
  }
  return out;
}

/// Reads in pieces of `step` bytes.
Status decompress(Compression compression, std::string_view bytes, size_t step,
                  std::string& plain) {
  const auto decompressor = make_decompressor(compression);
  const auto receiver = [&plain](std::string_view piece) {
    EXPECT_LE(piece.size(), Decompressor::kPieceBytes);
    plain += piece;
    return Status::ok();
  };
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    INLET_RETURN_IF_ERROR(decompressor->push(bytes.substr(0, step), receiver));
  }
  return decompressor->finish();
}

std::vector<std::string> sample_chunks() {
  std::mt19937_64 random(1);
  std::vector<std::string> chunks = {"", "{\"a\":1}\n", std::string(1'000'000, 'x'), ""};
  std::string noise(300'000, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  chunks.push_back(noise);
  chunks.push_back("the end\n");
  return chunks;
}

std::string joined(const std::vector<std::string>& chunks) {
  std::string all;
  for (const std::string& chunk : chunks) all += chunk;
  return all;
}

TEST(Compression, ChunksReadBackAsOneFileWhateverTheCuts) {
  const std::vector<std::string> chunks = sample_chunks();
  for (const Compression compression : kAll) {
    const std::string bytes = compressed_chunks({.compression = compression}, chunks);
    for (const size_t step : {size_t{1}, size_t{7}, size_t{4096}, bytes.size()}) {
      std::string plain;
      const Status status = decompress(compression, bytes, step, plain);
      ASSERT_TRUE(status.is_ok()) << compression_name(compression) << status.to_string();
      ASSERT_EQ(plain, joined(chunks)) << compression_name(compression) << " step=" << step;
    }
  }
}

TEST(Compression, ChunksOfTwoCompressorsMayBeJoined) {
  for (const Compression compression : kAll) {
    std::string bytes = compressed_chunks({.compression = compression}, {"first "});
    bytes += compressed_chunks({.compression = compression}, {"second"});
    std::string plain;
    ASSERT_TRUE(decompress(compression, bytes, bytes.size(), plain).is_ok());
    EXPECT_EQ(plain, "first second");
  }
}

TEST(Compression, EveryCutInsideIsFoundAsTruncation) {
  for (const Compression compression : kReal) {
    const std::string first = compressed_chunks({.compression = compression}, {"first chunk"});
    const std::string bytes =
        first + compressed_chunks({.compression = compression}, {"second chunk"});
    for (size_t size = 1; size < bytes.size(); ++size) {
      if (size == first.size()) continue;  // A whole file of one chunk.
      std::string plain;
      const Status status = decompress(compression, bytes.substr(0, size), bytes.size(), plain);
      ASSERT_EQ(status.code(), Code::kCorruption) << compression_name(compression) << " " << size;
    }
  }
}

TEST(Compression, DamagedBytesAreFoundAsCorruption) {
  const std::string text(10'000, 'x');
  for (const Compression compression : kReal) {
    std::string bytes = compressed_chunks({.compression = compression}, {text + "y" + text});
    bytes[bytes.size() - 3] =
        static_cast<char>(bytes[bytes.size() - 3] ^ 0x40);  // In the checksum.
    std::string plain;
    EXPECT_EQ(decompress(compression, bytes, 100, plain).code(), Code::kCorruption);
  }
}

TEST(Compression, TrailingGarbageIsFoundAsCorruption) {
  for (const Compression compression : kReal) {
    const std::string bytes = compressed_chunks({.compression = compression}, {"text"}) + "garbage";
    std::string plain;
    EXPECT_EQ(decompress(compression, bytes, bytes.size(), plain).code(), Code::kCorruption);
  }
}

TEST(Compression, AnEmptyFileIsEmpty) {
  for (const Compression compression : kAll) {
    EXPECT_TRUE(make_decompressor(compression)->finish().is_ok());
  }
}

TEST(Compression, TheReceiversFailureEndsTheWork) {
  for (const Compression compression : kAll) {
    const std::string bytes = compressed_chunks({.compression = compression}, {"text"});
    const Status status = make_decompressor(compression)->push(bytes, [](std::string_view) {
      return Status(Code::kCancelled, "enough");
    });
    EXPECT_EQ(status.code(), Code::kCancelled);
  }
}

TEST(Compression, HigherLevelsAreSmallerAndOthersAreRefused) {
  std::mt19937_64 random(2);
  static constexpr std::string_view kWords[] = {"order", "customer", "item",
                                                "price", "city",     "date"};
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::string(kWords[random() % 6]) + ' ';
  const std::pair<Compression, int> level_max[] = {{Compression::kGzip, 9},
                                                   {Compression::kZstd, 19}};
  for (const auto& [compression, highest] : level_max) {
    const std::string fast = compressed_chunks({.compression = compression, .level = 1}, {text});
    const std::string small =
        compressed_chunks({.compression = compression, .level = highest}, {text});
    EXPECT_LT(small.size(), fast.size()) << compression_name(compression);
    for (const int level : {-1, 0, highest + 1}) {
      const auto refused = make_compressor({.compression = compression, .level = level});
      EXPECT_EQ(refused.status().code(), Code::kInvalidArgument) << level;
    }
  }
}

TEST(Compression, NamesAndExtensionsBelongTogether) {
  EXPECT_EQ(compression_names(), "none, gzip, zstd");
  EXPECT_EQ(compression_from_name("zstd"), Compression::kZstd);
  EXPECT_FALSE(compression_from_name("brotli").has_value());
  EXPECT_EQ(compression_from_path("a/part-1.ndjson.gz"), Compression::kGzip);
  EXPECT_EQ(compression_from_path("a/part-1.ndjson.zst"), Compression::kZstd);
  EXPECT_EQ(compression_from_path("a/part-1.ndjson"), Compression::kNone);
}

}  // namespace
}  // namespace inlet
