#include "stage/unset.h"

#include "stage/reshape.h"

namespace inlet {

Result<std::unique_ptr<Operator>> make_unset(const Value& options) {
  INLET_ASSIGN_OR_RETURN(Projection projection, Projection::parse_unset(options));
  return std::unique_ptr<Operator>(std::make_unique<Reshape>("$unset", std::move(projection)));
}

}  // namespace inlet
