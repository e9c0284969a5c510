#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace inlet {

enum class Compression { kNone, kGzip, kZstd };

/// As users write it: "none", "gzip", "zstd".
std::string_view compression_name(Compression compression);
std::optional<Compression> compression_from_name(std::string_view name);
/// Every name, for messages: "none, gzip, zstd".
std::string compression_names();
/// What a file's name ends with: "", ".gz", ".zst".
std::string_view compression_extension(Compression compression);
/// The compression that a file's name tells.
Compression compression_from_path(std::string_view path);

struct CompressionOptions {
  Compression compression = Compression::kNone;
  std::optional<int> level;  ///< gzip 1..9, zstd 1..19; the default is 6 and 3.
};

/// Compresses chunks that stand alone: a gzip member, a zstd frame.
///
/// A file is its chunks one behind another, so several compressors may work on one file at once.
/// Threads: one.
class Compressor {
 public:
  virtual ~Compressor() = default;

  /// Appends the compressed form of `plain`.
  virtual Status append_chunk(std::string_view plain, std::string& out) = 0;
};

/// Errors: kInvalidArgument for a level that the method does not have.
Result<std::unique_ptr<Compressor>> make_compressor(const CompressionOptions& options);

/// Undoes a Compressor, and reads the files of other writers: any number of members or frames.
///
/// Life cycle: push*, finish.
/// Threads:    one.
class Decompressor {
 public:
  /// Takes a piece of the plain bytes, in order; a failure ends the work and is returned.
  using Receiver = std::function<Status(std::string_view plain)>;

  virtual ~Decompressor() = default;

  /// Hands on what `compressed`, cut at any place, yields. Pieces are at most kPieceBytes long.
  ///
  /// Errors: kCorruption, with the offset in the compressed bytes.
  virtual Status push(std::string_view compressed, const Receiver& receiver) = 0;

  /// Errors: kCorruption when the last member or frame is not complete.
  virtual Status finish() = 0;

  static constexpr size_t kPieceBytes = 128 * 1024;
};

std::unique_ptr<Decompressor> make_decompressor(Compression compression);

}  // namespace inlet
