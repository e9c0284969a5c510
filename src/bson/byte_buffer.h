#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace inlet {

/// Bytes that grow at the end. Unlike std::string it adds no zero and clears nothing beforehand,
/// and small appends are inlined.
///
/// Threads: one.
class ByteBuffer {
 public:
  /// Bytes behind the end that may always be written, so that a block can be copied whole.
  static constexpr size_t kSlack = 16;

  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& other) noexcept { *this = std::move(other); }
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  /// More than this is given back by `clear`, so that one large document does not cost for ever.
  static constexpr size_t kKeepBytesMax = 4 * 1024 * 1024;

  char* data() { return bytes_.get(); }
  const char* data() const { return bytes_.get(); }
  size_t size() const { return size_; }
  char& operator[](size_t i) { return bytes_[i]; }
  std::string_view view() const { return {bytes_.get(), size_}; }

  /// Adds `size` bytes, uninitialised.
  char* extend(size_t size) {
    if (capacity_ - size_ < size + kSlack) [[unlikely]]
      grow(size + kSlack);
    char* const added = bytes_.get() + size_;
    size_ += size;
    return added;
  }

  ByteBuffer& operator+=(char byte) {
    *extend(1) = byte;
    return *this;
  }
  ByteBuffer& operator+=(std::string_view bytes) {
    append(bytes.data(), bytes.size());
    return *this;
  }
  void append(const char* bytes, size_t size) {
    char* const added = extend(size);
    if (size > 0) std::memcpy(added, bytes, size);
  }
  void append_zeros(size_t size) { std::memset(extend(size), 0, size); }
  /// The first `size` of 16 readable bytes; `size` is at most 16.
  void append_block(const char* block, size_t size) { std::memcpy(extend(size), block, kSlack); }

  /// Drops all bytes. The memory stays for the next use, unless it is unusually large.
  void clear() {
    size_ = 0;
    if (capacity_ <= kKeepBytesMax) return;
    bytes_.reset();
    capacity_ = 0;
  }

  /// Drops the bytes from `size` on.
  void truncate(size_t size) { size_ = size; }

 private:
  [[gnu::noinline, gnu::cold]] void grow(size_t more) {
    const size_t wanted = std::max({size_ + more, capacity_ * 2, size_t{1024}});
    std::unique_ptr<char[]> larger(new char[wanted]);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
    capacity_ = wanted;
  }

  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace inlet
