// Lets mongod judge our stages: one task behind another on both sides, as BSON.
//
//   in:  {pipeline: [stage, …], documents: [document, …]}
//   out: {documents: [document, …]}, or {refused: "why"} by the check of the pipeline, or
//        {failed: "why"} while it ran

#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "bson/builder.h"
#include "plan/stage_registry.h"

namespace inlet {
namespace {

using Operators = std::vector<std::unique_ptr<Operator>>;

Result<Operators> make_operators(DocumentView pipeline) {
  Operators out;
  for (const Element& stage : pipeline) {
    const Element named = *stage.value.as_document().begin();
    INLET_ASSIGN_OR_RETURN(const StageEntry entry, find_stage(named.name));
    INLET_ASSIGN_OR_RETURN(std::unique_ptr<Operator> made, entry.make(named.value));
    out.push_back(std::move(made));
  }
  return out;
}

Status run(const Operators& operators, DocumentView documents, DocumentBuilder& out) {
  Batch batch;
  for (const Element& document : documents) {
    const Value& value = document.value;
    batch.records.push_back(
        {.document = DocumentView(batch.arena.copy(value.data(), value.size()))});
    batch.document_bytes += value.size();
  }
  for (const auto& one : operators) INLET_RETURN_IF_ERROR(one->process(batch));
  out.open_array("documents");
  ArrayIndex index;
  size_t bytes = 0;
  for (const Record& record : batch.records) {
    INLET_RETURN_IF_ERROR(validate_bson(record.document.raw()));
    out.append_document(index.next(), record.document);
    bytes += record.document.size();
  }
  out.close();
  INLET_ASSERT(bytes == batch.document_bytes);
  return Status::ok();
}

Document do_task(DocumentView task) {
  DocumentBuilder out;
  const Result<Operators> operators = make_operators(task["pipeline"].as_document());
  if (!operators.is_ok()) {
    return out.append_string("refused", operators.error().to_string()).finish_owned();
  }
  const Status status = run(*operators, task["documents"].as_document(), out);
  if (status.is_ok()) return out.finish_owned();
  out.clear();
  return out.append_string("failed", status.to_string()).finish_owned();
}

}  // namespace
}  // namespace inlet

int main() {
  const std::string input((std::istreambuf_iterator<char>(std::cin)), {});
  std::string_view left = input;
  while (!left.empty()) {
    const inlet::DocumentView task(reinterpret_cast<const uint8_t*>(left.data()));
    if (!inlet::validate_bson(left.substr(0, task.size())).is_ok()) return 1;
    std::cout << inlet::do_task(task).bytes();
    left.remove_prefix(task.size());
  }
  return 0;
}
