#include "mql/projection.h"

#include <optional>

#include "mql/expression_parser.h"
#include "mql/field_path.h"

namespace inlet {
namespace {

using Path = std::vector<std::string>;
using Kind = ProjectionNode::Kind;
using Others = ProjectionNode::Others;

std::string dotted(const Path& path) {
  std::string out;
  for (const std::string& name : path) out.append(out.empty() ? "" : ".").append(name);
  return out;
}

Status failure(std::string_view text, const Path& path) {
  return Status(Code::kInvalidArgument, text).with("path", dotted(path));
}

Result<ExpressionPtr> parse_at(const Path& path, const Value& value) {
  Result<ExpressionPtr> out = parse_expression(value);
  if (!out.is_ok()) return std::move(out).error().with("at", dotted(path));
  return out;
}

Result<Path> join(const Path& above, std::string_view name) {
  Result<Path> below = parse_field_path(name);
  if (!below.is_ok()) return below;
  Path out = above;
  out.insert(out.end(), below->begin(), below->end());
  if (out.size() > kFieldPathDepthMax) return failure("the path is too long", above);
  return out;
}

/// What a `$project` asks for, path by path, before it is known whether it chooses or leaves out.
struct Wish {
  Path path;
  Kind kind = Kind::kKeep;
  ExpressionPtr expression;
};

bool is_choice(const Value& value) {
  return value.is_number() || value.type() == BsonType::kBool;
}

Status gather_wishes(DocumentView definition, const Path& above, std::vector<Wish>& out) {
  for (const Element& element : definition) {
    if (element.name.ends_with(".$"))
      return failure("positional projections belong to queries only", above)
          .with("name", element.name);
    INLET_ASSIGN_OR_RETURN(Path path, join(above, element.name));
    const Value& value = element.value;
    if (is_choice(value)) {
      out.push_back({std::move(path), value.truthy() ? Kind::kKeep : Kind::kDrop, nullptr});
    } else if (value.is_document() && !is_operator_document(value)) {
      if (value.as_document().is_empty()) return failure("an empty document chooses nothing", path);
      INLET_RETURN_IF_ERROR(gather_wishes(value.as_document(), path, out));
    } else {
      INLET_ASSIGN_OR_RETURN(ExpressionPtr expression, parse_at(path, value));
      out.push_back({std::move(path), Kind::kComputed, std::move(expression)});
    }
  }
  return Status::ok();
}

bool is_id(const Path& path) {
  return path.size() == 1 && path.front() == "_id";
}

/// The first wish that says so decides whether fields are chosen or left out; `_id` goes with both.
Result<Others> others_of(const std::vector<Wish>& wishes) {
  std::optional<Others> decided;
  for (const Wish& wish : wishes) {
    if (is_id(wish.path) && wish.kind != Kind::kComputed) continue;
    const Others wanted = wish.kind == Kind::kDrop ? Others::kKept : Others::kDropped;
    if (!decided) decided = wanted;
    if (wanted == *decided) continue;
    return failure(wish.kind == Kind::kDrop ? "a field cannot be left out where others are chosen"
                   : wish.kind == Kind::kComputed
                       ? "a field cannot be computed where others are left out"
                       : "a field cannot be chosen where others are left out",
                   wish.path)
        .with_hint("only _id: 0 may stand beside chosen fields");
  }
  if (decided) return *decided;
  return wishes.front().kind == Kind::kDrop ? Others::kKept : Others::kDropped;
}

Status add_assignment(const Path& path, const Value& value, ProjectionNode& root) {
  if (!value.is_document() || is_operator_document(value)) {
    INLET_ASSIGN_OR_RETURN(ExpressionPtr expression, parse_at(path, value));
    return root.add(path, Kind::kComputed, std::move(expression));
  }
  const DocumentView below = value.as_document();
  if (below.is_empty())
    return failure("an empty document is not a value", path).with_hint("{$literal: {}}");
  for (const Element& element : below) {
    INLET_ASSIGN_OR_RETURN(const Path inner, join(path, element.name));
    if (inner.size() != path.size() + 1)
      return failure("a dotted name must not stand in an inner document", inner);
    INLET_RETURN_IF_ERROR(add_assignment(inner, element.value, root));
  }
  return Status::ok();
}

}  // namespace

Result<Projection> Projection::parse_project(DocumentView definition) {
  std::vector<Wish> wishes;
  INLET_RETURN_IF_ERROR(gather_wishes(definition, {}, wishes));
  if (wishes.empty())
    return Status(Code::kInvalidArgument, "at least one field must be named")
        .with_hint("{$project: {name: 1}}");
  INLET_ASSIGN_OR_RETURN(const Others others, others_of(wishes));
  ProjectionNode root(others);
  for (Wish& wish : wishes)
    INLET_RETURN_IF_ERROR(root.add(wish.path, wish.kind, std::move(wish.expression)));
  if (others == Others::kDropped && !root.has("_id"))
    INLET_RETURN_IF_ERROR(root.add({"_id"}, Kind::kKeep));
  return Projection(std::move(root));
}

Result<Projection> Projection::parse_set(DocumentView definition) {
  ProjectionNode root(Others::kKept);
  for (const Element& element : definition) {
    INLET_ASSIGN_OR_RETURN(const Path path, parse_field_path(element.name));
    INLET_RETURN_IF_ERROR(add_assignment(path, element.value, root));
  }
  return Projection(std::move(root));
}

Result<Projection> Projection::parse_unset(const Value& definition) {
  std::vector<std::string_view> paths;
  if (definition.is_string()) {
    paths.push_back(definition.as_string());
  } else if (definition.is_array()) {
    for (const Element& element : definition.as_document()) {
      if (!element.value.is_string())
        return Status(Code::kInvalidArgument, "a path must be a string")
            .with("index", element.name);
      paths.push_back(element.value.as_string());
    }
  }
  if (paths.empty())
    return Status(Code::kInvalidArgument, "the stage needs a path, or an array of paths")
        .with_hint("{$unset: [\"name\", \"address.street\"]}");
  ProjectionNode root(Others::kKept);
  for (const std::string_view text : paths) {
    INLET_ASSIGN_OR_RETURN(const Path path, parse_field_path(text));
    INLET_RETURN_IF_ERROR(root.add(path, Kind::kDrop));
  }
  return Projection(std::move(root));
}

Result<DocumentView> Projection::apply(Evaluation& evaluation) const {
  BuilderPool::Lease out(evaluation.scratch.builders);
  INLET_RETURN_IF_ERROR(root_.apply(evaluation.root, *out, evaluation));
  return out->finish_into(evaluation.arena);
}

}  // namespace inlet
