#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace inlet {

/// A first-in first-out queue bounded in records and in bytes: a full queue is the backpressure.
///
/// An element heavier than the whole bound is let in when the queue is empty, so that one huge
/// document cannot block forever.
/// Threads: any number of producers and consumers.
template <class T>
class BoundedQueue {
 public:
  struct Weight {
    size_t records = 0;
    size_t bytes = 0;
  };

  explicit BoundedQueue(Weight bound) : bound_(bound) {}

  /// Waits for room. Returns false, and drops the element, when `stop` is requested or the queue is
  /// closed.
  bool push(T element, Weight weight, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    const bool has_room = changed_.wait(lock, stop, [&] { return closed_ || fits(weight); });
    if (!has_room || closed_) return false;
    used_.records += weight.records;
    used_.bytes += weight.bytes;
    elements_.emplace_back(std::move(element), weight);
    lock.unlock();
    changed_.notify_all();
    return true;
  }

  /// Waits for an element. Returns nothing when stopped, at the deadline, or when closed and empty.
  template <class TimePoint>
  std::optional<T> pop_until(TimePoint deadline, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, stop, deadline, [&] { return closed_ || !elements_.empty(); });
    return take(lock);
  }

  std::optional<T> pop(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return closed_ || !elements_.empty(); });
    return take(lock);
  }

  /// Producers fail from now on; consumers still get what is in the queue.
  void close() {
    {
      std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

  Weight used() const {
    std::scoped_lock lock(mutex_);
    return used_;
  }

 private:
  bool fits(Weight weight) const {
    return elements_.empty() || (used_.records + weight.records <= bound_.records &&
                                 used_.bytes + weight.bytes <= bound_.bytes);
  }

  std::optional<T> take(std::unique_lock<std::mutex>& lock) {
    if (elements_.empty()) return std::nullopt;
    std::optional<T> element(std::move(elements_.front().first));
    used_.records -= elements_.front().second.records;
    used_.bytes -= elements_.front().second.bytes;
    elements_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return element;
  }

  const Weight bound_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::pair<T, Weight>> elements_;
  Weight used_;
  bool closed_ = false;
};

}  // namespace inlet
