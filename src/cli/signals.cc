#include "cli/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

namespace inlet {
namespace {

constexpr int kWakeUp = SIGUSR2;  // Ends the watcher's wait when the process ends by itself.

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, kWakeUp}) sigaddset(&set, signal);
  return set;
}

}  // namespace

SignalWatcher::SignalWatcher() {
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // A closed pipe or socket is an answer of the write.
}

SignalWatcher::~SignalWatcher() {
  if (!thread_.joinable()) return;
  pthread_kill(thread_.native_handle(), kWakeUp);
  thread_.join();
}

void SignalWatcher::watch(std::function<void()> on_stop) {
  thread_ = std::thread([this, on_stop = std::move(on_stop)] {
    const sigset_t set = watched_signals();
    int signal = 0;
    while (sigwait(&set, &signal) == 0 && signal != kWakeUp) {
      if (signalled_.exchange(true)) _exit(128 + signal);
      on_stop();
    }
  });
}

}  // namespace inlet
