#include "store/stall_watch.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/log.h"

namespace inlet {

StallWatch& StallWatch::instance() {
  static StallWatch* const watch = new StallWatch;  // Its thread lives as long as the process.
  return *watch;
}

void StallWatch::set_limit(std::chrono::milliseconds limit) {
  std::scoped_lock lock(mutex_);
  limit_ = limit;
  limit_changed_.notify_one();
}

uint64_t StallWatch::begin(std::string_view what, std::string_view path) {
  std::scoped_lock lock(mutex_);
  if (!is_watching_) {
    is_watching_ = true;
    std::thread([this] { watch(); }).detach();
  }
  pending_.emplace(++last_number_,
                   Pending{std::string(what), std::string(path), std::chrono::steady_clock::now()});
  return last_number_;
}

void StallWatch::end(uint64_t number) {
  std::scoped_lock lock(mutex_);
  pending_.erase(number);
}

void StallWatch::watch() {
  constexpr std::chrono::milliseconds kLook{1000};
  std::unique_lock lock(mutex_);
  while (true) {
    limit_changed_.wait_for(lock, std::min(kLook, limit_ / 4));
    if (pending_.empty()) continue;
    const Pending& oldest = pending_.begin()->second;
    const auto waited = std::chrono::steady_clock::now() - oldest.began;
    if (waited < limit_) continue;
    log::error(
        "a store has not answered: this process ends, the next start goes on from the checkpoint",
        {{"call", oldest.what},
         {"path", oldest.path},
         {"seconds", std::chrono::duration_cast<std::chrono::seconds>(waited).count()}});
    std::fflush(nullptr);
    std::_Exit(1);
  }
}

StallWatch::Call::Call(std::string_view what, std::string_view path)
    : number_(StallWatch::instance().begin(what, path)) {}

StallWatch::Call::~Call() {
  StallWatch::instance().end(number_);
}

}  // namespace inlet
