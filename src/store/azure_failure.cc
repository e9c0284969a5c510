// The service answers with an HTTP status and a code such as "BlobNotFound". Arrow hands both on as
// text only: `… Azure Error: [BlobNotFound] 404 The specified blob does not exist.`, then lines of
// detail.

#include "store/azure_failure.h"

#include <arrow/status.h>
#include <arrow/util/io_util.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>

#include "base/log.h"

namespace inlet {
namespace {

/// What the service said, taken out of Arrow's message.
struct Answer {
  int http_status = 0;     ///< 0: there was no answer.
  std::string code;        ///< Of the service; often empty.
  std::string words;       ///< Its first line, without URLs.
  std::string request_id;  ///< For the support of the service.
};

/// A URL's query may hold a token.
std::string without_queries(std::string_view text) {
  std::string out;
  bool in_query = false;
  for (const char c : text) {
    if (c == '?') in_query = true;
    if (c == ' ' || c == '\'' || c == '"' || c == '\n' || c == '\r' || c == ')') in_query = false;
    if (!in_query) out += c;
  }
  return log::redact(out);
}

std::string_view first_line(std::string_view text) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  return line.ends_with(' ') ? line.substr(0, line.size() - 1) : line;
}

Answer parse_answer(std::string_view message) {
  constexpr std::string_view kMark = "Azure Error: [";
  constexpr std::string_view kRequestId = "Request ID: ";
  Answer out;
  if (const size_t at = message.find(kMark); at != std::string_view::npos) {
    message.remove_prefix(at + kMark.size());
    const size_t end = std::min(message.find(']'), message.size());
    out.code = message.substr(0, end);
    message.remove_prefix(std::min(end + 2, message.size()));
    std::from_chars(message.data(), message.data() + message.size(), out.http_status);
  }
  if (const size_t at = message.find(kRequestId); at != std::string_view::npos)
    out.request_id = first_line(message.substr(at + kRequestId.size()));
  out.words = without_queries(first_line(message));
  return out;
}

bool is_container_missing(const Answer& answer) {
  return answer.code == "ContainerNotFound" || answer.code == "FilesystemNotFound" ||
         answer.words.find("specified container does not exist") != std::string::npos ||
         answer.words.find("specified filesystem does not exist") != std::string::npos;
}

Status status_of(std::string_view text, std::string_view path, const Answer& answer) {
  Code code = Code::kUnavailable;
  std::string_view hint;
  if (answer.http_status == 401 || answer.http_status == 403) {
    code = Code::kPermissionDenied;
    hint =
        "give this identity the role Storage Blob Data Contributor on the container, or check the "
        "account key or SAS token";
  } else if (answer.http_status == 404) {
    code = Code::kNotFound;
    if (is_container_missing(answer))
      hint = "create the container first: az storage container create";
  } else if (answer.code == "InvalidResourceName" || answer.code == "InvalidUri" ||
             answer.code == "OutOfRangeInput") {
    code = Code::kInvalidArgument;
  } else if (answer.http_status == 0) {
    hint = "is the account's name right, is the network there, is a credential set?";
  }
  Status out = Status(code, text).with("path", path);
  if (answer.http_status != 0) out = std::move(out).with("http_status", answer.http_status);
  if (!answer.code.empty()) out = std::move(out).with("azure_code", answer.code);
  out = std::move(out).with("error", answer.words);
  if (!answer.request_id.empty()) out = std::move(out).with("request_id", answer.request_id);
  return hint.empty() ? out : std::move(out).with_hint(hint);
}

}  // namespace

Status azure_failure(std::string_view text, std::string_view path, const arrow::Status& failure) {
  switch (arrow::internal::ErrnoFromStatus(failure)) {
    case ENOENT:
      return Status(Code::kNotFound, text)
          .with("path", path)
          .with("error", "object does not exist");
    case ENOTDIR:
    case EISDIR:
    case EINVAL:
      return Status(Code::kInvalidArgument, text)
          .with("path", path)
          .with("error", without_queries(first_line(failure.message())));
    default:
      break;
  }
  const bool is_folder = failure.message().starts_with("Not a regular file");
  if (is_folder || failure.IsInvalid() || failure.IsNotImplemented()) {
    return Status(failure.IsNotImplemented() ? Code::kUnimplemented : Code::kInvalidArgument, text)
        .with("path", path)
        .with("error", without_queries(first_line(failure.message())));
  }
  return status_of(text, path, parse_answer(failure.message()));
}

Status azure_failure(std::string_view text, std::string_view path, std::string_view failure) {
  return status_of(text, path, parse_answer(failure));
}

}  // namespace inlet
