#include "sink/lake/lake_sink.h"

#include <algorithm>
#include <cstdio>

#include "base/log.h"

namespace inlet {
namespace {

constexpr int64_t kHourSeconds = 3600;

std::string hash_text(uint64_t hash) {
  char text[20] = {};
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

std::string numbered(std::string_view prefix, uint64_t epoch, uint64_t number) {
  char text[64] = {};
  std::snprintf(text, sizeof text, "%010llu-%05llu", static_cast<unsigned long long>(epoch),
                static_cast<unsigned long long>(number));
  return std::string(prefix) + text;
}

FolderCommit& folder_commit(LakeCommit& commit, const std::string& folder) {
  // Folders of one epoch are few, or each comes once: the last one is the usual answer.
  for (auto known = commit.folders.rbegin(); known != commit.folders.rend(); ++known) {
    if (known->folder == folder) return *known;
  }
  FolderCommit& added = commit.folders.emplace_back();
  added.folder = folder;
  return added;
}

}  // namespace

size_t LakeSink::FileKeyHash::operator()(const FileKey& key) const {
  const auto mix = [](size_t seed, size_t value) {
    return seed ^ (value + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2));
  };
  size_t hash = std::hash<const void*>()(key.ns);
  hash = mix(hash, static_cast<size_t>(key.hour_seconds));
  return mix(hash, static_cast<size_t>(key.operation) * 2 + (key.is_copy ? 1 : 0));
}

LakeSink::LakeSink(LakeOptions options, std::shared_ptr<ObjectStore> store)
    : options_(std::move(options)),
      store_(std::move(store)),
      extension_(file_extension(options_.format, options_.compression.compression)) {}

LakeSink::~LakeSink() = default;

Status LakeSink::open(const Document& restored_state, uint64_t epoch, uint64_t fence) {
  INLET_ASSIGN_OR_RETURN(state_, LakeState::decode(restored_state));
  if (state_.run_started_ms == 0)
    state_.run_started_ms = options_.run_started.time_since_epoch().count();
  epoch_ = epoch + 1;
  staging_prefix_ =
      "_staging/" + escape_path_part(options_.processor) + "/" + std::to_string(fence) + "-";
  publisher_ = std::make_unique<LakePublisher>(options_, *store_, staging_prefix_, fence);
  pool_ = std::make_unique<EncoderPool>(options_, *store_, counters_);
  // The last epoch's staged files are still needed until its commit has run again.
  return epoch == 0 ? remove_leftovers() : Status::ok();
}

Status LakeSink::remove_leftovers() {
  std::set<std::string> needed;
  for (const auto& [ns, copy] : state_.copies) {
    for (const StagedPart& part : copy.parts) needed.insert(part.staged_path);
  }
  const std::string folder = "_staging/" + escape_path_part(options_.processor);
  INLET_RETURN_IF_ERROR(store_->remove_abandoned(folder));
  INLET_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> staged, store_->list(folder));
  for (const ObjectInfo& object : staged) {
    if (!needed.contains(object.path)) INLET_RETURN_IF_ERROR(store_->remove(object.path));
  }
  leftovers_removed_ = true;
  return Status::ok();
}

LakeSink::FileKey LakeSink::key_of(const Record& record) const {
  FileKey key;
  key.ns = record.ns;
  key.is_copy = record.operation == Operation::kRead;
  if (options_.path.has_operation()) key.operation = record.operation;
  const int64_t seconds =
      options_.snapshot ? state_.run_started_ms / 1000 : int64_t{record.cluster_time.seconds};
  key.hour_seconds = seconds - seconds % kHourSeconds;
  return key;
}

