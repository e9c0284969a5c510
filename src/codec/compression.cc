#include "codec/compression.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>

namespace inlet {

namespace {

constexpr Compression kCompressions[] = {Compression::kNone, Compression::kGzip,
                                         Compression::kZstd};
/// zlib's way to ask for the gzip wrapper around the largest window.
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kGzipDefaultLevel = 6;
constexpr int kZstdDefaultLevel = 3;
constexpr int kZstdLevelMax = 19;
/// Larger windows than zstd's own readers accept by default are refused.
constexpr int kZstdWindowLogMax = 27;

class PlainCompressor final : public Compressor {
 public:
  Status append_chunk(std::string_view plain, std::string& out) override {
    out += plain;
    return Status::ok();
  }
};

class GzipCompressor final : public Compressor {
 public:
  explicit GzipCompressor(int level) {
    constexpr int kMemoryLevel = 8;
    const int started = deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                                     Z_DEFAULT_STRATEGY);
    INLET_ASSERT(started == Z_OK);
  }
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;
  ~GzipCompressor() override { deflateEnd(&stream_); }

  Status append_chunk(std::string_view plain, std::string& out) override {
    INLET_ASSERT(deflateReset(&stream_) == Z_OK);
    const size_t before = out.size();
    out.resize(before + deflateBound(&stream_, plain.size()));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    // zlib counts in 32 bits: larger chunks go in and out by pieces.
    size_t space = out.size() - before;
    int state = Z_OK;
    do {
      const size_t piece = std::min<size_t>(plain.size(), kPieceBytesMax);
      const size_t room = std::min<size_t>(space, kPieceBytesMax);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
      stream_.avail_in = static_cast<uInt>(piece);
      stream_.avail_out = static_cast<uInt>(room);
      state = deflate(&stream_, piece == plain.size() ? Z_FINISH : Z_NO_FLUSH);
      plain.remove_prefix(piece - stream_.avail_in);
      space -= room - stream_.avail_out;
    } while (state == Z_OK);
    INLET_ASSERT(state == Z_STREAM_END);
    out.resize(out.size() - space);
    return Status::ok();
  }

 private:
  static constexpr size_t kPieceBytesMax = size_t{1} << 30;
  z_stream stream_{};
};

class ZstdCompressor final : public Compressor {
 public:
  explicit ZstdCompressor(int level) : context_(ZSTD_createCCtx()) {
    INLET_ASSERT(context_ != nullptr);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  Status append_chunk(std::string_view plain, std::string& out) override {
    const size_t before = out.size();
    out.resize(before + ZSTD_compressBound(plain.size()));
    const size_t written = ZSTD_compress2(context_.get(), out.data() + before, out.size() - before,
                                          plain.data(), plain.size());
    if (ZSTD_isError(written)) {
      out.resize(before);
      return Status(Code::kInternal, "zstd compression failed")
          .with("reason", ZSTD_getErrorName(written));
    }
    out.resize(before + written);
    return Status::ok();
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_;
};

class PlainDecompressor final : public Decompressor {
 public:
  Status push(std::string_view compressed, const Receiver& receiver) override {
    for (; !compressed.empty();
         compressed.remove_prefix(std::min(kPieceBytes, compressed.size()))) {
      INLET_RETURN_IF_ERROR(receiver(compressed.substr(0, kPieceBytes)));
    }
    return Status::ok();
  }
  Status finish() override { return Status::ok(); }
};

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor() : piece_(kPieceBytes, '\0') {
    INLET_ASSERT(inflateInit2(&stream_, kGzipWindowBits) == Z_OK);
  }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;
  ~GzipDecompressor() override { inflateEnd(&stream_); }

  Status push(std::string_view compressed, const Receiver& receiver) override {
    while (!compressed.empty()) {
      const std::string_view part = compressed.substr(0, kPieceBytes);
      INLET_RETURN_IF_ERROR(push_part(part, receiver));
      compressed.remove_prefix(part.size());
    }
    return Status::ok();
  }

  Status finish() override {
    if (!inside_member_) return Status::ok();
    return Status(Code::kCorruption, "gzip data is cut short").with("offset", offset_);
  }

 private:
  Status push_part(std::string_view part, const Receiver& receiver) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
    stream_.avail_in = static_cast<uInt>(part.size());
    bool output_pending = false;  // A full piece may have left output inside.
    while (stream_.avail_in > 0 || output_pending) {
      stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
      stream_.avail_out = static_cast<uInt>(piece_.size());
      const uInt before = stream_.avail_in;
      if (before > 0) inside_member_ = true;
      const int state = inflate(&stream_, Z_NO_FLUSH);
      offset_ += before - stream_.avail_in;
      output_pending = stream_.avail_out == 0;
      const size_t produced = piece_.size() - stream_.avail_out;
      if (produced > 0)
        INLET_RETURN_IF_ERROR(receiver(std::string_view(piece_).substr(0, produced)));
      if (state == Z_STREAM_END) {
        INLET_ASSERT(inflateReset(&stream_) == Z_OK);
        inside_member_ = false;
        output_pending = false;
      } else if (state != Z_OK && state != Z_BUF_ERROR) {
        return Status(Code::kCorruption, "gzip data is damaged")
            .with("offset", offset_)
            .with("reason", stream_.msg != nullptr ? stream_.msg : "unknown");
      }
    }
    return Status::ok();
  }

