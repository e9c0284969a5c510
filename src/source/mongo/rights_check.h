#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "source/mongo/mongo_source_options.h"

namespace inlet {

/// One thing that a run needs of MongoDB, tried out.
struct Finding {
  enum class Verdict {
    kOk,
    kMissing,  ///< The run would fail.
    kReduced,  ///< The run works, with something less: `status` and `hint` say what.
  };
  std::string what;  ///< "read shop.orders", "change stream of shop", …
  Verdict verdict = Verdict::kOk;
  Status status;     ///< Why not.
  std::string hint;  ///< Names the role, and the command that grants it.
};

/// Tries every right and address that a run with these options will need, and changes nothing
/// (R64).
///
/// The first finding is the connection; without one there are no others.
/// Threads: any; takes as long as the server takes to answer.
std::vector<Finding> check_rights(const MongoSourceOptions& options, Clock& clock,
                                  SecretReader secrets = SecretReader::system());

}  // namespace inlet