std::shared_ptr<const FileSpec> LakeSink::make_file(const FileKey& key) {
  auto file = std::make_shared<FileSpec>();
  file->number = next_file_++;
  const std::string name =
      numbered(key.is_copy ? "copy-" : "part-", epoch_, file->number) + extension_;
  file->folder = options_.path.folder(*key.ns, key.operation, key.hour_seconds);
  file->staged_path = staging_prefix_ + name;
  file->final_name = name;
  file->ns = key.ns;
  file->is_copy = key.is_copy;
  if (!options_.snapshot) {
    const std::string ns = key.ns->full();
    const auto [folder, is_new] =
        state_.open_folders.try_emplace(file->folder, OpenFolder{ns, period_of(key.hour_seconds)});
    if (!is_new && folder->second.ns != ns) folder->second.ns.clear();
    if (options_.empty_hours && !key.ns->collection.empty())
      state_.followed.try_emplace(key.ns->full(), *key.ns);
  }
  return file;
}

Result<bool> LakeSink::is_skipped(const FileKey& key) {
  if (!options_.snapshot) return false;
  const std::string ns = key.ns->full();
  const auto known = skipped_.find(ns);
  if (known != skipped_.end()) return known->second;
  bool skip = false;
  if (!state_.copies.contains(ns) && options_.if_exists != LakeOptions::IfExists::kReplace) {
    const std::string folder = options_.path.folder(*key.ns, key.operation, key.hour_seconds);
    INLET_ASSIGN_OR_RETURN(const Manifest manifest, publisher_->load_manifest(folder));
    if (manifest.snapshot && options_.if_exists == LakeOptions::IfExists::kFail) {
      return Status(Code::kInvalidArgument, "a complete copy is there already")
          .with("folder", folder)
          .with_hint("use --if-exists skip or replace");
    }
    skip = manifest.snapshot.has_value();
    if (skip)
      log::info("a complete copy is there already, skipping", {{"ns", ns}, {"folder", folder}});
  }
  skipped_[ns] = skip;
  return skip;
}

Status LakeSink::write(Batch batch) {
  const auto shared = std::make_shared<const Batch>(std::move(batch));
  INLET_RETURN_IF_ERROR(route(shared));
  take_watermark(*shared);
  for (const Notice& notice : shared->notices) take_notice(notice);
  std::scoped_lock lock(progress_mutex_);
  progress_.records_written += shared->records.size();
  progress_.files_open = files_.size();
  return Status::ok();
}

Status LakeSink::route(const std::shared_ptr<const Batch>& batch) {
  std::vector<EncoderPool::Run> runs;
  std::unordered_map<const FileSpec*, size_t> run_of;
  size_t last_run = 0;
  for (uint32_t i = 0; i < batch->records.size(); ++i) {
    const FileKey key = key_of(batch->records[i]);
    if (last_file_ == nullptr || !(key == last_key_)) {
      INLET_ASSIGN_OR_RETURN(const bool skip, is_skipped(key));
      if (skip) continue;
      std::shared_ptr<const FileSpec>& file = files_[key];
      if (file == nullptr) file = make_file(key);
      last_key_ = key;
      last_file_ = file;
    }
    if (runs.empty() || runs[last_run].file != last_file_) {
      const auto [place, is_new] = run_of.try_emplace(last_file_.get(), runs.size());
      if (is_new) runs.push_back({last_file_, {}});
      last_run = place->second;
    }
    runs[last_run].records.push_back(i);
  }
  return runs.empty() ? Status::ok() : pool_->encode(batch, std::move(runs));
}

void LakeSink::take_watermark(const Batch& batch) {
  if (batch.watermark.is_zero()) return;
  ClusterTime& known = state_.watermarks[batch.watermark_lane];
  known = std::max(known, batch.watermark);
}

void LakeSink::take_notice(const Notice& notice) {
  switch (notice.kind) {
    case Notice::Kind::kCollectionCopied:
      copied_.push_back(notice);
      break;
    case Notice::Kind::kCollectionFailed:
      failed_.push_back(notice);
      break;
    case Notice::Kind::kHistoryLost:
      state_.gaps.push_back({notice.gap_from, notice.gap_to});
      state_.watermarks.clear();
      // Every collection is copied anew: what was read of the copies under way is counted no more.
      state_.copies.clear();
      counted_from_file_ = next_file_;
      files_.clear();
      last_file_.reset();
      break;
  }
}

