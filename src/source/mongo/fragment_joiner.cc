#include "source/mongo/fragment_joiner.h"

#include <cstring>

namespace inlet {

Result<bool> FragmentJoiner::add(DocumentView fragment) {
  const Value split = fragment["splitEvent"];
  const int64_t number =
      split.is_document() ? split.as_document()["fragment"].as_integer_if().value_or(0) : 0;
  const int64_t count =
      split.is_document() ? split.as_document()["of"].as_integer_if().value_or(0) : 0;
  if (number != fragments_taken_ + 1 || count < number) {
    const int64_t expected = fragments_taken_ + 1;
    clear();
    // Unavailable, so that the stream is opened again: it then begins with the first fragment.
    return Status(Code::kUnavailable, "fragment of a change event came out of turn")
        .with("fragment", number)
        .with("of", count)
        .with("expected", expected);
  }
  if (number == 1) elements_.clear();
  std::string_view id;
  for (const Element& element : fragment) {
    if (element.name == "_id") {
      id = element.raw();
    } else if (element.name != "splitEvent") {
      elements_ += element.raw();
    }
  }
  fragments_taken_ = number;
  if (number < count) return false;
  const auto size = static_cast<uint32_t>(sizeof(uint32_t) + id.size() + elements_.size() + 1);
  event_.assign(sizeof size, '\0');
  std::memcpy(event_.data(), &size, sizeof size);
  event_.append(id).append(elements_).append(1, '\0');
  return true;
}

DocumentView FragmentJoiner::take() {
  fragments_taken_ = 0;
  elements_ = std::string();  // An event this large is rare: its memory is given back.
  return DocumentView(reinterpret_cast<const uint8_t*>(event_.data()));
}

void FragmentJoiner::clear() {
  fragments_taken_ = 0;
  elements_ = std::string();
  event_ = std::string();
}

}  // namespace inlet
