#include "source/mongo/namespace_filter.h"

#include <algorithm>

#include "base/utf8.h"
#include "bson/builder.h"

namespace inlet {
namespace {

constexpr std::string_view kWild = "*?";

/// A pattern without a dot is held against the collection's name alone. One with a dot may mean
/// `db.collection`, or a collection whose name has a dot.
struct Pattern {
  explicit Pattern(std::string_view text) : whole(text) {
    const size_t dot = text.find('.');
    if (dot == std::string_view::npos) return;
    db = text.substr(0, dot);
    collection = text.substr(dot + 1);
  }
  bool matches(std::string_view db_name, std::string_view collection_name) const {
    return glob_matches(whole, collection_name) ||
           (!db.empty() && glob_matches(db, db_name) && glob_matches(collection, collection_name));
  }

  std::string_view whole;
  std::string_view db;
  std::string_view collection;
};

bool any_matches(const std::vector<std::string>& patterns, std::string_view db,
                 std::string_view collection) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return Pattern(pattern).matches(db, collection);
  });
}

void append_glob(DocumentBuilder& out, const std::string& field, std::string_view glob) {
  if (glob.find_first_of(kWild) == std::string_view::npos) {
    out.append_string(field, glob);
  } else {
    out.open_document(field).append_string("$regex", glob_to_regex(glob)).close();
  }
}

/// `operation: [condition, …]`, one condition for each way to match a pattern.
void append_patterns(DocumentBuilder& out, std::string_view operation, std::string_view field,
                     const std::vector<std::string>& patterns) {
  const std::string db_field = std::string(field) + ".db";
  const std::string collection_field = std::string(field) + ".coll";
  ArrayIndex index;
  out.open_array(operation);
  for (const std::string& text : patterns) {
    const Pattern pattern(text);
    out.open_document(index.next());
    append_glob(out, collection_field, pattern.whole);
    out.close();
    if (pattern.db.empty()) continue;
    out.open_document(index.next());
    append_glob(out, db_field, pattern.db);
    append_glob(out, collection_field, pattern.collection);
    out.close();
  }
  out.close();
}

/// True when the namespace at `field` is there and belongs.
void append_membership(DocumentBuilder& out, std::string_view index, std::string_view field,
                       const NamespaceScope& scope) {
  out.open_document(index);
  out.open_document(std::string(field) + ".coll").append_bool("$exists", true).close();
  if (!scope.collections.empty()) append_patterns(out, "$or", field, scope.collections);
  if (!scope.exclude.empty()) append_patterns(out, "$nor", field, scope.exclude);
  out.close();
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += utf8_step(bytes + t, text.size() - t).size;  // One character, as the server's regex.
    } else if (p < pattern.size() && pattern[p] != '*' && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;  // Let the last star swallow one more character.
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::string glob_to_regex(std::string_view pattern) {
  std::string out = "^";
  for (const char c : pattern) {
    if (c == '*') {
      out += ".*";
    } else if (c == '?') {
      out += '.';
    } else {
      if (std::string_view("\\^$.|+()[]{}-").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out + "$";
}

bool NamespaceFilter::includes(std::string_view db, std::string_view collection) const {
  if (!scope_.db.empty() && db != scope_.db) return false;
  if (!scope_.include_system && collection.starts_with("system.")) return false;
  if (!scope_.collections.empty() && !any_matches(scope_.collections, db, collection)) return false;
  return !any_matches(scope_.exclude, db, collection);
}

std::string NamespaceFilter::single_collection() const {
  if (scope_.db.empty() || scope_.collections.size() != 1 || !scope_.exclude.empty()) return {};
  const std::string& pattern = scope_.collections.front();
  if (pattern.find_first_of(kWild) != std::string::npos) return {};
  // `shop.orders` may name a collection with a dot in database shop, or orders with its database in
  // front.
  const std::string prefix = scope_.db + ".";
  return pattern.starts_with(prefix) ? pattern.substr(prefix.size()) : pattern;
}

Document NamespaceFilter::event_match() const {
  if (scope_.collections.empty() && scope_.exclude.empty()) return {};
  if (!single_collection().empty()) return {};
  DocumentBuilder out;
  out.open_array("$or");
  out.open_document("0").open_document("ns.coll").append_bool("$exists", false).close().close();
  append_membership(out, "1", "ns", scope_);
  append_membership(out, "2", "to", scope_);
  out.close();
  return out.finish_owned();
}

}  // namespace inlet
