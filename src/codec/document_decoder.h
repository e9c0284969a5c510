#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "bson/document.h"
#include "codec/file_format.h"

namespace inlet {

/// Turns the bytes of a file back into documents.
///
/// Life cycle: push*, finish.
/// Threads:    one.
class DocumentDecoder {
 public:
  /// Takes each document, or, for a record that is none, a kBadDocument with its place in the file.
  /// The view is valid during the call. A failure that it returns ends the work.
  using Receiver = std::function<Status(Result<DocumentView> document)>;

  virtual ~DocumentDecoder() = default;

  /// Hands on the documents that `bytes`, cut at any place, complete.
  ///
  /// Errors: the receiver's; kResourceExhausted for a record beyond kRecordBytesMax.
  virtual Status push(std::string_view bytes, const Receiver& receiver) = 0;

  /// Hands on the last document, which may lack its end mark.
  virtual Status finish(const Receiver& receiver) = 0;

  /// A 16 MiB document as canonical Extended JSON stays well below.
  static constexpr size_t kRecordBytesMax = size_t{512} * 1024 * 1024;
};

std::unique_ptr<DocumentDecoder> make_document_decoder(FileFormat format);

}  // namespace inlet
