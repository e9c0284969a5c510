#include "codec/document_encoder.h"

#include "base/assert.h"

namespace inlet {

namespace {

/// One line of JSON for each document.
class NdjsonEncoder final : public DocumentEncoder {
 public:
  explicit NdjsonEncoder(const JsonOptions& options) : writer_(options) {}

  Status begin_file(std::string&) override { return Status::ok(); }

  Status append_document(DocumentView document, std::string& out) override {
    writer_.append_document(document, out);
    out += '\n';
    return Status::ok();
  }

  Status end_file(std::string&) override { return Status::ok(); }
  bool pieces_may_be_joined() const override { return true; }
  uint64_t invalid_utf8_replaced() const override { return writer_.invalid_utf8_replaced(); }

 private:
  JsonWriter writer_;
};

}  // namespace

std::unique_ptr<DocumentEncoder> make_document_encoder(FileFormat format,
                                                       const EncoderOptions& options) {
  switch (format) {
    case FileFormat::kNdjson:
      return std::make_unique<NdjsonEncoder>(options.json);
  }
  INLET_UNREACHABLE();
}

}  // namespace inlet
