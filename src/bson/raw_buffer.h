#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace inlet {

/// Growing bytes for writers that reserve the worst case of a value once and then write unchecked.
///
/// The writer keeps its position in a local variable, so that it stays in a register, and hands it
/// to `ensure`, which may move the bytes.
/// Threads: one.
class RawBuffer {
 public:
  /// More than this is given back by `trim` after an unusually large document.
  static constexpr size_t kKeepBytesMax = 4 * 1024 * 1024;

  char* begin() { return bytes_.get(); }

  /// The position, where at least `size` bytes may be written.
  char* ensure(char* at, size_t size) {
    if (static_cast<size_t>(limit_ - at) >= size) [[likely]]
      return at;
    return grow(at, size);
  }

  std::string_view text(const char* end) const {
    return {bytes_.get(), static_cast<size_t>(end - bytes_.get())};
  }

  /// Releases the memory when it is larger than the kept maximum. Positions become invalid.
  void trim() {
    if (static_cast<size_t>(limit_ - bytes_.get()) <= kKeepBytesMax) return;
    bytes_.reset();
    limit_ = nullptr;
  }

 private:
  [[gnu::noinline, gnu::cold]] char* grow(char* at, size_t size) {
    const auto used = static_cast<size_t>(at - bytes_.get());
    const auto capacity = static_cast<size_t>(limit_ - bytes_.get());
    const size_t wanted = std::max({used + size, capacity * 2, size_t{16 * 1024}});
    std::unique_ptr<char[]> larger(new char[wanted]);
    if (used > 0) std::memcpy(larger.get(), bytes_.get(), used);
    bytes_ = std::move(larger);
    limit_ = bytes_.get() + wanted;
    return bytes_.get() + used;
  }

  std::unique_ptr<char[]> bytes_;
  char* limit_ = nullptr;
};

}  // namespace inlet
