#include "base/status.h"

#include "base/assert.h"

namespace inlet {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kInvalidArgument:
      return "invalid_argument";
    case Code::kUnimplemented:
      return "unimplemented";
    case Code::kBadDocument:
      return "bad_document";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kTimeout:
      return "timeout";
    case Code::kPermissionDenied:
      return "permission_denied";
    case Code::kNotFound:
      return "not_found";
    case Code::kResumePointLost:
      return "resume_point_lost";
    case Code::kResourceExhausted:
      return "resource_exhausted";
    case Code::kCorruption:
      return "corruption";
    case Code::kInternal:
      return "internal";
    case Code::kCancelled:
      return "cancelled";
  }
  INLET_UNREACHABLE();
}

Status::Status(Code code, std::string_view text)
    : failure_(std::make_unique<Failure>(Failure{code, std::string(text), {}, {}})) {
  INLET_ASSERT(code != Code::kOk);
}

Status::Status(const Status& other)
    : failure_(other.failure_ ? std::make_unique<Failure>(*other.failure_) : nullptr) {}

Status& Status::operator=(const Status& other) {
  if (this != &other)
    failure_ = other.failure_ ? std::make_unique<Failure>(*other.failure_) : nullptr;
  return *this;
}

Code Status::code() const {
  return failure_ ? failure_->code : Code::kOk;
}

std::string_view Status::text() const {
  return failure_ ? std::string_view(failure_->text) : "";
}

std::string_view Status::hint() const {
  return failure_ ? std::string_view(failure_->hint) : "";
}

const std::vector<Status::Field>& Status::fields() const {
  static const std::vector<Field> kNone;
  return failure_ ? failure_->fields : kNone;
}

Status Status::with(std::string_view name, std::string_view value) const& {
  return Status(*this).with(name, value);
}

Status&& Status::with(std::string_view name, std::string_view value) && {
  if (failure_) failure_->fields.push_back({std::string(name), std::string(value)});
  return std::move(*this);
}

Status&& Status::with_hint(std::string_view hint) && {
  if (failure_ && failure_->hint.empty()) failure_->hint = hint;
  return std::move(*this);
}

std::string Status::to_string() const {
  if (!failure_) return "ok";
  std::string out(code_name(failure_->code));
  out.append(": ").append(failure_->text);
  const char* separator = " (";
  for (const Field& field : failure_->fields) {
    out.append(separator).append(field.name).append("=").append(field.value);
    separator = ", ";
  }
  if (!failure_->fields.empty()) out += ")";
  if (!failure_->hint.empty()) out.append("; hint: ").append(failure_->hint);
  return out;
}

}  // namespace inlet
