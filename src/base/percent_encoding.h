#pragma once

#include <string>
#include <string_view>

namespace inlet {

/// Escapes every byte but letters, digits and `-._~`, as in the parts of a URL.
std::string percent_encode(std::string_view text);
/// Leaves what is no escape as it stands.
std::string percent_decode(std::string_view text);

}  // namespace inlet
