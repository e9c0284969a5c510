#include "checkpoint/open_checkpoint_store.h"

#include "checkpoint/local_checkpoint_store.h"
#include "store/open_object_store.h"

namespace inlet {

Result<std::unique_ptr<CheckpointStore>> open_checkpoint_store(const std::string& url,
                                                               const std::string& processor,
                                                               Clock& clock) {
  if (const std::optional<std::string> folder = local_folder(url)) {
    return std::unique_ptr<CheckpointStore>(
        std::make_unique<LocalCheckpointStore>(*folder, processor, clock));
  }
  return Status(Code::kInvalidArgument, "unknown kind of state store")
      .with("state", url.substr(0, url.find("://")));
}

}  // namespace inlet
