#include "stage/replace_root.h"

#include "mql/expression_parser.h"
#include "stage/reshape.h"

namespace inlet {
namespace {

class ReplaceRoot final : public Operator {
 public:
  ReplaceRoot(std::string_view name, ExpressionPtr root) : name_(name), root_(std::move(root)) {}

  std::string_view name() const override { return name_; }

  Status process(Batch& batch) override {
    for (Record& record : batch.records) {
      if (Status status = replace(record, batch); !status.is_ok())
        return at_record(std::move(status), name_, record);
    }
    return Status::ok();
  }

 private:
  Status replace(Record& record, Batch& batch) {
    Evaluation evaluation{record.document, batch.arena, scratch_};
    INLET_ASSIGN_OR_RETURN(const Value root, root_->evaluate(evaluation));
    if (!root.is_document()) {
      return Status(Code::kBadDocument, "the new root is not a document")
          .with_hint("let a $match before it pass only records that have one");
    }
    // A part of the input lives as long as the batch; a constant lives with this operator only.
    const bool is_part = root.data() >= record.document.data() &&
                         root.data() < record.document.data() + record.document.size();
    const DocumentView shaped =
        is_part ? root.as_document() : DocumentView(batch.arena.copy(root.data(), root.size()));
    return replace_document(record, shaped, ReshapedForm::kDocument, batch);
  }

  const std::string_view name_;
  const ExpressionPtr root_;
  EvaluationScratch scratch_;
};

Result<std::unique_ptr<Operator>> make(std::string_view name, const Value& expression) {
  INLET_ASSIGN_OR_RETURN(ExpressionPtr root, parse_expression(expression));
  if (const OwnedValue* constant = root->constant();
      constant != nullptr && !constant->view().is_document()) {
    return Status(Code::kInvalidArgument, "the new root must be a document")
        .with_hint("a path to one: \"$fullDocument\"");
  }
  return std::unique_ptr<Operator>(std::make_unique<ReplaceRoot>(name, std::move(root)));
}

}  // namespace

Result<std::unique_ptr<Operator>> make_replace_root(const Value& options) {
  if (!options.is_document())
    return Status(Code::kInvalidArgument, "the stage's options must be a document");
  Value new_root;
  for (const Element& option : options.as_document()) {
    if (option.name != "newRoot")
      return Status(Code::kInvalidArgument, "unknown option")
          .with("option", option.name)
          .with_hint("known: newRoot");
    new_root = option.value;
  }
  if (new_root.is_missing())
    return Status(Code::kInvalidArgument, "an option is missing").with("option", "newRoot");
  return make("$replaceRoot", new_root);
}

Result<std::unique_ptr<Operator>> make_replace_with(const Value& options) {
  return make("$replaceWith", options);
}

}  // namespace inlet
