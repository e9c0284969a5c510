#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mql/expression.h"

namespace inlet {

/// What a projection does with the fields of one document: a tree along the dotted paths.
class ProjectionNode {
 public:
  enum class Kind {
    kKeep,
    kDrop,
    kComputed,  ///< The value of an expression takes its place.
    kNested,    ///< Something happens below it.
  };
  /// How fields are treated that no path names, and computed ones that the input has.
  enum class Others {
    kDropped,  ///< `$project` of chosen fields: computed ones come behind those that are kept.
    kKept,     ///< `$set`, `$unset`, `$project` without some: computed ones stay in their place.
  };

  explicit ProjectionNode(Others others) : others_(others) {}

  /// Puts a leaf at `path`. Errors: kInvalidArgument where paths collide.
  Status add(const std::vector<std::string>& path, Kind kind, ExpressionPtr expression = nullptr);
  bool has(std::string_view name) const;
  /// To be called once, when all is added.
  void freeze();

  /// Appends to the document open in `out` what becomes of the fields of `in`.
  Status apply(DocumentView in, DocumentBuilder& out, Evaluation& evaluation) const;

 private:
  struct Entry {
    std::string name;
    Kind kind = Kind::kKeep;
    ExpressionPtr expression;
    std::unique_ptr<ProjectionNode> below;
    bool is_computed = false;  ///< It, or something below it.
  };
  class FieldRun;

  const Entry* find(std::string_view name) const;
  Status apply_entry(const Entry& entry, const Element& field, bool& is_done, DocumentBuilder& out,
                     Evaluation& evaluation) const;
  Status append_below(std::string_view name, const Value& in, DocumentBuilder& out,
                      Evaluation& evaluation) const;
  Status append_computed(size_t first_mark, DocumentBuilder& out, Evaluation& evaluation) const;
  /// What stands where the path wants a document: it becomes the computed fields, stays, or goes.
  bool leaves_nothing_of_scalars() const { return !computes_ && others_ == Others::kDropped; }

  const Others others_;
  std::vector<Entry> entries_;     // In the order of the definition.
  std::vector<uint32_t> by_name_;  // Sorted; indexes of entries_.
  bool computes_ = false;
};

}  // namespace inlet
