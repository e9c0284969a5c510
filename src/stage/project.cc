#include "stage/project.h"

#include "stage/reshape.h"

namespace inlet {

Result<std::unique_ptr<Operator>> make_project(const Value& options) {
  if (!options.is_document())
    return Status(Code::kInvalidArgument, "a projection must be a document");
  INLET_ASSIGN_OR_RETURN(Projection projection, Projection::parse_project(options.as_document()));
  return std::unique_ptr<Operator>(std::make_unique<Reshape>("$project", std::move(projection)));
}

}  // namespace inlet
