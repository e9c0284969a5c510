#include "testing/lake_run.h"

#include "base/hash.h"
#include "base/random.h"
#include "bson/builder.h"
#include "codec/compression.h"
#include "codec/document_decoder.h"
#include "sink/lake/manifest.h"

namespace inlet::testing {
namespace {

DocumentView make_document(const LakeEvent& event, Arena& arena) {
  DocumentBuilder out;
  out.append_int64("_id", event.id).append_int64("value", event.value);
  out.append_string("text", "a document of " + event.collection);
  return out.finish_into(arena);
}

DocumentView make_event(const LakeEvent& event, size_t token, Arena& arena) {
  DocumentBuilder out;
  if (event.operation != Operation::kRead) {
    char data[24] = {};
    std::snprintf(data, sizeof data, "82%016zX", token);
    out.open_document("_id").append_string("_data", data).close();
  }
  out.append_string("operationType", operation_name(event.operation));
  out.append_timestamp("clusterTime", event.time.to_bson());
  out.open_document("ns").append_string("db", event.db);
  out.append_string("coll", event.collection).close();
  out.open_document("documentKey").append_int64("_id", event.id).close();
  if (event.operation != Operation::kDelete) {
    Arena scratch;
    out.append_document("fullDocument", make_document(event, scratch));
  }
  return out.finish_into(arena);
}

std::string folder_part(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

}  // namespace

Batch make_batch(const std::vector<LakeEvent>& events, size_t first_token, bool as_events) {
  Batch batch;
  for (size_t i = 0; i < events.size(); ++i) {
    const LakeEvent& event = events[i];
    Record record;
    record.document = as_events ? make_event(event, first_token + i, batch.arena)
                                : make_document(event, batch.arena);
    record.ns = NamespaceTable::instance().intern(event.db, event.collection);
    record.operation = event.operation;
    record.is_event = as_events;
    record.cluster_time = event.time;
    batch.document_bytes += record.document.size();
    batch.records.push_back(record);
  }
  return batch;
}

Status run_lake(LakeWorld& world, const LakeOptions& options, const LakeScript& script,
                const DiskStore::Hook& hook) {
  auto store = std::make_shared<DiskStore>(world.disk, hook);
  Checkpoint last;
  size_t at = 0;
  if (!world.checkpoint.empty()) {
    INLET_ASSIGN_OR_RETURN(last, decode_checkpoint(world.checkpoint));
    at = static_cast<size_t>(last.positions["script"]["at"].as_int64());
  }
  LakeSink sink(options, store);
  INLET_RETURN_IF_ERROR(sink.open(last.sink_state, last.epoch, ++world.fence));
  if (last.epoch > 0) INLET_RETURN_IF_ERROR(sink.commit(last.prepared));

  while (at < script.events.size()) {
    for (size_t i = 0; i < script.batches_per_epoch && at < script.events.size(); ++i) {
      const size_t end = std::min(at + script.batch_records, script.events.size());
      const auto begin = script.events.begin();
      Batch batch =
          make_batch({begin + static_cast<ptrdiff_t>(at), begin + static_cast<ptrdiff_t>(end)}, at,
                     !options.snapshot);
      if (script.watermarks) {
        batch.watermark = script.events[end - 1].time;
        batch.watermark_lane = script.lane;
      }
      for (size_t n = at + 1; n <= end; ++n) {
        const auto [from, to] = script.notices.equal_range(n);
        for (auto notice = from; notice != to; ++notice) batch.notices.push_back(notice->second);
      }
      INLET_RETURN_IF_ERROR(sink.write(std::move(batch)));
      at = end;
    }
    Checkpoint next;
    next.processor = options.processor;
    next.epoch = last.epoch + 1;
    next.fence = world.fence;
    DocumentBuilder position;
    next.positions["script"] = position.append_int64("at", static_cast<int64_t>(at)).finish_owned();
    INLET_ASSIGN_OR_RETURN(next.prepared, sink.prepare(next.epoch));
    next.sink_state = sink.snapshot();
    INLET_RETURN_IF_ERROR(store->step("checkpoint"));
    world.checkpoint = encode_checkpoint(next);
    INLET_RETURN_IF_ERROR(store->step("checkpoint:after"));
    INLET_RETURN_IF_ERROR(sink.commit(next.prepared));
    last = std::move(next);
  }
  return sink.close();
}

LakeOptions small_lake_options() {
  LakeOptions options;
  options.processor = "test";
  options.encoder_threads = 1;
  options.publish_threads = 1;
  options.seal_grace = std::chrono::seconds(60);
  return options;
}

Result<std::vector<LakeLine>> read_lake(ObjectDisk& disk) {
  DiskStore store(disk);
  std::vector<LakeLine> out;
  INLET_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, store.list(""));
  for (const ObjectInfo& object : objects) {
    if (!object.path.ends_with(kManifestName)) continue;
    const std::string folder = folder_part(object.path);
    INLET_ASSIGN_OR_RETURN(const std::string text, store.get(object.path));
    INLET_ASSIGN_OR_RETURN(const Manifest manifest, decode_manifest(text));
    for (const ManifestFile& file : manifest.files) {
      INLET_ASSIGN_OR_RETURN(const std::string bytes, store.get(folder + file.name));
      if (sha256_hex(bytes) != file.sha256) return Status(Code::kCorruption, "sha256 differs");
      const auto decoder = make_document_decoder(FileFormat::kNdjson);
      const auto receive = [&](Result<DocumentView> line) -> Status {
        if (!line.is_ok()) return line.status();
        out.push_back({folder + file.name, Document(*line)});
        return Status::ok();
      };
      const auto decompressor = make_decompressor(compression_from_path(file.name));
      INLET_RETURN_IF_ERROR(decompressor->push(
          bytes, [&](std::string_view plain) { return decoder->push(plain, receive); }));
      INLET_RETURN_IF_ERROR(decompressor->finish());
      INLET_RETURN_IF_ERROR(decoder->finish(receive));
    }
  }
  return out;
}

std::vector<std::string> strays(ObjectDisk& disk) {
  std::set<std::string> named;
  for (const auto& [path, bytes] : disk.objects) {
    if (!path.ends_with(kManifestName)) continue;
    const Result<Manifest> manifest = decode_manifest(bytes);
    if (!manifest.is_ok()) continue;
    for (const ManifestFile& file : manifest->files) named.insert(folder_part(path) + file.name);
  }
  std::vector<std::string> out;
  for (const auto& [path, bytes] : disk.objects) {
    const std::string name = path.substr(folder_part(path).size());
    const bool is_ours = name.starts_with("_") || path.starts_with("_");
    if (path.starts_with("_staging/")) out.push_back(path);
    if (!is_ours && !named.contains(path)) out.push_back(path);
  }
  return out;
}

LakeScript random_script(uint64_t seed, size_t events, int collections,
                         uint32_t seconds_per_event) {
  Random random(seed);
  LakeScript script;
  script.batch_records = 1 + random.below(7);
  script.batches_per_epoch = 1 + random.below(3);
  uint32_t seconds = 1'700'000'000;
  uint32_t increment = 1;
  std::map<std::string, std::set<int64_t>> alive;
  int64_t next_id = 1;
  for (size_t i = 0; i < events; ++i) {
    LakeEvent event;
    event.collection = "c" + std::to_string(random.below(static_cast<uint64_t>(collections)));
    std::set<int64_t>& ids = alive[event.collection];
    const uint64_t dice = random.below(10);
    if (ids.empty() || dice < 5) {
      event.operation = Operation::kInsert;
      event.id = next_id++;
      ids.insert(event.id);
    } else {
      auto place = ids.begin();
      std::advance(place, static_cast<ptrdiff_t>(random.below(ids.size())));
      event.id = *place;
      event.operation = dice < 8 ? Operation::kUpdate : Operation::kDelete;
      if (event.operation == Operation::kDelete) ids.erase(place);
    }
    if (random.below(3) == 0) {
      seconds += static_cast<uint32_t>(random.below(2 * seconds_per_event + 1));
      increment = 1;
    }
    event.time = {seconds, increment++};
    event.value = static_cast<int64_t>(i);
    script.events.push_back(event);
  }
  return script;
}

}  // namespace inlet::testing
