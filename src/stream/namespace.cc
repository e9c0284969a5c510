#include "stream/namespace.h"

namespace inlet {

NamespaceTable& NamespaceTable::instance() {
  static auto* const table = new NamespaceTable;  // Never destroyed: records may outlive main.
  return *table;
}

const Namespace* NamespaceTable::intern(std::string_view db, std::string_view collection) {
  std::string key(db);
  key += '\0';
  key += collection;
  std::scoped_lock lock(mutex_);
  const Namespace*& entry = by_full_name_[std::move(key)];
  if (entry == nullptr)
    entry = &namespaces_.emplace_back(Namespace{std::string(db), std::string(collection)});
  return entry;
}

}  // namespace inlet
