#include "plan/option_reader.h"

#include <algorithm>

#include "base/nearest_name.h"
#include "base/quantity.h"

namespace inlet {

Value OptionReader::take(std::string_view name) {
  asked_.push_back(name);
  return options_[name];
}

void OptionReader::fail(Status status) {
  if (failure_.is_ok()) failure_ = std::move(status).with("stage", where_);
}

void OptionReader::fail_type(std::string_view name, std::string_view expected) {
  fail(Status(Code::kInvalidArgument, "option has the wrong type")
           .with("option", name)
           .with("expected", expected));
}

Value OptionReader::value(std::string_view name) {
  return take(name);
}

std::string OptionReader::text(std::string_view name, std::string_view fallback) {
  const Value value = take(name);
  if (value.is_missing()) return std::string(fallback);
  if (!value.is_string()) {
    fail_type(name, "a string");
    return std::string(fallback);
  }
  return std::string(value.as_string());
}

std::string OptionReader::required_text(std::string_view name) {
  std::string out = text(name);
  if (out.empty()) fail(Status(Code::kInvalidArgument, "option is missing").with("option", name));
  return out;
}

std::string OptionReader::choice(std::string_view name,
                                 std::initializer_list<std::string_view> known,
                                 std::string_view fallback) {
  std::string out = text(name, fallback);
  if (std::find(known.begin(), known.end(), out) == known.end()) {
    fail(Status(Code::kInvalidArgument, "option has an unknown value")
             .with("option", name)
             .with("value", out)
             .with_hint(nearest_name_hint(out, std::span(known.begin(), known.size()))));
  }
  return out;
}

bool OptionReader::flag(std::string_view name, bool fallback) {
  const Value value = take(name);
  if (value.is_missing()) return fallback;
  if (value.type() != BsonType::kBool) {
    fail_type(name, "true or false");
    return fallback;
  }
  return value.as_bool();
}

int64_t OptionReader::integer(std::string_view name, int64_t fallback, int64_t minimum,
                              int64_t maximum) {
  const Value value = take(name);
  if (value.is_missing()) return fallback;
  const std::optional<int64_t> number = value.as_integer_if();
  if (!number) {
    fail_type(name, "a whole number");
    return fallback;
  }
  if (*number < minimum || *number > maximum) {
    fail(Status(Code::kInvalidArgument, "option is out of range")
             .with("option", name)
             .with("value", *number)
             .with("minimum", minimum)
             .with("maximum", maximum));
  }
  return *number;
}

std::chrono::milliseconds OptionReader::duration(std::string_view name,
                                                 std::chrono::milliseconds fallback) {
  const Value value = take(name);
  if (value.is_missing()) return fallback;
  if (const std::optional<int64_t> seconds = value.as_integer_if()) {
    constexpr int64_t kSecondsMax = kDurationMax / std::chrono::seconds(1);
    if (*seconds >= 0 && *seconds <= kSecondsMax) return std::chrono::seconds(*seconds);
    fail(Status(Code::kInvalidArgument,
                *seconds < 0 ? "a duration is below zero" : "a duration is too long")
             .with("option", name)
             .with("value", *seconds));
    return fallback;
  }
  if (!value.is_string()) {
    fail_type(name, "a duration such as \"10s\"");
    return fallback;
  }
  Result<std::chrono::milliseconds> parsed = parse_duration(value.as_string());
  if (parsed.is_ok()) return *parsed;
  fail(std::move(parsed).error().with("option", name));
  return fallback;
}

uint64_t OptionReader::size(std::string_view name, uint64_t fallback) {
  const Value value = take(name);
  if (value.is_missing()) return fallback;
  if (const std::optional<int64_t> bytes = value.as_integer_if(); bytes && *bytes >= 0)
    return static_cast<uint64_t>(*bytes);
  if (!value.is_string()) {
    fail_type(name, "a size such as \"8MiB\"");
    return fallback;
  }
  Result<uint64_t> parsed = parse_size(value.as_string());
  if (parsed.is_ok()) return *parsed;
  fail(std::move(parsed).error().with("option", name));
  return fallback;
}

std::vector<std::string> OptionReader::texts(std::string_view name) {
  const Value value = take(name);
  if (value.is_missing()) return {};
  if (value.is_string()) return {std::string(value.as_string())};
  std::vector<std::string> out;
  if (!value.is_array()) {
    fail_type(name, "a string or an array of strings");
    return out;
  }
  for (const Element& element : value.as_document()) {
    if (!element.value.is_string()) {
      fail_type(name, "an array of strings");
      return out;
    }
    out.emplace_back(element.value.as_string());
  }
  return out;
}

Document OptionReader::document(std::string_view name) {
  const Value value = take(name);
  if (value.is_missing()) return {};
  if (!value.is_document()) {
    fail_type(name, "a document");
    return {};
  }
  return Document(value.as_document());
}

Document OptionReader::array(std::string_view name) {
  const Value value = take(name);
  if (value.is_missing()) return {};
  if (!value.is_array()) {
    fail_type(name, "an array");
    return {};
  }
  return Document(value.as_document());
}

Status OptionReader::finish() {
  INLET_RETURN_IF_ERROR(failure_);
  for (const Element& element : options_) {
    if (std::find(asked_.begin(), asked_.end(), element.name) != asked_.end()) continue;
    return Status(Code::kInvalidArgument, "unknown option")
        .with("stage", where_)
        .with("option", element.name)
        .with_hint(nearest_name_hint(element.name, asked_));
  }
  return Status::ok();
}

}  // namespace inlet
