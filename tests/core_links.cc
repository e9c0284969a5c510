// Aim: the core (bson, mql, codec, stage) links without the MongoDB, Kafka and Arrow clients, so
// that another engine can load it. The program's own link is the test; running it shows that the
// symbols work.

#include <cstdio>
#include <string>

#include "bson/json_parser.h"
#include "bson/json_writer.h"
#include "codec/document_encoder.h"
#include "mql/match_expression.h"
#include "stage/set.h"

namespace inlet {
namespace {

/// A document through a filter, a stage and an encoder.
Result<std::string> run_core() {
  INLET_ASSIGN_OR_RETURN(const Document document, parse_json("{core: 'links'}"));
  INLET_ASSIGN_OR_RETURN(const Document filter, parse_json("{core: {$type: 'string'}}"));
  INLET_ASSIGN_OR_RETURN(const MatchExpression match, MatchExpression::parse(filter));
  INLET_ASSIGN_OR_RETURN(const ParsedJson fields, parse_json_value("{how: 'alone'}"));
  INLET_ASSIGN_OR_RETURN(const std::unique_ptr<Operator> set, make_set(fields.value()));
  Batch batch;
  if (match.matches(document)) batch.records.push_back({.document = document});
  batch.document_bytes = document.bytes().size();
  INLET_RETURN_IF_ERROR(set->process(batch));
  std::string text;
  const auto encoder = make_document_encoder(FileFormat::kNdjson);
  for (const Record& record : batch.records)
    INLET_RETURN_IF_ERROR(encoder->append_document(record.document, text));
  return text;
}

}  // namespace
}  // namespace inlet

int main() {
  const inlet::Result<std::string> text = inlet::run_core();
  std::fputs(text.is_ok() ? text->c_str() : text.error().to_string().c_str(), stdout);
  return text.is_ok() && *text == "{\"core\":\"links\",\"how\":\"alone\"}\n" ? 0 : 1;
}
