#pragma once

#include <string>

#include "bson/arena.h"
#include "bson/document.h"
#include "stream/cluster_time.h"
#include "stream/namespace.h"

namespace inlet {

/// The `_id` of a document; an element without a value when it has none.
Element id_element(DocumentView document);
/// `{_id: …}`, or an empty document.
Document id_document(DocumentView document);

/// Wraps documents of the initial sync into events of the change stream's form:
/// `{operationType: "read", clusterTime, fullDocument, ns, documentKey}`, in the server's order of
/// fields.
///
/// Threads: any, once made.
class ReadEventTemplate {
 public:
  ReadEventTemplate(const Namespace& ns, ClusterTime time);
  DocumentView wrap(DocumentView document, Arena& arena) const;

 private:
  std::string head_;  ///< Elements before the document, up to the name `fullDocument`.
  std::string tail_;  ///< Elements behind it, up to the name `documentKey`.
};

}  // namespace inlet
