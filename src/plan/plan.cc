#include "plan/plan.h"

#include <utility>

#include "base/hash.h"
#include "bson/builder.h"
#include "plan/sink_stage.h"
#include "plan/source_stage.h"
#include "plan/stage_registry.h"

namespace inlet {
namespace {

/// A stage is a document with one field: its name and its options.
Result<Element> single_field(const Value& stage) {
  if (!stage.is_document()) return Status(Code::kInvalidArgument, "a stage must be a document");
  const DocumentView document = stage.as_document();
  auto field = document.begin();
  if (field == document.end())
    return Status(Code::kInvalidArgument, "a stage must have one field, its name");
  const Element first = *field;
  if (++field != document.end()) {
    return Status(Code::kInvalidArgument, "a stage must have one field, its name")
        .with("second", field->name);
  }
  return first;
}

Result<DocumentView> options_document(const Element& stage) {
  if (!stage.value.is_document()) {
    return Status(Code::kInvalidArgument, "the stage's options must be a document")
        .with("stage", stage.name);
  }
  return stage.value.as_document();
}

Result<ParsedSource> parse_source(const Element& stage, const PlanContext& context) {
  INLET_ASSIGN_OR_RETURN(const DocumentView options, options_document(stage));
  return parse_source_stage(options, context);
}

Result<ParsedSink> parse_emit(const Element& stage, const ParsedSource& source,
                              const PlanContext& context) {
  INLET_ASSIGN_OR_RETURN(const DocumentView options, options_document(stage));
  return parse_emit_stage(options, source, context);
}

struct OwnedStage {
  StageEntry::Make make;
  Document holder;  ///< {options: …}: owns what the parser reads.
};

Result<std::vector<std::unique_ptr<Operator>>> make_operators(
    const std::vector<OwnedStage>& stages) {
  std::vector<std::unique_ptr<Operator>> operators;
  for (const OwnedStage& stage : stages) {
    INLET_ASSIGN_OR_RETURN(std::unique_ptr<Operator> op, stage.make(stage.holder["options"]));
    operators.push_back(std::move(op));
  }
  return operators;
}

}  // namespace

Result<Plan> build_plan(DocumentView pipeline, const PlanContext& context) {
  std::vector<Element> elements;
  for (const Element& element : pipeline) {
    Result<Element> stage = single_field(element.value);
    if (!stage.is_ok()) return std::move(stage).error().with("position", element.name);
    elements.push_back(*stage);
  }
  if (elements.empty() || elements.front().name != "$source") {
    return Status(Code::kInvalidArgument, "a pipeline begins with $source")
        .with_hint("write [{$source: {connectionName: \"from\", db: \"shop\"}}, …]");
  }

  Plan plan;
  Result<ParsedSource> parsed = parse_source(elements.front(), context);
  if (!parsed.is_ok()) return std::move(parsed).error().with("position", 0);
  ParsedSource source = *std::move(parsed);
  std::string identity = source.scope;

  const bool has_sink = elements.size() > 1 && elements.back().name == "$emit";
  const size_t end = elements.size() - (has_sink ? 1 : 0);
  std::vector<OwnedStage> stages;
  for (size_t i = 1; i < end; ++i) {
    const Element& stage = elements[i];
    if (stage.name == "$source" || stage.name == "$emit") {
      return Status(Code::kInvalidArgument, "the stage stands in the wrong place")
          .with("stage", stage.name)
          .with("position", i)
          .with_hint("$source comes first, $emit last");
    }
    Result<StageEntry> entry = find_stage(stage.name);
    if (!entry.is_ok()) return std::move(entry).error().with("position", i);
    Result<std::unique_ptr<Operator>> checked = entry->make(stage.value);
    if (!checked.is_ok())
      return std::move(checked).error().with("stage", stage.name).with("position", i);
    DocumentBuilder holder;
    stages.push_back({entry->make, holder.append("options", stage.value).finish_owned()});
    identity.append(stage.raw());
    source.is_thinned = source.is_thinned || entry->drops_records;
  }

  source.is_reshaped = !stages.empty();
  ParsedSink sink = parse_no_sink();
  if (has_sink) {
    Result<ParsedSink> emit = parse_emit(elements.back(), source, context);
    if (!emit.is_ok()) return std::move(emit).error().with("position", elements.size() - 1);
    sink = *std::move(emit);
  }
  plan.fingerprint = sha256_hex(identity).substr(0, 16);
  plan.epoch = sink.epoch;
  plan.finished_means_start_over = source.copies_only;
  plan.make_source = std::move(source.make_source);
  plan.make_operators = [stages = std::move(stages)] { return make_operators(stages); };
  plan.make_sink = std::move(sink.make_sink);
  return plan;
}

}  // namespace inlet
