#pragma once

#include <string>

#include "bson/value.h"

namespace inlet {

/// A constant of a parsed definition: one value with its bytes.
class OwnedValue {
 public:
  OwnedValue() = default;
  explicit OwnedValue(const Value& value) : bytes_(value.raw()), type_(value.type()) {}

  /// Valid until this object moves.
  Value view() const {
    return {type_, reinterpret_cast<const uint8_t*>(bytes_.data()),
            static_cast<uint32_t>(bytes_.size())};
  }

 private:
  std::string bytes_;
  BsonType type_ = BsonType::kMissing;
};

}  // namespace inlet
