#include "store/azure_block_upload.h"

#include <arrow/io/interfaces.h>
#include <arrow/status.h>

#include <algorithm>

#include "store/azure_failure.h"

namespace inlet {
namespace {

/// Arrow gathers writes until it has 10 MiB; a write of that size goes out as it is, without a
/// copy. An object may have 50,000 blocks: 488 GiB.
constexpr size_t kBlockBytes = 10 << 20;
/// Many objects are small: memory for a whole block is taken when a block is in sight.
constexpr size_t kSmallBytes = 1 << 20;

}  // namespace

AzureBlockUpload::AzureBlockUpload(std::shared_ptr<arrow::io::OutputStream> stream,
                                   std::string path)
    : stream_(std::move(stream)), path_(std::move(path)) {}

AzureBlockUpload::~AzureBlockUpload() {
  if (background_.valid()) background_.wait();
  // Without this Arrow would make an object of what it has.
  const arrow::Status aborted = stream_->Abort();
  static_cast<void>(aborted);  // It only lets go.
}

Status AzureBlockUpload::send(std::string_view block) {
  return try_azure("cannot write", path_, [&] {
    return stream_->Write(block.data(), static_cast<int64_t>(block.size()));
  });
}

Status AzureBlockUpload::await_background() {
  if (background_.valid() && failure_.is_ok()) failure_ = background_.get();
  return failure_;
}

Status AzureBlockUpload::send_in_background() {
  INLET_RETURN_IF_ERROR(await_background());
  std::swap(filling_, sending_);
  filling_.clear();
  background_ = std::async(std::launch::async, [this] { return send(sending_); });
  return Status::ok();
}

Status AzureBlockUpload::append(std::string_view bytes) {
  INLET_RETURN_IF_ERROR(failure_);
  while (!bytes.empty()) {
    const size_t taken = std::min(bytes.size(), kBlockBytes - filling_.size());
    if (filling_.size() + taken > kSmallBytes) filling_.reserve(kBlockBytes);
    filling_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (filling_.size() == kBlockBytes) INLET_RETURN_IF_ERROR(send_in_background());
  }
  return Status::ok();
}

Status AzureBlockUpload::finish() {
  INLET_RETURN_IF_ERROR(await_background());
  if (!filling_.empty()) failure_ = send(filling_);
  if (failure_.is_ok())
    failure_ = try_azure("cannot complete", path_, [&] { return stream_->Close(); });
  return failure_;
}

}  // namespace inlet
