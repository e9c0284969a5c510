#pragma once

#include <bitset>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bson/document.h"
#include "mql/owned_value.h"

namespace inlet {

/// One node of a parsed filter. Constants are owned by the node, nothing is allocated by matching.
class MatchNode {
 public:
  MatchNode() = default;
  MatchNode(const MatchNode&) = delete;
  MatchNode& operator=(const MatchNode&) = delete;
  virtual ~MatchNode() = default;

  virtual bool matches(DocumentView document) const = 0;
  /// The same for one value where a document's path has led, or an element of an array.
  virtual bool matches_value(const Value& value) const = 0;
};
using MatchNodePtr = std::unique_ptr<const MatchNode>;
using MatchNodes = std::vector<MatchNodePtr>;

/// `$and`, `$or`, `$nor`, and `$not`, which is the `$nor` of one.
class LogicalMatch final : public MatchNode {
 public:
  enum class Kind { kAnd, kOr, kNor };
  LogicalMatch(Kind kind, MatchNodes children) : kind_(kind), children_(std::move(children)) {}
  bool matches(DocumentView document) const override;
  bool matches_value(const Value& value) const override;

 private:
  template <class Ask>
  bool combine(const Ask& ask) const;

  const Kind kind_;
  const MatchNodes children_;
};

/// `$all: []`, which nothing matches.
class NothingMatch final : public MatchNode {
 public:
  bool matches(DocumentView /*document*/) const override { return false; }
  bool matches_value(const Value& /*value*/) const override { return false; }
};

/// A test of the values that a dotted path leads to: true when one of them passes.
///
/// The path goes into arrays on its way: each document in an array is followed, and a number names
/// one element. A path that leads nowhere gives the missing value.
class PathMatch : public MatchNode {
 public:
  bool matches(DocumentView document) const final;

 protected:
  /// What happens to an array at the end of the path: tested element by element and then itself, or
  /// itself only.
  enum class Leaf { kElementsToo, kItself };
  PathMatch(std::string_view path, Leaf leaf);

 private:
  bool matches_below(DocumentView document, size_t part) const;
  bool matches_elements(DocumentView array, size_t part) const;
  bool is_last(size_t part) const { return part + 1 == parts_.size(); }

  std::vector<std::string> parts_;
  const Leaf leaf_;
};

/// `$eq`, `$gt`, `$gte`, `$lt`, `$lte`: only values of the constant's kind are compared.
class ComparisonMatch final : public PathMatch {
 public:
  enum class Kind { kEqual, kGreater, kGreaterOrEqual, kLess, kLessOrEqual };
  ComparisonMatch(std::string_view path, Kind kind, const Value& constant);
  bool matches_value(const Value& value) const override;

 private:
  bool takes(int order) const;
  bool takes_equal() const;
  bool matches_other_kind(int rank) const;

  const Kind kind_;
  const OwnedValue constant_;
  const int rank_;
  const bool is_nan_;
};

/// `$in`: equal to one of the constants.
class InMatch final : public PathMatch {
 public:
  InMatch(std::string_view path, DocumentView constants);
  bool matches_value(const Value& value) const override;

 private:
  const Document holder_;
  std::vector<Value> sorted_;  // Of `holder_`, which does not move.
  bool has_null_ = false;
};

class ExistsMatch final : public PathMatch {
 public:
  explicit ExistsMatch(std::string_view path) : PathMatch(path, Leaf::kElementsToo) {}
  bool matches_value(const Value& value) const override { return !value.is_missing(); }
};

class TypeMatch final : public PathMatch {
 public:
  using Types = std::bitset<256>;  ///< By the byte that stands for the type in BSON.
  TypeMatch(std::string_view path, const Types& types)
      : PathMatch(path, Leaf::kElementsToo), types_(types) {}
  bool matches_value(const Value& value) const override;

 private:
  const Types types_;
};

class SizeMatch final : public PathMatch {
 public:
  SizeMatch(std::string_view path, int64_t size) : PathMatch(path, Leaf::kItself), size_(size) {}
  bool matches_value(const Value& value) const override;

 private:
  const int64_t size_;
};

class ModMatch final : public PathMatch {
 public:
  /// `divisor` is not zero.
  ModMatch(std::string_view path, int64_t divisor, int64_t remainder)
      : PathMatch(path, Leaf::kElementsToo), divisor_(divisor), remainder_(remainder) {}
  bool matches_value(const Value& value) const override;

 private:
  const int64_t divisor_;
  const int64_t remainder_;
};

/// `$elemMatch`: one element of the array passes all of the condition.
class ElemMatch final : public PathMatch {
 public:
  /// kDocuments: `{b: 1}`, elements are documents (or arrays, whose fields are "0", "1", …).
  /// kValues: `{$gt: 1}`, of elements of any type.
  enum class Of { kDocuments, kValues };
  ElemMatch(std::string_view path, Of of, MatchNodePtr condition)
      : PathMatch(path, Leaf::kItself), of_(of), condition_(std::move(condition)) {}
  bool matches_value(const Value& value) const override;

 private:
  const Of of_;
  const MatchNodePtr condition_;
};

}  // namespace inlet
