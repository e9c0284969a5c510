#pragma once

#include <span>
#include <string>
#include <string_view>

namespace inlet {

/// The known name that a misspelt one most likely meant, or empty when none is near.
/// Letter case counts little; at most a third of the letters may differ.
std::string_view nearest_name(std::string_view word, std::span<const std::string_view> known);

/// `did you mean 'x'?`, or `known: a, b, c` when nothing is near: for a Status hint.
std::string nearest_name_hint(std::string_view word, std::span<const std::string_view> known);

}  // namespace inlet
