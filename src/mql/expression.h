#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bson/value.h"
#include "mql/evaluation.h"
#include "mql/owned_value.h"

namespace inlet {

/// A checked expression of the aggregation language.
///
/// Threads: immutable; each thread brings its own Evaluation.
class Expression {
 public:
  Expression() = default;
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  virtual ~Expression() = default;

  /// The value, or missing. It stands in the document, in the arena, or in the expression.
  /// Errors: kBadDocument where this document's values do not suit the expression.
  virtual Result<Value> evaluate(Evaluation& evaluation) const = 0;

  /// Appends the value as the field `name`; a missing value appends nothing. Says whether it did.
  /// What builds documents and arrays overrides it and writes them in place.
  virtual Result<bool> append_to(DocumentBuilder& out, std::string_view name,
                                 Evaluation& evaluation) const;

  /// The value, where it is the same for every document.
  virtual const OwnedValue* constant() const { return nullptr; }
};
using ExpressionPtr = std::unique_ptr<const Expression>;

class ConstantExpression final : public Expression {
 public:
  explicit ConstantExpression(const Value& value) : value_(value) {}
  Result<Value> evaluate(Evaluation& /*evaluation*/) const override { return value_.view(); }
  const OwnedValue* constant() const override { return &value_; }

 private:
  const OwnedValue value_;
};

/// `"$a.b"`: in an array on the way, the values of all its documents, as an array.
class FieldPathExpression final : public Expression {
 public:
  /// Without names: the document itself.
  explicit FieldPathExpression(std::vector<std::string> names) : names_(std::move(names)) {}
  Result<Value> evaluate(Evaluation& evaluation) const override;
  Result<bool> append_to(DocumentBuilder& out, std::string_view name,
                         Evaluation& evaluation) const override;

 private:
  struct Place {
    Value value;
    size_t names_left = 0;  ///< Not zero: `value` is an array to be collected from.
  };
  Place find(DocumentView document, size_t names_left) const;
  void collect(DocumentView array, size_t names_left, DocumentBuilder& out) const;

  const std::vector<std::string> names_;
};

/// `$$REMOVE`.
class MissingExpression final : public Expression {
 public:
  Result<Value> evaluate(Evaluation& /*evaluation*/) const override { return Value(); }
};

/// `{a: "$x", b: …}`: fields whose value is missing are left out.
class DocumentExpression final : public Expression {
 public:
  struct Field {
    std::string name;
    ExpressionPtr value;
  };
  explicit DocumentExpression(std::vector<Field> fields) : fields_(std::move(fields)) {}
  Result<Value> evaluate(Evaluation& evaluation) const override;
  Result<bool> append_to(DocumentBuilder& out, std::string_view name,
                         Evaluation& evaluation) const override;

 private:
  const std::vector<Field> fields_;
};

/// `["$x", 1]`: what is missing becomes null, so that places keep their meaning.
class ArrayExpression final : public Expression {
 public:
  explicit ArrayExpression(std::vector<ExpressionPtr> elements) : elements_(std::move(elements)) {}
  Result<Value> evaluate(Evaluation& evaluation) const override;
  Result<bool> append_to(DocumentBuilder& out, std::string_view name,
                         Evaluation& evaluation) const override;

 private:
  const std::vector<ExpressionPtr> elements_;
};

}  // namespace inlet
