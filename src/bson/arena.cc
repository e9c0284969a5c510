#include "bson/arena.h"

#include <algorithm>
#include <utility>

namespace inlet {

Arena& Arena::operator=(Arena&& other) noexcept {
  chunks_ = std::move(other.chunks_);
  next_ = std::exchange(other.next_, nullptr);
  limit_ = std::exchange(other.limit_, nullptr);
  next_chunk_bytes_ = std::exchange(other.next_chunk_bytes_, kFirstChunkBytes);
  reserved_ = std::exchange(other.reserved_, 0);
  other.chunks_.clear();
  return *this;
}

uint8_t* Arena::allocate_slow(size_t size) {
  if (size > next_chunk_bytes_ / 4) {  // A large piece gets its own chunk; the current one goes on.
    chunks_.push_back(std::unique_ptr<uint8_t[]>(new uint8_t[size]));
    reserved_ += size;
    return chunks_.back().get();
  }
  chunks_.push_back(std::unique_ptr<uint8_t[]>(new uint8_t[next_chunk_bytes_]));
  reserved_ += next_chunk_bytes_;
  uint8_t* out = chunks_.back().get();
  next_ = out + size;
  limit_ = out + next_chunk_bytes_;
  next_chunk_bytes_ = std::min(next_chunk_bytes_ * 2, kChunkBytesMax);
  return out;
}

}  // namespace inlet
