#include "stage/match.h"

#include <algorithm>

#include "mql/match_expression.h"

namespace inlet {
namespace {

class Match final : public Operator {
 public:
  explicit Match(MatchExpression filter) : filter_(std::move(filter)) {}

  std::string_view name() const override { return "$match"; }

  Status process(Batch& batch) override {
    std::erase_if(batch.records, [&](const Record& record) {
      if (filter_.matches(record.document)) return false;
      batch.document_bytes -= record.document.size();
      return true;
    });
    return Status::ok();
  }

 private:
  const MatchExpression filter_;
};

}  // namespace

Result<std::unique_ptr<Operator>> make_match(const Value& options) {
  if (!options.is_document()) return Status(Code::kInvalidArgument, "a filter must be a document");
  INLET_ASSIGN_OR_RETURN(MatchExpression filter, MatchExpression::parse(options.as_document()));
  return std::unique_ptr<Operator>(std::make_unique<Match>(std::move(filter)));
}

}  // namespace inlet