bool LakeSink::wants_checkpoint() const {
  return counters_.bytes_buffered > options_.memory_budget || files_.size() >= options_.files_max;
}

Result<PreparedCommit> LakeSink::prepare(uint64_t epoch) {
  INLET_ASSERT(epoch == epoch_);
  INLET_ASSIGN_OR_RETURN(std::vector<StagedFile> staged, pool_->finish_files());
  LakeCommit commit;
  gather_staged(std::move(staged), commit);
  INLET_RETURN_IF_ERROR(finish_copies(commit));
  give_up_copies(commit);
  gather_seals(commit);
  commit.gaps = state_.gaps;
  INLET_RETURN_IF_ERROR(publisher_->check_folders(commit, epoch));

  files_.clear();
  last_file_.reset();
  copied_.clear();
  failed_.clear();
  next_file_ = 0;
  counted_from_file_ = 0;
  ++epoch_;
  return PreparedCommit{epoch, commit.encode()};
}

void LakeSink::gather_staged(std::vector<StagedFile> staged, LakeCommit& out) {
  std::sort(staged.begin(), staged.end(), [](const StagedFile& a, const StagedFile& b) {
    return a.spec->staged_path < b.spec->staged_path;
  });
  std::map<std::string_view, size_t>
      place;  // Folder to its commit; one look-up a file, also for thousands.
  for (StagedFile& file : staged) {
    const FileSpec& spec = *file.spec;
    if (spec.is_copy && spec.number >= counted_from_file_) {
      CopyState& copy = state_.copies[spec.ns->full()];
      copy.records += file.entry.records;
      copy.content_hash += file.copy_hash;
      if (options_.snapshot) {
        copy.parts.push_back({spec.staged_path, std::move(file.entry)});
        continue;
      }
    }
    const auto [known, is_new] = place.try_emplace(spec.folder, out.folders.size());
    if (is_new) {
      FolderCommit& added = out.folders.emplace_back();
      added.folder = spec.folder;
      added.ns = spec.ns->full();
    } else if (out.folders[known->second].ns != spec.ns->full()) {
      out.folders[known->second].ns.clear();
    }
    out.folders[known->second].parts.push_back({spec.staged_path, std::move(file.entry)});
  }
}

Status LakeSink::finish_copies(LakeCommit& out) {
  for (const Notice& notice : copied_) {
    const std::string ns = notice.ns->full();
    const int64_t run_seconds = state_.run_started_ms / 1000;
    const FileKey key{notice.ns, run_seconds - run_seconds % kHourSeconds, Operation::kRead, true};
    INLET_ASSIGN_OR_RETURN(const bool skip, is_skipped(key));
    if (skip) continue;
    CopyState copy = std::move(state_.copies[ns]);
    state_.copies.erase(ns);
    const bool same = (options_.check_records ? copy.records == notice.records
                                              : copy.records <= notice.records) &&
                      (!options_.check_content || copy.content_hash == notice.content_hash);
    if (!same) {
      return Status(Code::kCorruption, "the copy's files do not hold what was read")
          .with("ns", ns)
          .with("read", notice.records)
          .with("written", copy.records)
          .with_hint("nothing of this copy was declared complete; please report this with the log");
    }
    if (!options_.snapshot) continue;
    FolderCommit& folder =
        folder_commit(out, options_.path.folder(*notice.ns, Operation::kRead, key.hour_seconds));
    INLET_ASSIGN_OR_RETURN(const Manifest before, publisher_->load_manifest(folder.folder));
    folder.ns = ns;
    folder.parts = std::move(copy.parts);
    folder.snapshot = {copy.records, hash_text(copy.content_hash)};
    folder.snapshot_file = escape_path_part(notice.ns->collection);
    // A copy that replaces another gets a name of its own: readers may hold the old manifest.
    if (before.snapshot) folder.snapshot_file += "-" + std::to_string(before.seals + 1);
    folder.snapshot_file += extension_;
  }
  return Status::ok();
}

