#include "stream/operator_state.h"

#include <charconv>

#include "base/hash.h"
#include "bson/builder.h"

namespace inlet {
namespace {

Status not_a_state(std::string_view what) {
  return Status(Code::kCorruption, "an operator's state cannot be read").with("at", what);
}

}  // namespace

uint16_t key_group_of(std::string_view key) {
  return static_cast<uint16_t>(hash64(key) % kKeyGroups);
}

Document OperatorState::encode() const {
  DocumentBuilder out;
  if (!common.is_empty()) out.append_document("common", common);
  if (!groups.empty()) {
    out.open_document("groups");
    for (const auto& [group, bytes] : groups) out.append_binary(std::to_string(group), bytes, 0);
    out.close();
  }
  return out.finish_owned();
}

Result<OperatorState> OperatorState::decode(DocumentView document, KeyGroupRange owned) {
  OperatorState out;
  for (const Element& element : document) {
    if (!element.value.is_document()) return not_a_state(element.name);
    const DocumentView value = element.value.as_document();
    if (element.name == "common") {
      out.common = Document(value);
      continue;
    }
    if (element.name != "groups") return not_a_state(element.name);
    for (const Element& entry : value) {
      uint16_t group = 0;
      const char* const end = entry.name.data() + entry.name.size();
      const auto parsed = std::from_chars(entry.name.data(), end, group);
      const bool is_group = parsed.ec == std::errc() && parsed.ptr == end && group < kKeyGroups;
      if (!is_group || entry.value.type() != BsonType::kBinary) return not_a_state(entry.name);
      if (owned.contains(group)) out.groups.emplace(group, entry.value.as_binary());
    }
  }
  return out;
}

}  // namespace inlet
