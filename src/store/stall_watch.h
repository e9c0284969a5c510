#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace inlet {

/// Ends the process when a call into a client library that knows no time limit does not come back.
///
/// Such a call can neither be cancelled nor left alone: what it does when it wakes up at last could
/// undo a later write. Ending is safe, since a start always goes on from the checkpoint.
/// Threads: any, with one of its own from the first call on.
class StallWatch {
 public:
  static StallWatch& instance();

  /// How long a call may take; 10 minutes at first.
  void set_limit(std::chrono::milliseconds limit);

  /// A call under way, for as long as this object lives.
  class Call {
   public:
    Call(std::string_view what, std::string_view path);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    const uint64_t number_;
  };

 private:
  struct Pending {
    std::string what;
    std::string path;
    std::chrono::steady_clock::time_point began;
  };
  StallWatch() = default;
  uint64_t begin(std::string_view what, std::string_view path);
  void end(uint64_t number);
  void watch();

  std::mutex mutex_;
  std::condition_variable limit_changed_;
  bool is_watching_ = false;  // Guarded by mutex_, as are those below.
  std::chrono::milliseconds limit_{std::chrono::minutes(10)};
  uint64_t last_number_ = 0;
  std::map<uint64_t, Pending> pending_;  // By number: the oldest first.
};

}  // namespace inlet