  z_stream stream_{};
  std::string piece_;
  uint64_t offset_ = 0;
  bool inside_member_ = false;
};

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor() : context_(ZSTD_createDCtx()), piece_(kPieceBytes, '\0') {
    INLET_ASSERT(context_ != nullptr);
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  }

  Status push(std::string_view compressed, const Receiver& receiver) override {
    ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
    bool output_pending = false;
    while (in.pos < in.size || output_pending) {
      ZSTD_outBuffer out{piece_.data(), piece_.size(), 0};
      const size_t before = in.pos;
      const size_t state = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(state)) {
        return Status(Code::kCorruption, "zstd data is damaged")
            .with("offset", offset_)
            .with("reason", ZSTD_getErrorName(state));
      }
      offset_ += in.pos - before;
      inside_frame_ = state != 0;
      output_pending = out.pos == out.size && inside_frame_;
      if (out.pos > 0) INLET_RETURN_IF_ERROR(receiver(std::string_view(piece_).substr(0, out.pos)));
    }
    return Status::ok();
  }

  Status finish() override {
    if (!inside_frame_) return Status::ok();
    return Status(Code::kCorruption, "zstd data is cut short").with("offset", offset_);
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_;
  std::string piece_;
  uint64_t offset_ = 0;
  bool inside_frame_ = false;
};

Status check_level(const CompressionOptions& options, int level_max) {
  if (!options.level || (*options.level >= 1 && *options.level <= level_max)) return Status::ok();
  return Status(Code::kInvalidArgument, "compression level is out of range")
      .with("compression", compression_name(options.compression))
      .with("level", *options.level)
      .with("level_max", level_max);
}

}  // namespace

std::string_view compression_name(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return "none";
    case Compression::kGzip:
      return "gzip";
    case Compression::kZstd:
      return "zstd";
  }
  INLET_UNREACHABLE();
}

std::optional<Compression> compression_from_name(std::string_view name) {
  for (const Compression compression : kCompressions) {
    if (name == compression_name(compression)) return compression;
  }
  return std::nullopt;
}

std::string compression_names() {
  std::string names;
  for (const Compression compression : kCompressions) {
    if (!names.empty()) names += ", ";
    names += compression_name(compression);
  }
  return names;
}

std::string_view compression_extension(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return "";
    case Compression::kGzip:
      return ".gz";
    case Compression::kZstd:
      return ".zst";
  }
  INLET_UNREACHABLE();
}

Compression compression_from_path(std::string_view path) {
  for (const Compression compression : kCompressions) {
    const std::string_view extension = compression_extension(compression);
    if (!extension.empty() && path.ends_with(extension)) return compression;
  }
  return Compression::kNone;
}

Result<std::unique_ptr<Compressor>> make_compressor(const CompressionOptions& options) {
  switch (options.compression) {
    case Compression::kNone:
      return std::make_unique<PlainCompressor>();
    case Compression::kGzip:
      INLET_RETURN_IF_ERROR(check_level(options, Z_BEST_COMPRESSION));
      return std::make_unique<GzipCompressor>(options.level.value_or(kGzipDefaultLevel));
    case Compression::kZstd:
      INLET_RETURN_IF_ERROR(check_level(options, kZstdLevelMax));
      return std::make_unique<ZstdCompressor>(options.level.value_or(kZstdDefaultLevel));
  }
  INLET_UNREACHABLE();
}

std::unique_ptr<Decompressor> make_decompressor(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return std::make_unique<PlainDecompressor>();
    case Compression::kGzip:
      return std::make_unique<GzipDecompressor>();
    case Compression::kZstd:
      return std::make_unique<ZstdDecompressor>();
  }
  INLET_UNREACHABLE();
}

}  // namespace inlet
