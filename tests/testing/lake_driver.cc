#include "testing/lake_driver.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "codec/document_decoder.h"

namespace inlet::testing {

LakeDriver::LakeDriver(ObjectDisk& disk, LakeOptions options, DiskStore::Hook hook)
    : options_(std::move(options)), store_(std::make_shared<DiskStore>(disk, std::move(hook))) {}

Status LakeDriver::start() {
  sink_ = std::make_unique<LakeSink>(options_, store_);
  INLET_RETURN_IF_ERROR(sink_->open(state_, epoch_, ++fence_));
  return epoch_ == 0 ? Status::ok() : sink_->commit(prepared_);
}

Status LakeDriver::write(const std::vector<LakeEvent>& events, const std::string& lane) {
  Batch batch = make_batch(events, next_token_, !options_.snapshot);
  next_token_ += events.size();
  if (!lane.empty()) {
    batch.watermark = events.back().time;
    batch.watermark_lane = lane;
  }
  return sink_->write(std::move(batch));
}

Status LakeDriver::pass(ClusterTime time, const std::string& lane) {
  Batch batch;
  batch.watermark = time;
  batch.watermark_lane = lane;
  return sink_->write(std::move(batch));
}

Status LakeDriver::prepare() {
  INLET_ASSIGN_OR_RETURN(prepared_, sink_->prepare(epoch_ + 1));
  ++epoch_;
  state_ = sink_->snapshot();
  return Status::ok();
}

Status LakeDriver::end_epoch() {
  INLET_RETURN_IF_ERROR(prepare());
  return commit();
}

Notice copied_notice(const std::vector<LakeEvent>& documents, bool as_events) {
  Notice notice;
  notice.kind = Notice::Kind::kCollectionCopied;
  notice.ns = NamespaceTable::instance().intern(documents.front().db, documents.front().collection);
  const Batch batch = make_batch(documents, 0, as_events);
  for (const Record& record : batch.records) {
    const std::string_view document =
        as_events ? record.document["fullDocument"].as_document().raw() : record.document.raw();
    notice.content_hash += hash64(document);
    ++notice.records;
  }
  return notice;
}

std::vector<std::string> visible_paths(ObjectDisk& disk) {
  std::vector<std::string> out;
  for (const auto& [path, bytes] : disk.objects) {
    if (!path.starts_with("_staging/")) out.push_back(path);
  }
  return out;
}

Manifest manifest_of(ObjectDisk& disk, const std::string& folder) {
  const auto found = disk.objects.find(folder + std::string(kManifestName));
  if (found == disk.objects.end()) {
    ADD_FAILURE() << "no manifest in " << folder;
    return {};
  }
  const Result<Manifest> manifest = decode_manifest(found->second);
  EXPECT_TRUE(manifest.is_ok()) << manifest.status().to_string();
  return manifest.is_ok() ? *manifest : Manifest{};
}

std::vector<int64_t> values_in(ObjectDisk& disk, const std::string& path) {
  std::vector<int64_t> out;
  const auto found = disk.objects.find(path);
  if (found == disk.objects.end()) {
    ADD_FAILURE() << "no object " << path;
    return out;
  }
  const std::unique_ptr<DocumentDecoder> decoder = make_document_decoder(FileFormat::kNdjson);
  const auto receive = [&out](Result<DocumentView> line) -> Status {
    if (!line.is_ok()) return line.status();
    const DocumentView document =
        (*line)["doc"].is_document() ? (*line)["doc"].as_document() : *line;
    out.push_back(document["value"].as_integer_if().value_or(-1));
    return Status::ok();
  };
  EXPECT_TRUE(decoder->push(found->second, receive).is_ok()) << path;
  EXPECT_TRUE(decoder->finish(receive).is_ok()) << path;
  return out;
}

}  // namespace inlet::testing
