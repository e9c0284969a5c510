#include "sink/lake/open_file.h"

namespace inlet {
namespace {

/// The `_id` of an event, unless a stage has put something else there.
Value resume_token(const Record& record) {
  const Value id = record.is_event ? record.document["_id"] : Value();
  const bool is_token = id.is_document() && !id.as_document()["_data"].is_missing();
  return is_token ? id : Value();
}

}  // namespace

OpenFile::~OpenFile() {
  account(-static_cast<int64_t>(plain_.size() + bytes_.size()));
  if (writer_ != nullptr) --counters_.streams;
}

Status OpenFile::append(const Record& record, DocumentView line, DocumentEncoder& encoder,
                        Compressor& compressor) {
  const size_t before = plain_.size();
  INLET_RETURN_IF_ERROR(encoder.append_document(line, plain_));
  account(static_cast<int64_t>(plain_.size() - before));

  ManifestFile& entry = staged_.entry;
  const Value token = resume_token(record);
  entry.last.time = record.cluster_time;
  if (entry.records == 0) entry.first.time = record.cluster_time;
  if (token.is_document()) {
    last_token_.assign(token.raw());  // Reuses its memory, record after record.
    if (entry.records == 0) entry.first.token = Document(token.as_document());
  }
  ++entry.records;
  ++entry.operations.at(static_cast<size_t>(record.operation));
  if (spec_->is_copy) {
    const Value full = record.is_event ? record.document["fullDocument"] : Value();
    staged_.copy_hash += hash64(record.is_event ? full.raw() : record.document.raw());
  }
  return plain_.size() >= kChunkBytes ? compress(compressor) : Status::ok();
}

Status OpenFile::compress(Compressor& compressor) {
  if (plain_.empty()) return Status::ok();
  const size_t before = bytes_.size();
  const size_t taken = plain_.size();
  if (options_.compression.compression == Compression::kNone && before == 0) {
    bytes_.swap(plain_);  // The bytes are as they should be, and need no copy.
  } else {
    INLET_RETURN_IF_ERROR(compressor.append_chunk(plain_, bytes_));
  }
  const std::string_view fresh = std::string_view(bytes_).substr(before);
  sha256_.update(fresh);
  staged_.entry.bytes += fresh.size();
  account(static_cast<int64_t>(fresh.size()) - static_cast<int64_t>(taken));
  plain_.clear();
  return stream_when_large();
}

Status OpenFile::stream_when_large() {
  if (writer_ == nullptr) {
    if (bytes_.size() < options_.stream_bytes) return Status::ok();
    if (counters_.streams.fetch_add(1) >= options_.streams_max) {
      --counters_.streams;  // It waits in memory; the budget asks for a checkpoint in time.
      return Status::ok();
    }
    Result<std::unique_ptr<ObjectWriter>> writer = store_.open_writer(spec_->staged_path);
    if (!writer.is_ok()) {
      --counters_.streams;
      return writer.status();
    }
    writer_ = *std::move(writer);
  }
  INLET_RETURN_IF_ERROR(writer_->append(bytes_));
  counters_.bytes_written += bytes_.size();
  account(-static_cast<int64_t>(bytes_.size()));
  bytes_.clear();
  return Status::ok();
}

Result<StagedFile> OpenFile::finish(Compressor& compressor) {
  INLET_RETURN_IF_ERROR(compress(compressor));
  if (writer_ != nullptr) {
    INLET_RETURN_IF_ERROR(writer_->append(bytes_));
    INLET_RETURN_IF_ERROR(writer_->finish());
  } else {
    INLET_RETURN_IF_ERROR(store_.put(spec_->staged_path, bytes_));
  }
  counters_.bytes_written += bytes_.size();
  staged_.spec = spec_;
  if (!last_token_.empty()) staged_.entry.last.token = Document(std::move(last_token_));
  staged_.entry.name = spec_->final_name;
  staged_.entry.sha256 = sha256_.finish_hex();
  return std::move(staged_);
}

}  // namespace inlet
