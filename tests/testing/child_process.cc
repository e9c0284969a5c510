#include "testing/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace inlet::testing {

ChildProcess::ChildProcess(std::string_view name) : name_(name) {
  std::string folder =
      (std::filesystem::temp_directory_path() / ("inlet-" + name_ + "-XXXXXX")).string();
  if (::mkdtemp(folder.data()) != nullptr) folder_ = folder;
}

ChildProcess::~ChildProcess() {
  kill_hard();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

Status ChildProcess::start(std::vector<std::string> arguments) {
  if (folder_.empty()) return Status(Code::kUnavailable, "no temporary folder");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const std::string log = folder_ + "/" + name_ + ".log";
  pid_ = ::fork();
  if (pid_ < 0) return Status(Code::kUnavailable, "fork failed");
  if (pid_ > 0) return Status::ok();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

bool ChildProcess::has_ended() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ < 0;
}

void ChildProcess::kill_hard() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace inlet::testing
