#include "plan/plan.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/hash.h"
#include "base/nearest_name.h"
#include "bson/builder.h"
#include "plan/sink_stage.h"
#include "plan/source_stage.h"

namespace inlet {
namespace {

using ParseOperator = Result<std::unique_ptr<Operator>> (*)(const Value& options);

struct StageEntry {
  std::string_view name;
  ParseOperator parse;
};

/// The only registry of stages between source and sink.
constexpr std::array<StageEntry, 0> kStages{};

Status unknown_stage(std::string_view name) {
  std::vector<std::string_view> known{"$source", "$emit"};
  for (const StageEntry& entry : kStages) known.push_back(entry.name);
  return Status(Code::kInvalidArgument, "unknown stage")
      .with("stage", name)
      .with_hint(nearest_name_hint(name, known));
}

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

struct OwnedStage {
  ParseOperator parse;
  Document holder;  ///< {options: …}: owns what the parser reads.
};

Result<std::vector<std::unique_ptr<Operator>>> make_operators(
    const std::vector<OwnedStage>& stages) {
  std::vector<std::unique_ptr<Operator>> operators;
  for (const OwnedStage& stage : stages) {
    INLET_ASSIGN_OR_RETURN(std::unique_ptr<Operator> op, stage.parse(stage.holder["options"]));
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
  INLET_ASSIGN_OR_RETURN(const DocumentView source_options, options_document(elements.front()));
  INLET_ASSIGN_OR_RETURN(ParsedSource source, parse_source_stage(source_options, context));
  std::string identity = source.scope;

  const bool has_sink = elements.size() > 1 && elements.back().name == "$emit";
  const size_t end = elements.size() - (has_sink ? 1 : 0);
  std::vector<OwnedStage> stages;
  for (size_t i = 1; i < end; ++i) {
    const Element& stage = elements[i];
    const auto* entry = std::find_if(kStages.begin(), kStages.end(),
                                     [&](const StageEntry& e) { return e.name == stage.name; });
    if (stage.name == "$source" || stage.name == "$emit") {
      return Status(Code::kInvalidArgument, "the stage stands in the wrong place")
          .with("stage", stage.name)
          .with("position", i)
          .with_hint("$source comes first, $emit last");
    }
    if (entry == kStages.end()) return unknown_stage(stage.name).with("position", i);
    Result<std::unique_ptr<Operator>> checked = entry->parse(stage.value);
    if (!checked.is_ok())
      return std::move(checked).error().with("stage", stage.name).with("position", i);
    DocumentBuilder holder;
    stages.push_back({entry->parse, holder.append("options", stage.value).finish_owned()});
    identity.append(stage.raw());
  }

  source.is_reshaped = !stages.empty();
  ParsedSink sink = parse_no_sink();
  if (has_sink) {
    INLET_ASSIGN_OR_RETURN(const DocumentView sink_options, options_document(elements.back()));
    INLET_ASSIGN_OR_RETURN(sink, parse_emit_stage(sink_options, source, context));
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
