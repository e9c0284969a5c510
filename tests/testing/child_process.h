#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace inlet::testing {

/// A server under test as a child process, with a temporary folder of its own that goes with it.
/// It dies with the process that started it.
class ChildProcess {
 public:
  /// `name` is for the folder and the log in it.
  explicit ChildProcess(std::string_view name);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Empty when it could not be made.
  const std::string& folder() const { return folder_; }
  /// Runs `arguments[0]`, what it prints in `folder()/name.log`. One at a time.
  Status start(std::vector<std::string> arguments);
  /// By itself: nobody has killed it.
  bool has_ended();
  /// kill -9, and waits for it.
  void kill_hard();

 private:
  const std::string name_;
  std::string folder_;
  pid_t pid_ = -1;
};

}  // namespace inlet::testing
