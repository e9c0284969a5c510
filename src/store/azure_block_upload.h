#pragma once

#include <future>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace arrow::io {
class OutputStream;
}

namespace inlet {

/// Sends one object in blocks: while one is on its way, the next is filled.
///
/// Memory: at most two blocks, and one of Arrow's for the last bytes. Threads: one, besides its own
/// that sends. Destroying it drops what was sent: the service forgets blocks that no list names.
class AzureBlockUpload {
 public:
  AzureBlockUpload(std::shared_ptr<arrow::io::OutputStream> stream, std::string path);
  ~AzureBlockUpload();
  AzureBlockUpload(const AzureBlockUpload&) = delete;
  AzureBlockUpload& operator=(const AzureBlockUpload&) = delete;

  /// After a failure every call answers with it.
  Status append(std::string_view bytes);
  /// Makes the blocks an object, all at once.
  Status finish();
  bool has_failed() const { return !failure_.is_ok(); }

 private:
  Status send(std::string_view block);
  Status send_in_background();
  Status await_background();

  const std::shared_ptr<arrow::io::OutputStream> stream_;
  const std::string path_;
  std::string filling_;
  std::string sending_;  // The thread's, while background_ is valid.
  std::future<Status> background_;
  Status failure_;
};

}  // namespace inlet
