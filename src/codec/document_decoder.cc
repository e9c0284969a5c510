#include "codec/document_decoder.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "bson/byte_buffer.h"
#include "bson/json_parser.h"

namespace inlet {

namespace {

/// Data must not reach a log, so a fault is told by its place only.
constexpr JsonParseOptions data_options() {
  JsonParseOptions options;
  options.syntax = JsonSyntax::kStrict;
  options.excerpt = false;
  return options;
}

class NdjsonDecoder final : public DocumentDecoder {
 public:
  NdjsonDecoder() : parser_(data_options()) {}

  Status push(std::string_view bytes, const Receiver& receiver) override {
    while (!bytes.empty()) {
      const size_t newline = bytes.find('\n');
      if (newline == std::string_view::npos) {
        unfinished_ += bytes;
        if (unfinished_.size() > kRecordBytesMax) {
          return Status(Code::kResourceExhausted, "a line is too long")
              .with("line", line_ + 1)
              .with("line_bytes_max", kRecordBytesMax);
        }
        return Status::ok();
      }
      const std::string_view line = bytes.substr(0, newline);
      bytes.remove_prefix(newline + 1);
      if (unfinished_.empty()) {
        INLET_RETURN_IF_ERROR(take_line(line, receiver));
      } else {
        unfinished_ += line;
        const Status status = take_line(unfinished_, receiver);
        forget_unfinished();
        INLET_RETURN_IF_ERROR(status);
      }
    }
    return Status::ok();
  }

  Status finish(const Receiver& receiver) override {
    if (unfinished_.empty()) return Status::ok();
    const Status status = take_line(unfinished_, receiver);
    forget_unfinished();
    return status;
  }

 private:
  void forget_unfinished() {
    unfinished_.clear();
    if (unfinished_.capacity() > ByteBuffer::kKeepBytesMax) unfinished_.shrink_to_fit();
  }

  Status take_line(std::string_view line, const Receiver& receiver) {
    ++line_;
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (line_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return Status::ok();
    Result<DocumentView> document = parser_.parse_document(line);
    if (document.is_ok()) return receiver(std::move(document));
    return receiver(bad_line(document.status()));
  }

  Status bad_line(const Status& cause) const {
    Status bad = Status(Code::kBadDocument, cause.text()).with("line", line_);
    for (const Status::Field& field : cause.fields()) {
      if (field.name == "column") bad = std::move(bad).with(field.name, field.value);
    }
    if (cause.hint().empty()) return bad;
    return std::move(bad).with_hint(cause.hint());
  }

  JsonParser parser_;
  std::string unfinished_;
  uint64_t line_ = 0;
};

}  // namespace

std::unique_ptr<DocumentDecoder> make_document_decoder(FileFormat format) {
  switch (format) {
    case FileFormat::kNdjson:
      return std::make_unique<NdjsonDecoder>();
  }
  INLET_UNREACHABLE();
}

}  // namespace inlet
