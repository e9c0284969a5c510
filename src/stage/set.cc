#include "stage/set.h"

#include "stage/reshape.h"

namespace inlet {
namespace {

Result<std::unique_ptr<Operator>> make(std::string_view name, const Value& options) {
  if (!options.is_document())
    return Status(Code::kInvalidArgument, "the fields to set must be a document");
  INLET_ASSIGN_OR_RETURN(Projection projection, Projection::parse_set(options.as_document()));
  return std::unique_ptr<Operator>(std::make_unique<Reshape>(name, std::move(projection)));
}

}  // namespace

Result<std::unique_ptr<Operator>> make_set(const Value& options) {
  return make("$set", options);
}

Result<std::unique_ptr<Operator>> make_add_fields(const Value& options) {
  return make("$addFields", options);
}

}  // namespace inlet
