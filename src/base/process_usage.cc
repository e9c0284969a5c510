#include "base/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace inlet {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// The 22nd field of /proc/self/stat: clock ticks from the machine's boot to the process's start.
double start_after_boot_seconds() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  const size_t name_end = text.rfind(')');  // The second field may hold blanks.
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  constexpr int kFieldsBeforeStart = 19;
  for (int i = 0; i < kFieldsBeforeStart; ++i) fields >> field;
  double ticks = 0;
  fields >> ticks;
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double boot_seconds() {
  std::ifstream file("/proc/stat");
  std::string name;
  while (file >> name) {
    double value = 0;
    if (name == "btime" && file >> value) return value;
    file.ignore(1 << 20, '\n');
  }
  return 0;
}

}  // namespace

ProcessUsage ProcessUsage::now() {
  ProcessUsage out;
  std::ifstream statm("/proc/self/statm");
  uint64_t pages_total = 0;
  uint64_t pages_resident = 0;
  if (statm >> pages_total >> pages_resident) {
    out.resident_bytes = pages_resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    out.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) out.max_fds = limit.rlim_cur;
  std::error_code failed;
  for (std::filesystem::directory_iterator fd("/proc/self/fd", failed), end; !failed && fd != end;
       fd.increment(failed)) {
    ++out.open_fds;
  }
  static const double kStartedAt = boot_seconds() + start_after_boot_seconds();
  out.started_at_seconds = kStartedAt;
  return out;
}

}  // namespace inlet
