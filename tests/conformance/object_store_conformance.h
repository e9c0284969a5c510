#pragma once

#include <memory>
#include <string>

#include "store/object_store.h"

namespace inlet::testing {

/// One kind of store as the suite sees it. A new store is done when it passes; where it differs
/// from the others, a named answer here says so.
class StoreFixture {
 public:
  virtual ~StoreFixture() = default;

  /// A store with nothing in it.
  virtual std::shared_ptr<ObjectStore> make() = 0;

  /// What lies in the staging folder is seen while it is written.
  virtual bool shows_staged_objects_early() const { return false; }
  /// Objects are written under a passing name beside their place, which `list` leaves out and
  /// `remove_abandoned` cleans up.
  virtual bool writes_beside_the_place() const { return true; }
  /// A path out of the root is for its users to avoid.
  virtual bool trusts_paths() const { return false; }
};

struct StoreKind {
  std::string name;
  /// Why the suite cannot run here; empty when it can.
  std::string (*why_missing)();
  std::unique_ptr<StoreFixture> (*make_fixture)();
};

}  // namespace inlet::testing
