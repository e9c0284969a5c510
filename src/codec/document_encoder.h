#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "bson/document.h"
#include "bson/json_writer.h"
#include "codec/file_format.h"

namespace inlet {

/// How documents become bytes; each format reads its own part.
struct EncoderOptions {
  JsonOptions json;
};

/// Turns documents into the bytes of files of one format.
///
/// Life cycle: (begin_file, append_document*, end_file)*. Memory is kept between files.
/// Threads:    one; several encoders may work side by side.
class DocumentEncoder {
 public:
  virtual ~DocumentEncoder() = default;

  /// Appends what stands before the first document.
  virtual Status begin_file(std::string& out) = 0;

  /// Appends one document. A format that gathers documents may append nothing until later.
  ///
  /// Errors: kBadDocument leaves `out` and the file as they were.
  virtual Status append_document(DocumentView document, std::string& out) = 0;

  /// Appends what is still gathered and what stands behind the last document.
  virtual Status end_file(std::string& out) = 0;

  /// True when the documents of one file may be encoded by several encoders and the pieces joined
  /// in order, without `begin_file` and `end_file`.
  virtual bool pieces_may_be_joined() const = 0;

  /// Sequences of bytes that were not UTF-8 and became U+FFFD, since the encoder was made.
  virtual uint64_t invalid_utf8_replaced() const = 0;
};

std::unique_ptr<DocumentEncoder> make_document_encoder(FileFormat format,
                                                       const EncoderOptions& options = {});

}  // namespace inlet
