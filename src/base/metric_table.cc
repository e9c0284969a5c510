#include "base/metrics.h"

namespace inlet {
namespace {

using Type = MetricEntry::Type;

const std::vector<MetricEntry>& entries() {
  static const std::vector<MetricEntry> kEntries{
      {Metric::kBuildInfo,
       "inlet_build_info",
       Type::kGauge,
       "Always 1; the label tells the running version.",
       {"version"},
       {}},
      {Metric::kProcessorState,
       "inlet_processor_state",
       Type::kGauge,
       "1 for the state that the processor is in, 0 for the others: created, starting, running, "
       "draining, stopped, failed.",
       {"processor", "state"},
       {}},
      {Metric::kSourcePhase,
       "inlet_source_phase",
       Type::kGauge,
       "1 for the phase that the source is in, 0 for the others: starting, copying, catching_up, "
       "following, reconnecting, done.",
       {"processor", "phase"},
       {}},
      {Metric::kRetrying,
       "inlet_retrying",
       Type::kGauge,
       "1 while this part (processor, source or sink) retries after a failure; the log says which.",
       {"processor", "part"},
       {}},

      {Metric::kEpoch,
       "inlet_epoch",
       Type::kGauge,
       "Number of the last published epoch.",
       {"processor"},
       {}},
      {Metric::kCheckpointAgeSeconds,
       "inlet_checkpoint_age_seconds",
       Type::kGauge,
       "Time since this run stored its last checkpoint; absent before the first.",
       {"processor"},
       {}},
      {Metric::kCheckpointStepSeconds,
       "inlet_checkpoint_step_seconds",
       Type::kHistogram,
       "Duration of each step of a checkpoint: prepare, store, commit.",
       {"processor", "step"},
       {0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300}},

      {Metric::kRecordsIn,
       "inlet_records_in_total",
       Type::kCounter,
       "Records that the source has handed over.",
       {"processor"},
       {}},
      {Metric::kRecordsOut,
       "inlet_records_out_total",
       Type::kCounter,
       "Records that the stages have handed to the sink.",
       {"processor"},
       {}},
      {Metric::kRecordsDeadLettered,
       "inlet_records_dead_lettered_total",
       Type::kCounter,
       "Records that can never succeed and were put aside with their reason.",
       {"processor"},
       {}},
      {Metric::kQueueRecords,
       "inlet_queue_records",
       Type::kGauge,
       "Records that wait between the source and the stages.",
       {"processor"},
       {}},
      {Metric::kQueueBytes,
       "inlet_queue_bytes",
       Type::kGauge,
       "Bytes of BSON that wait between the source and the stages.",
       {"processor"},
       {}},

      {Metric::kEventsRead,
       "inlet_events_read_total",
       Type::kCounter,
       "Change events that the source has read.",
       {"processor"},
       {}},
      {Metric::kSourceBytesRead,
       "inlet_source_bytes_read_total",
       Type::kCounter,
       "Bytes of BSON that the source has read, documents and events.",
       {"processor"},
       {}},
      {Metric::kWatermarkLagSeconds,
       "inlet_watermark_lag_seconds",
       Type::kGauge,
       "How far the change stream's position is behind the server's newest operation.",
       {"processor"},
       {}},
      {Metric::kOplogRunwaySeconds,
       "inlet_oplog_runway_seconds",
       Type::kGauge,
       "How long until the position leaves the oplog, at the oplog's present length. At zero the "
       "position is lost.",
       {"processor"},
       {}},
      {Metric::kPositionFrozen,
       "inlet_position_frozen",
       Type::kGauge,
       "1 when the position has not moved while the server's time moved on by more than a minute.",
       {"processor"},
       {}},
      {Metric::kSourceReconnects,
       "inlet_source_reconnects_total",
       Type::kCounter,
       "Times that the source lost its connection and opened it again.",
       {"processor"},
       {}},
      {Metric::kLookups,
       "inlet_lookups_total",
       Type::kCounter,
       "Full documents of updates that were looked up.",
       {"processor"},
       {}},
      {Metric::kLookupsGone,
       "inlet_lookups_gone_total",
       Type::kCounter,
       "Looked-up documents that no longer existed, written as null.",
       {"processor"},
       {}},

      {Metric::kCopyCollections,
       "inlet_copy_collections",
       Type::kGauge,
       "Collections of the copy by state: pending, copying, copied, failed.",
       {"processor", "state"},
       {}},
      {Metric::kCopyDocuments,
       "inlet_copy_documents",
       Type::kGauge,
       "Documents of a collection that the copy has read.",
       {"processor", "ns"},
       {}},
      {Metric::kCopyDocumentsEstimated,
       "inlet_copy_documents_estimated",
       Type::kGauge,
       "Documents that the server expected in a collection when its copy began.",
       {"processor", "ns"},
       {}},
      {Metric::kCopyBytes,
       "inlet_copy_bytes",
       Type::kGauge,
       "Bytes of BSON that the copy of a collection has read.",
       {"processor", "ns"},
       {}},

      {Metric::kRecordsWritten,
       "inlet_records_written_total",
       Type::kCounter,
       "Records that the sink has staged or published.",
       {"processor"},
       {}},
      {Metric::kBytesWritten,
       "inlet_bytes_written_total",
       Type::kCounter,
       "Bytes that the sink has written, after encoding and compression.",
       {"processor"},
       {}},
      {Metric::kFilesPublished,
       "inlet_files_published_total",
       Type::kCounter,
       "Files that readers of the lake can see.",
       {"processor"},
       {}},
      {Metric::kFilesOpen,
       "inlet_files_open",
       Type::kGauge,
       "Files that the sink is filling.",
       {"processor"},
       {}},
      {Metric::kHoursSealed,
       "inlet_hours_sealed_total",
       Type::kCounter,
       "Hours whose parts were merged into one file and marked complete.",
       {"processor"},
       {}},
      {Metric::kBytesBuffered,
       "inlet_bytes_buffered",
       Type::kGauge,
       "Encoded bytes that wait in the sink's memory.",
       {"processor"},
       {}},
      {Metric::kStoreRetries,
       "inlet_store_retries_total",
       Type::kCounter,
       "Calls into the sink's store that failed and were tried again.",
       {"processor"},
       {}},
      {Metric::kInvalidUtf8,
       "inlet_invalid_utf8_total",
       Type::kCounter,
       "Sequences of bytes in strings that were not UTF-8 and became U+FFFD.",
       {"processor"},
       {}},

      {Metric::kProcessResidentBytes,
       "process_resident_memory_bytes",
       Type::kGauge,
       "Memory of the process that is in RAM.",
       {},
       {}},
      {Metric::kProcessCpuSeconds,
       "process_cpu_seconds_total",
       Type::kCounter,
       "Processor time that the process has used, user and system.",
       {},
       {}},
      {Metric::kProcessOpenFds,
       "process_open_fds",
       Type::kGauge,
       "File descriptors that are open.",
       {},
       {}},
      {Metric::kProcessMaxFds,
       "process_max_fds",
       Type::kGauge,
       "File descriptors that may be open.",
       {},
       {}},
      {Metric::kProcessStartSeconds,
       "process_start_time_seconds",
       Type::kGauge,
       "When the process began, in seconds since 1970.",
       {},
       {}},
  };
  return kEntries;
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
  }
  return "";
}

}  // namespace

std::span<const MetricEntry> metric_table() {
  return entries();
}

std::string metrics_reference() {
  std::string out =
      "# Metrics\n\n"
      "Made from the program's own table by `inlet reference metrics`; a test fails when this "
      "page\n"
      "is stale.\n\n"
      "`--metrics-listen HOST:PORT` serves them in Prometheus' text format under `/metrics`. What "
      "a\n"
      "run does not have, such as the lag of a snapshot, is absent. A counter begins at zero with\n"
      "each start of a processor.\n\n"
      "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const MetricEntry& entry : metric_table()) {
    out.append("| `").append(entry.name).append("` | ").append(type_name(entry.type)).append(" | ");
    for (size_t i = 0; i < entry.labels.size(); ++i) {
      out.append(i == 0 ? "`" : ", `").append(entry.labels[i]).append("`");
    }
    out.append(" | ").append(entry.help).append(" |\n");
  }
  return out;
}

}  // namespace inlet
