#pragma once

#include <string>
#include <string_view>

#include "bson/document.h"
#include "source/mongo/mongo_source_options.h"

namespace inlet {

/// `*` stands for any text, `?` for one character.
bool glob_matches(std::string_view pattern, std::string_view text);
/// The same pattern for the server's $regex, anchored.
std::string glob_to_regex(std::string_view pattern);

/// Decides which collections belong to the scope.
class NamespaceFilter {
 public:
  explicit NamespaceFilter(NamespaceScope scope) : scope_(std::move(scope)) {}

  bool includes(std::string_view db, std::string_view collection) const;
  /// The collection's name when the scope is exactly one; else empty.
  std::string single_collection() const;
  bool is_one_database() const { return !scope_.db.empty(); }
  const NamespaceScope& scope() const { return scope_; }

  /// The $match on change events that says the same; an empty document when every event belongs.
  /// Events wider than a collection (dropDatabase, invalidate) always pass, and so do renames into
  /// the scope.
  Document event_match() const;

 private:
  NamespaceScope scope_;
};

}  // namespace inlet