void LakeSink::give_up_copies(LakeCommit& out) {
  for (const Notice& notice : failed_) {
    const auto copy = state_.copies.find(notice.ns->full());
    if (copy == state_.copies.end()) continue;
    for (const StagedPart& part : copy->second.parts) out.discard.push_back(part.staged_path);
    state_.copies.erase(copy);
  }
}

int64_t LakeSink::period_of(int64_t hour_seconds) const {
  const int64_t period = options_.path.period_seconds();
  return period == 0 ? 0 : hour_seconds - hour_seconds % period;
}

int64_t LakeSink::sealed_until_seconds() const {
  const int64_t period = options_.path.period_seconds();
  if (options_.snapshot || period == 0 || state_.watermarks.empty()) return 0;
  int64_t oldest = INT64_MAX;
  for (const auto& [lane, time] : state_.watermarks)
    oldest = std::min(oldest, int64_t{time.seconds});
  const int64_t passed = oldest - options_.seal_grace.count() / 1000;
  return passed - passed % period;
}

void LakeSink::gather_seals(LakeCommit& out) {
  const int64_t until = sealed_until_seconds();
  if (until <= 0) return;
  for (auto folder = state_.open_folders.begin(); folder != state_.open_folders.end();) {
    const bool is_over =
        folder->second.period_start_seconds + options_.path.period_seconds() <= until;
    const std::string& ns = folder->second.ns;
    const bool is_copied = ns.empty() ? !state_.copies.empty() : state_.copies.contains(ns);
    if (!is_over || is_copied) {
      ++folder;
      continue;
    }
    FolderCommit& commit = folder_commit(out, folder->first);
    commit.ns = folder->second.ns;
    commit.seal = true;
    commit.period_start_seconds = folder->second.period_start_seconds;
    folder = state_.open_folders.erase(folder);
  }
  if (options_.empty_hours) gather_empty_hours(until, out);
}

void LakeSink::gather_empty_hours(int64_t until_seconds, LakeCommit& out) {
  const int64_t period = options_.path.period_seconds();
  if (state_.empty_hours_until == 0) state_.empty_hours_until = until_seconds;
  for (int64_t start = state_.empty_hours_until; start < until_seconds; start += period) {
    for (const auto& [name, ns] : state_.followed) {
      FolderCommit& commit =
          folder_commit(out, options_.path.folder(ns, Operation::kInsert, start));
      if (commit.seal) {  // It had records and is sealed with them, or takes several.
        if (commit.ns != name) commit.ns.clear();
        continue;
      }
      commit.ns = name;
      commit.seal = true;
      commit.period_start_seconds = start;
    }
  }
  state_.empty_hours_until = until_seconds;
}

Status LakeSink::commit(const PreparedCommit& prepared) {
  INLET_ASSIGN_OR_RETURN(const LakeCommit commit, LakeCommit::decode(prepared.payload));
  INLET_RETURN_IF_ERROR(publisher_->publish(commit, prepared.epoch));
  if (!leftovers_removed_) INLET_RETURN_IF_ERROR(remove_leftovers());
  std::scoped_lock lock(progress_mutex_);
  progress_.files_open = files_.size();
  return Status::ok();
}

SinkProgress LakeSink::progress() const {
  std::scoped_lock lock(progress_mutex_);
  SinkProgress out = progress_;
  out.bytes_written = counters_.bytes_written;
  out.bytes_buffered = counters_.bytes_buffered;
  out.invalid_utf8 = counters_.invalid_utf8;
  if (publisher_ != nullptr) {
    out.files_published = publisher_->files_published();
    out.hours_sealed = publisher_->folders_sealed();
  }
  return out;
}

}  // namespace inlet
