#pragma once

#include <string_view>

#include "base/result.h"
#include "mql/evaluation.h"
#include "mql/projection.h"
#include "stream/batch.h"
#include "stream/operator.h"

namespace inlet {

/// What a reshaped record is from then on.
enum class ReshapedForm {
  /// An event as long as it has a string `operationType`; the sink's envelope wraps it as one and
  /// finds what was taken away in the record itself. Without, a document like any other, which is
  /// written as it is.
  kEventWhileItSaysSo,
  /// A document like any other, whatever its fields are called.
  kDocument,
};

/// Puts `shaped` in the place of the record's document and keeps the batch's books.
/// Errors: kBadDocument for a document larger than the server would take.
Status replace_document(Record& record, DocumentView shaped, ReshapedForm form, Batch& batch);

/// Names the record that failed: its namespace and `_id`'s place, never its content.
Status at_record(Status failure, std::string_view stage, const Record& record);

/// The operator of the stages that are a projection: `$project`, `$set`, `$unset`.
class Reshape final : public Operator {
 public:
  /// `name` must last: a constant.
  Reshape(std::string_view name, Projection projection)
      : name_(name), projection_(std::move(projection)) {}

  std::string_view name() const override { return name_; }
  Status process(Batch& batch) override;

 private:
  const std::string_view name_;
  const Projection projection_;
  EvaluationScratch scratch_;
};

/// The largest document that mongod passes on between stages: 16 MiB and 16 KiB for its own use.
inline constexpr size_t kReshapedBytesMax = (16U << 20) + (16U << 10);

}  // namespace inlet
