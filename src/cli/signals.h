#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace inlet {

/// Turns SIGINT and SIGTERM into one call of `on_stop`; a second signal ends the process at once,
/// which loses nothing: the next start goes on from the checkpoint.
///
/// Make it in main before any other thread, so that every thread inherits the blocked signals.
/// Threads: `on_stop` runs on the watcher's own thread.
class SignalWatcher {
 public:
  SignalWatcher();
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  /// Starts watching. Called once.
  void watch(std::function<void()> on_stop);
  /// True once a signal has come, also before `watch`.
  bool was_signalled() const { return signalled_; }

 private:
  std::atomic<bool> signalled_{false};
  std::thread thread_;
};

}  // namespace inlet
