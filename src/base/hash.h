#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace inlet {

/// XXH3, 64 bits: fast, not cryptographic, the same on every machine.
uint64_t hash64(std::string_view bytes);

/// SHA-256 computed piece by piece.
///
/// Threads: one.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  /// Lower-case hexadecimal digest of everything so far; the object is spent afterwards.
  std::string finish_hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace inlet
