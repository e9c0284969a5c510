#include "job/check.h"

#include "checkpoint/open_checkpoint_store.h"
#include "store/open_object_store.h"

namespace inlet {
namespace {

using Verdict = Finding::Verdict;

Finding finding_of(std::string what, const Status& status) {
  return {std::move(what), status.is_ok() ? Verdict::kOk : Verdict::kMissing, status,
          std::string(status.hint())};
}

Status try_store(ObjectStore& store) {
  const std::string path = "_staging/inlet-check/probe";
  const std::string moved = "_staging/inlet-check/moved";
  INLET_RETURN_IF_ERROR(store.put(path, "probe"));
  INLET_ASSIGN_OR_RETURN(const std::string bytes, store.get(path));
  if (bytes != "probe") return Status(Code::kCorruption, "what was read is not what was written");
  INLET_RETURN_IF_ERROR(store.move(path, moved));
  INLET_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> listed, store.list("_staging/inlet-check"));
  if (listed.size() != 1)
    return Status(Code::kCorruption, "a listing does not show what was written");
  return store.remove(moved);
}

Finding check_lake(const std::string& url) {
  const Result<std::shared_ptr<ObjectStore>> store = open_object_store(url);
  if (!store.is_ok()) return finding_of("understand --to", store.status());
  return finding_of("write, read, move, list and remove in " + (*store)->description(),
                    try_store(**store));
}

Finding check_state(const std::string& url, Clock& clock) {
  const Result<std::unique_ptr<CheckpointStore>> store =
      open_checkpoint_store(url, "inlet-check", clock);
  if (!store.is_ok()) return finding_of("understand --state", store.status());
  Status status = (*store)->acquire().status();
  if (status.is_ok()) status = (*store)->release();
  return finding_of("hold a lease in " + (*store)->description(), status);
}

}  // namespace

std::vector<Finding> check_all(const CheckOptions& options, Clock& clock) {
  std::vector<Finding> out;
  if (!options.from.connection.uri.empty()) out = check_rights(options.from, clock);
  if (!options.to.empty()) out.push_back(check_lake(options.to));
  if (!options.state.empty()) out.push_back(check_state(options.state, clock));
  return out;
}

}  // namespace inlet
