// One pass over the input: runs of fields that are kept stand together in the input, so each run is
// copied as one block. What is computed and was not met on the way follows at the end, in the order
// of the definition. An array on a path is passed through: what lies below happens to each element.
#include "mql/projection_node.h"

#include <algorithm>
#include <numeric>

namespace inlet {
namespace {

/// Shorter names first: most comparisons end at the sizes.
bool name_before(std::string_view left, std::string_view right) {
  return left.size() != right.size() ? left.size() < right.size() : left < right;
}

}  // namespace

/// Neighbouring fields of the input on their way to the output.
class ProjectionNode::FieldRun {
 public:
  explicit FieldRun(DocumentBuilder& out) : out_(out) {}
  void take(const Element& field) {
    if (size_ == 0) begin_ = field.begin;
    size_ = static_cast<size_t>(field.end - begin_);
  }
  void flush() {
    if (size_ > 0) out_.append_raw({reinterpret_cast<const char*>(begin_), size_});
    size_ = 0;
  }

 private:
  DocumentBuilder& out_;
  const uint8_t* begin_ = nullptr;
  size_t size_ = 0;
};

Status ProjectionNode::add(const std::vector<std::string>& path, Kind kind,
                           ExpressionPtr expression) {
  const auto collision = [&] {
    std::string dotted = path.front();
    for (size_t i = 1; i < path.size(); ++i) dotted += "." + path[i];
    return Status(Code::kInvalidArgument, "the path collides with another one")
        .with("path", dotted);
  };
  ProjectionNode* node = this;
  for (size_t i = 0;; ++i) {
    const auto entry = std::find_if(node->entries_.begin(), node->entries_.end(),
                                    [&](const Entry& known) { return known.name == path[i]; });
    const bool is_new = entry == node->entries_.end();
    if (i + 1 == path.size()) {
      if (!is_new) return collision();
      node->entries_.push_back({path[i], kind, std::move(expression), nullptr});
      return Status::ok();
    }
    if (is_new) {
      node->entries_.push_back(
          {path[i], Kind::kNested, nullptr, std::make_unique<ProjectionNode>(others_)});
    } else if (entry->kind != Kind::kNested) {
      return collision();
    }
    node = is_new ? node->entries_.back().below.get() : entry->below.get();
  }
}

bool ProjectionNode::has(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& known) { return known.name == name; });
}

void ProjectionNode::freeze() {
  for (Entry& entry : entries_) {
    if (entry.below != nullptr) entry.below->freeze();
    entry.is_computed =
        entry.kind == Kind::kComputed || (entry.below != nullptr && entry.below->computes_);
    computes_ = computes_ || entry.is_computed;
  }
  by_name_.resize(entries_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0U);
  std::sort(by_name_.begin(), by_name_.end(), [&](uint32_t a, uint32_t b) {
    return name_before(entries_[a].name, entries_[b].name);
  });
}

const ProjectionNode::Entry* ProjectionNode::find(std::string_view name) const {
  const auto place = std::lower_bound(
      by_name_.begin(), by_name_.end(), name,
      [&](uint32_t i, std::string_view n) { return name_before(entries_[i].name, n); });
  if (place == by_name_.end() || entries_[*place].name != name) return nullptr;
  return &entries_[*place];
}

Status ProjectionNode::apply(DocumentView in, DocumentBuilder& out, Evaluation& evaluation) const {
  std::vector<uint8_t>& marks = evaluation.scratch.marks;  // Of all levels, one behind another.
  const size_t first_mark = marks.size();
  marks.resize(first_mark + entries_.size(), 0);
  FieldRun run(out);
  Status status;
  for (const Element& field : in) {
    const Entry* entry = find(field.name);
    const size_t mark =
        first_mark + (entry == nullptr ? 0 : static_cast<size_t>(entry - entries_.data()));
    // A name that comes again is a field that no path names.
    if (entry != nullptr && marks[mark] != 0) entry = nullptr;
    const bool is_kept = entry == nullptr ? others_ == Others::kKept : entry->kind == Kind::kKeep;
    if (is_kept) {
      run.take(field);
      continue;
    }
    run.flush();
    if (entry == nullptr) continue;
    bool is_done = false;
    status = apply_entry(*entry, field, is_done, out, evaluation);
    if (!status.is_ok()) break;
    marks[mark] = is_done ? 1 : 0;
  }
  run.flush();
  if (status.is_ok() && computes_) status = append_computed(first_mark, out, evaluation);
  marks.resize(first_mark);
  return status;
}

Status ProjectionNode::apply_entry(const Entry& entry, const Element& field, bool& is_done,
                                   DocumentBuilder& out, Evaluation& evaluation) const {
  if (entry.kind == Kind::kNested) {
    is_done = entry.is_computed;
    return entry.below->append_below(field.name, field.value, out, evaluation);
  }
  if (entry.kind == Kind::kComputed && others_ == Others::kKept) {
    is_done = true;
    return entry.expression->append_to(out, field.name, evaluation).status();
  }
  return Status::ok();
}

Status ProjectionNode::append_below(std::string_view name, const Value& in, DocumentBuilder& out,
                                    Evaluation& evaluation) const {
  if (in.is_array()) {
    out.open_array(name);
    ArrayIndex index;
    for (const Element& element : in.as_document()) {
      const bool is_branch = element.value.is_document() || element.value.is_array();
      if (!is_branch && leaves_nothing_of_scalars()) continue;
      INLET_RETURN_IF_ERROR(append_below(index.next(), element.value, out, evaluation));
    }
    out.close();
    return Status::ok();
  }
  if (in.is_document() || computes_) {
    out.open_document(name);
    INLET_RETURN_IF_ERROR(
        apply(in.is_document() ? in.as_document() : DocumentView(), out, evaluation));
    out.close();
    return Status::ok();
  }
  if (others_ == Others::kKept) out.append(name, in);
  return Status::ok();
}

Status ProjectionNode::append_computed(size_t first_mark, DocumentBuilder& out,
                                       Evaluation& evaluation) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (!entry.is_computed || evaluation.scratch.marks[first_mark + i] != 0) continue;
    if (entry.kind == Kind::kComputed) {
      INLET_RETURN_IF_ERROR(entry.expression->append_to(out, entry.name, evaluation).status());
    } else {
      out.open_document(entry.name);
      INLET_RETURN_IF_ERROR(entry.below->apply(DocumentView(), out, evaluation));
      out.close();
    }
  }
  return Status::ok();
}

}  // namespace inlet
