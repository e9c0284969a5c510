#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "connection/mongo/mongo_cursor.h"
#include "source/mongo/change_event.h"
#include "source/mongo/change_stream_command.h"
#include "source/mongo/fragment_joiner.h"
#include "source/mongo/ordered_lookups.h"
#include "source/mongo/reader_context.h"

namespace inlet {

/// Follows one change stream and pushes its events in batches, each with the position behind its
/// last event.
///
/// Opens the stream again after whatever passes: elections, restarts, killed cursors, invalidation.
/// Threads: one.
class ChangeStreamReader {
 public:
  /// `end_time` is where the stream may end (a BSON timestamp); 0 while that is not known, or
  /// never.
  ChangeStreamReader(ReaderContext& context, const NamespaceFilter& filter,
                     const Deployment& deployment, StreamShare share, StreamPosition position,
                     const std::atomic<uint64_t>& end_time);

  /// Returns OK when the end time has been reached.
  /// Errors: kCancelled when stopped; kResumePointLost; what else cannot pass.
  Status run();
  const StreamPosition& position() const { return position_; }

 private:
  Status follow();
  Status take_page(const MongoPage& page);
  /// `memory` holds the event's bytes; without it they are copied.
  Status take_event(const ChangeEvent& event, std::shared_ptr<const void> memory);
  bool has_room_for(const ChangeEvent& event) const;
  /// Sends the batch in hand on its way, by the look-ups where there are any.
  Status flush();
  Status deliver(Batch batch, const StreamPosition& position);
  /// What a failed opening means: passing, or a pipeline that the server does not understand.
  Status judge_opening(const Status& failure) const;
  bool has_reached_end() const;
  void advance_to(DocumentView token, ClusterTime time, bool after_event);

  ReaderContext& context_;
  const NamespaceFilter& filter_;
  const Deployment deployment_;
  const StreamShare share_;
  const std::string lane_;
  const std::atomic<uint64_t>& end_time_;
  StreamPosition position_;    ///< Behind the last event taken.
  std::string flushed_token_;  ///< Of the last position sent: an idle stream repeats itself.
  NamespaceCache namespaces_;
  FragmentJoiner joiner_;
  RetryPolicy retry_;
  Batch batch_;
  size_t batch_look_ups_ = 0;  ///< Events of `batch_` whose document must be looked up.
  bool has_opened_ = false;
  bool invalidated_ = false;
  std::optional<OrderedLookUps> look_ups_;  ///< Last: its threads call `deliver`.
};

}  // namespace inlet
