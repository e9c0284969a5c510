#include "checkpoint/lease.h"

#include <unistd.h>

#include <charconv>
#include <random>
#include <utility>

#include "base/log.h"
#include "bson/date_text.h"
#include "checkpoint/checkpoint_store.h"

namespace inlet {
namespace {

constexpr std::chrono::milliseconds kLifeMin{1000};
constexpr std::chrono::milliseconds kLifeMax{3'600'000};

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

}  // namespace

LeaseHolder LeaseHolder::this_process() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device device;
  LeaseHolder out{host_name(), ::getpid(), {}};
  for (int word = 0; word < 4; ++word) {
    uint32_t bits = device();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4) out.nonce += kDigits[bits & 15];
  }
  return out;
}

std::string describe_holder(std::string_view host, int64_t pid, int64_t since_ms) {
  char time[36];
  const char* const end =
      DateWriter().write(time, since_ms - since_ms % 1000, DateFraction::kIfNotZero);
  std::string out(host);
  out.append(" pid ").append(std::to_string(pid)).append(" since ");
  return out.append(time, static_cast<size_t>(end - time));
}

Status already_running(std::string_view state, std::string_view holder) {
  return Status(Code::kUnavailable, kAlreadyRunning)
      .with("state", state)
      .with("holder", holder)
      .with_hint(
          "stop the other process, or stand by for it with --wait-for-lease, or give this one "
          "another --name and another folder of the lake");
}

Status lease_lost(std::string_view state, std::string_view new_holder) {
  return Status(Code::kCancelled, "lease lost")
      .with("state", state)
      .with("holder", new_holder)
      .with_hint(
          "another process has taken over and goes on from the last checkpoint: nothing is lost. "
          "This one was away for longer than its lease: was it paused, or cut off from the state "
          "store?");
}

Result<std::chrono::milliseconds> parse_lease_life(std::string_view text) {
  int64_t milliseconds = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (!is_number || milliseconds < kLifeMin.count() || milliseconds > kLifeMax.count()) {
    return Status(Code::kInvalidArgument, "the life of the lease is out of range")
        .with("option", kLeaseLifeOption)
        .with("value", text)
        .with_hint("milliseconds, from 1000 to 3600000");
  }
  return std::chrono::milliseconds(milliseconds);
}

void HeldLease::begin(Moment requested, Renew renew) {
  end();
  {
    std::scoped_lock lock(mutex_);
    held_ = true;
    lost_ = Status::ok();
    failure_ = Status::ok();
  }
  renewed(requested);
  thread_ = std::jthread([this, renew = std::move(renew)](std::stop_token stop) {
    renew_until(std::move(stop), renew);
  });
}

void HeldLease::renewed(Moment requested) {
  const auto sure = life_ * 4 / 5;
  std::scoped_lock lock(mutex_);
  until_ = {requested.steady + sure, requested.wall + sure};
  failure_ = Status::ok();
}

void HeldLease::lose(Status why) {
  std::scoped_lock lock(mutex_);
  lost_ = std::move(why);
}

void HeldLease::end() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  std::scoped_lock lock(mutex_);
  held_ = false;
}

Status HeldLease::verify() const {
  const Moment at = now();
  std::scoped_lock lock(mutex_);
  if (!held_) return Status(Code::kCancelled, "the lease is not held").with("state", state_);
  if (!lost_.is_ok()) return lost_;
  if (at.steady < until_.steady && at.wall < until_.wall) return Status::ok();
  Status unsure = Status(Code::kUnavailable, "the lease could not be renewed in time")
                      .with("state", state_)
                      .with_hint(
                          "nothing is written until the state store answers; the work goes on "
                          "then, unless another process has taken over");
  return failure_.is_ok() ? unsure : std::move(unsure).with("error", failure_.to_string());
}

void HeldLease::renew_until(std::stop_token stop, const Renew& renew) {
  const auto interval = life_ / 3;
  const auto pause =
      life_ / 10;  // After a failure: to be back soon, yet not to knock all the time.
  bool failed = false;
  while (clock_.sleep_for(failed ? pause : interval, stop)) {
    const Moment requested = now();
    Status status = renew();
    if (status.code() == Code::kCancelled) {
      log::write_status(log::Level::kError, "the lease is lost", status);
      return lose(std::move(status));
    }
    if (status.is_ok()) {
      if (failed) log::info("the lease is renewed again", {{"state", state_}});
      renewed(requested);
    } else {
      if (!failed) log::write_status(log::Level::kWarning, "cannot renew the lease", status);
      std::scoped_lock lock(mutex_);
      failure_ = status;
    }
    failed = !status.is_ok();
  }
}

}  // namespace inlet
