#pragma once

#include <optional>
#include <string_view>

#include "bson/builder.h"
#include "stream/batch.h"

namespace inlet {

/// What of a change a line of the lake holds.
enum class Envelope {
  kLean,      ///< {op, ns, documentKey, doc, updateDesc, clusterTime, wallTime, …, _token}: the
              ///< default.
  kEvent,     ///< The server's event as it is.
  kDocument,  ///< The full document alone; a delete is {_id, _deleted: true, _clusterTime}.
};

std::string_view envelope_name(Envelope envelope);
std::optional<Envelope> envelope_from_name(std::string_view name);

/// Shapes records into documents of the lake.
///
/// Shape:   a record that is no event passes as it is: so does one that stages have reshaped so far
///          that it is none any more (stream/batch.h says when). In kLean, what stages took away is
///          filled in from the record (op, ns, clusterTime) or is null; fields that they added at
///          the top follow at the end, and one called op, doc, updateDesc or _token takes that
///          place. In kDocument, events without a document (drops, updates whose document is gone,
///          events that stages took it from) give nothing.
/// Threads: one; the result is valid until the next call.
/// Source:  docs/reference/records.md.
class EnvelopeWriter {
 public:
  explicit EnvelopeWriter(Envelope envelope) : envelope_(envelope) {}
  std::optional<DocumentView> shape(const Record& record);

 private:
  DocumentView lean(const Record& record);
  std::optional<DocumentView> document_alone(const Record& record);

  const Envelope envelope_;
  DocumentBuilder builder_;
};

}  // namespace inlet
