#pragma once

#include "bson/document.h"
#include "stream/cluster_time.h"
#include "stream/namespace.h"
#include "stream/operation.h"

namespace inlet {

/// The fields of a change event that the reader itself needs, found in one pass.
struct ChangeEvent {
  DocumentView event;
  DocumentView token;
  DocumentView document_key;
  DocumentView split_event;  ///< `{fragment, of}`; empty for a whole event.
  Element ns;                ///< As it stands in the event.
  Operation operation = Operation::kOther;
  ClusterTime time;  ///< Of `clusterTime`, else of the token.
  bool has_full_document = false;

  static ChangeEvent parse(DocumentView event);
};

/// Gives events their interned namespace; neighbours mostly share one.
///
/// Threads: one.
class NamespaceCache {
 public:
  const Namespace* of(const ChangeEvent& event);

 private:
  std::string last_raw_;
  const Namespace* last_ = nullptr;
};

}  // namespace inlet
