#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/result.h"

namespace inlet {

/// Who takes a lease: for the message to a second process, and to tell this holder from any other.
struct LeaseHolder {
  std::string host;
  int64_t pid = 0;
  std::string nonce;  ///< 128 random bits, hexadecimal: a process id can come again.

  static LeaseHolder this_process();
};

/// `web-1 pid 4711 since 2025-01-31T10:20:30Z`.
std::string describe_holder(std::string_view host, int64_t pid, int64_t since_ms);

/// The answer to a second process: kUnavailable, kAlreadyRunning.
Status already_running(std::string_view state, std::string_view holder);
/// The answer to a holder that was replaced: kCancelled.
Status lease_lost(std::string_view state, std::string_view new_holder);

/// The life of a lease as a URL gives it in the option `inletLeaseMs`.
/// Errors: kInvalidArgument for what is no number, or not in 1000 … 3600000.
Result<std::chrono::milliseconds> parse_lease_life(std::string_view text);
inline constexpr std::string_view kLeaseLifeOption = "inletLeaseMs";

/// A lease that expires, as its holder sees it: renews it on a thread of its own, and says whether
/// it is surely held.
///
/// It is surely held for four fifths of its life, counted from the moment when the last request
/// that succeeded was sent, so before the store can have counted from. Both clocks of this machine
/// must agree to that: the steady one stands still while a machine sleeps, the wall clock can be
/// set. The last fifth is for clocks that run at different rates and for the write on its way.
///
/// Life cycle: begin, verify*, end; then begin again.
/// Threads:    `verify`, `renewed`, `lose` from any; begin and end from one at a time.
class HeldLease {
 public:
  struct Moment {
    SteadyTime steady;
    WallTime wall;
  };
  /// OK: renewed. kCancelled: another one holds it. Anything else: not known, ask again.
  using Renew = std::function<Status()>;

  HeldLease(std::string state, std::chrono::milliseconds life, Clock& clock)
      : state_(std::move(state)), life_(life), clock_(clock) {}
  ~HeldLease() { end(); }
  HeldLease(const HeldLease&) = delete;
  HeldLease& operator=(const HeldLease&) = delete;

  std::chrono::milliseconds life() const { return life_; }
  Moment now() const { return {clock_.steady_now(), clock_.wall_now()}; }

  /// The lease was taken by a request that was sent at `requested`.
  void begin(Moment requested, Renew renew);
  /// Another request than the thread's own has renewed it.
  void renewed(Moment requested);
  /// Another one holds it, as `why` tells. This cannot be undone but by `begin`.
  void lose(Status why);
  /// Stops the renewals; from now on `verify` fails.
  void end();

  /// OK while it is surely ours. kCancelled when it is surely not; kUnavailable when that is not
  /// known, since the store has not answered in time.
  Status verify() const;

 private:
  void renew_until(std::stop_token stop, const Renew& renew);

  const std::string state_;
  const std::chrono::milliseconds life_;
  Clock& clock_;
  std::jthread thread_;

  mutable std::mutex mutex_;
  bool held_ = false;  // Guarded by mutex_.
  Moment until_;       // Guarded by mutex_.
  Status lost_;        // Guarded by mutex_. OK: not lost.
  Status failure_;     // Guarded by mutex_. Of the last renewal.
};

}  // namespace inlet
