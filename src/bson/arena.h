#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace inlet {

/// Bytes that live as long as a batch: allocation is a pointer bump, release is all at once.
///
/// Pointers stay valid while the arena lives, also after it is moved.
/// Threads: one writer; readers may share it once it is filled.
class Arena {
 public:
  static constexpr size_t kFirstChunkBytes = 64 * 1024;
  static constexpr size_t kChunkBytesMax = 4 * 1024 * 1024;

  Arena() = default;
  Arena(Arena&& other) noexcept { *this = std::move(other); }
  Arena& operator=(Arena&& other) noexcept;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() = default;

  /// `size` bytes, uninitialised, 8-byte aligned.
  uint8_t* allocate(size_t size) {
    const size_t rounded = (size + 7) & ~size_t{7};
    if (rounded > static_cast<size_t>(limit_ - next_)) return allocate_slow(rounded);
    uint8_t* out = next_;
    next_ += rounded;
    return out;
  }

  const uint8_t* copy(const uint8_t* bytes, size_t size) {
    uint8_t* out = allocate(size);
    std::memcpy(out, bytes, size);
    return out;
  }

  /// Memory held, used or not.
  size_t bytes_reserved() const { return reserved_; }

 private:
  uint8_t* allocate_slow(size_t size);

  std::vector<std::unique_ptr<uint8_t[]>> chunks_;
  uint8_t* next_ = nullptr;
  uint8_t* limit_ = nullptr;
  size_t next_chunk_bytes_ = kFirstChunkBytes;
  size_t reserved_ = 0;
};

}  // namespace inlet
