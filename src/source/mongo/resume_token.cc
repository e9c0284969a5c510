#include "source/mongo/resume_token.h"

#include <charconv>

namespace inlet {
namespace {

constexpr std::string_view kTimestampMark = "82";
constexpr size_t kWordDigits = 8;

bool parse_word(std::string_view hex, uint32_t& out) {
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), out, 16);
  return error == std::errc() && end == hex.data() + hex.size();
}

}  // namespace

ClusterTime time_of_token(DocumentView token) {
  const std::string_view data = token["_data"].as_string_if().value_or("");
  if (!data.starts_with(kTimestampMark) || data.size() < kTimestampMark.size() + 2 * kWordDigits)
    return {};
  ClusterTime time;
  const bool parsed =
      parse_word(data.substr(kTimestampMark.size(), kWordDigits), time.seconds) &&
      parse_word(data.substr(kTimestampMark.size() + kWordDigits, kWordDigits), time.increment);
  return parsed ? time : ClusterTime{};
}

}  // namespace inlet
