#pragma once

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>

#include "codec/document_encoder.h"
#include "stream/sink.h"

namespace inlet {

/// Prints each document as a line: the sink of a pipeline that has none, for trying things out.
///
/// A terminal or a pipe cannot take a line back, so documents appear at once and a restart may
/// repeat them.
class PrintSink final : public Sink {
 public:
  PrintSink(std::unique_ptr<DocumentEncoder> encoder, std::FILE* out)
      : encoder_(std::move(encoder)), out_(out) {}

  Status open(const Document& restored_state, uint64_t epoch, uint64_t fence) override;
  Status write(Batch batch) override;
  bool wants_checkpoint() const override { return false; }
  Result<PreparedCommit> prepare(uint64_t epoch) override;
  Document snapshot() const override { return {}; }
  Status commit(const PreparedCommit& prepared) override;
  Status close() override { return Status::ok(); }
  SinkProgress progress() const override;

 private:
  std::unique_ptr<DocumentEncoder> encoder_;
  std::FILE* const out_;
  std::string text_;
  std::atomic<uint64_t> records_{0};
  std::atomic<uint64_t> bytes_{0};
};

}  // namespace inlet
