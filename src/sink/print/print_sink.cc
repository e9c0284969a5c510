#include "sink/print/print_sink.h"

#include <cerrno>
#include <system_error>

namespace inlet {

Status PrintSink::open(const Document& /*restored_state*/, uint64_t /*epoch*/, uint64_t /*fence*/) {
  return Status::ok();
}

Status PrintSink::write(Batch batch) {
  text_.clear();
  for (const Record& record : batch.records) {
    INLET_RETURN_IF_ERROR(encoder_->append_document(record.document, text_));
  }
  const bool written =
      std::fwrite(text_.data(), 1, text_.size(), out_) == text_.size() && std::fflush(out_) == 0;
  if (!written) {
    // A reader that has seen enough (`| head`) closes the pipe: that is an end, not a fault.
    if (errno == EPIPE) return Status(Code::kCancelled, "the reader of standard output has gone");
    return Status(Code::kResourceExhausted, "cannot write to standard output")
        .with("error", std::generic_category().message(errno));
  }
  records_ += batch.records.size();
  bytes_ += text_.size();
  return Status::ok();
}

Result<PreparedCommit> PrintSink::prepare(uint64_t epoch) {
  return PreparedCommit{epoch, {}};
}

Status PrintSink::commit(const PreparedCommit& /*prepared*/) {
  return Status::ok();
}

SinkProgress PrintSink::progress() const {
  SinkProgress progress;
  progress.records_written = records_;
  progress.bytes_written = bytes_;
  return progress;
}

}  // namespace inlet
