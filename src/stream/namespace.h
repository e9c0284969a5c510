#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace inlet {

/// A collection, `db.collection`. An empty collection stands for the database; both empty for the
/// cluster.
struct Namespace {
  std::string db;
  std::string collection;

  std::string full() const { return collection.empty() ? db : db + "." + collection; }
  bool operator==(const Namespace&) const = default;
  auto operator<=>(const Namespace&) const = default;
};

/// Gives each namespace one address for the life of the process, so that records carry a pointer
/// and compare by it.
///
/// Threads: any; readers keep their last answer, so the lock is seldom taken.
class NamespaceTable {
 public:
  static NamespaceTable& instance();
  const Namespace* intern(std::string_view db, std::string_view collection);

 private:
  std::mutex mutex_;
  std::deque<Namespace> namespaces_;                                // Guarded by mutex_.
  std::unordered_map<std::string, const Namespace*> by_full_name_;  // Guarded by mutex_.
};

}  // namespace inlet
