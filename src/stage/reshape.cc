#include "stage/reshape.h"

namespace inlet {

Status replace_document(Record& record, DocumentView shaped, ReshapedForm form, Batch& batch) {
  if (shaped.size() > kReshapedBytesMax)
    return Status(Code::kBadDocument, "the document becomes too large")
        .with("bytes", shaped.size());
  batch.document_bytes -= record.document.size();
  batch.document_bytes += shaped.size();
  record.document = shaped;
  record.is_event = record.is_event && form == ReshapedForm::kEventWhileItSaysSo &&
                    shaped["operationType"].is_string();
  return Status::ok();
}

Status at_record(Status failure, std::string_view stage, const Record& record) {
  failure = std::move(failure).with("stage", stage);
  return record.ns == nullptr ? failure : std::move(failure).with("ns", record.ns->full());
}

Status Reshape::process(Batch& batch) {
  for (Record& record : batch.records) {
    Evaluation evaluation{record.document, batch.arena, scratch_};
    Result<DocumentView> shaped = projection_.apply(evaluation);
    Status status =
        shaped.is_ok() ? replace_document(record, *shaped, ReshapedForm::kEventWhileItSaysSo, batch)
                       : shaped.status();
    if (!status.is_ok()) return at_record(std::move(status), name_, record);
  }
  return Status::ok();
}

}  // namespace inlet
