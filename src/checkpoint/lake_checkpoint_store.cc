#include "checkpoint/lake_checkpoint_store.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "base/percent_encoding.h"
#include "bson/builder.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"

namespace inlet {
namespace {

constexpr std::string_view kRoot = "_inlet/";
constexpr std::string_view kLease = "lease-";
constexpr std::string_view kCheckpoint = "checkpoint-";
constexpr size_t kDigits = 20;
constexpr int kAttempts = 5;

/// Zero-padded, so that listing order is the order of numbers.
std::string padded(uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kDigits - digits.size(), '0') + digits;
}

/// The number at the front of `text` and the '-' or the end after it, taken off.
std::optional<uint64_t> take_number(std::string_view& text) {
  if (text.size() < kDigits) return std::nullopt;
  uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + kDigits, number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + kDigits) return std::nullopt;
  text.remove_prefix(kDigits);
  if (!text.empty() && text.front() != '-') return std::nullopt;
  text = text.substr(text.empty() ? 0 : 1);
  return number;
}

int64_t to_ms(WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

LakeCheckpointStore::LakeCheckpointStore(std::shared_ptr<ObjectStore> store,
                                         const std::string& processor, Clock& clock,
                                         Options options)
    : store_(std::move(store)),
      folder_(std::string(kRoot) + percent_encode(processor)),
      options_(options),
      holder_(LeaseHolder::this_process()),
      clock_(clock),
      lease_(description(), options.lease_life, clock) {}

std::string LakeCheckpointStore::path_of(const LeaseName& lease) const {
  return folder_ + "/" + std::string(kLease) + padded(lease.fence) + "-" + lease.nonce;
}

std::string LakeCheckpointStore::path_of(const CheckpointName& checkpoint) const {
  return folder_ + "/" + std::string(kCheckpoint) + padded(checkpoint.fence) + "-" +
         padded(checkpoint.epoch);
}

Result<LakeCheckpointStore::Listing> LakeCheckpointStore::list() {
  INLET_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, store_->list(folder_));
  Listing out;
  for (const ObjectInfo& object : objects) {
    std::string_view name = std::string_view(object.path).substr(folder_.size() + 1);
    const bool is_lease = name.starts_with(kLease);
    if (!is_lease && !name.starts_with(kCheckpoint)) continue;
    name.remove_prefix(is_lease ? kLease.size() : kCheckpoint.size());
    const std::optional<uint64_t> fence = take_number(name);
    if (fence && is_lease) {
      out.leases.push_back({*fence, std::string(name)});
    } else if (fence) {
      const std::optional<uint64_t> epoch = take_number(name);
      if (epoch && name.empty()) out.checkpoints.push_back({*fence, *epoch});
    }
  }
  std::sort(out.leases.begin(), out.leases.end());
  std::sort(out.checkpoints.begin(), out.checkpoints.end());
  return out;
}

Status LakeCheckpointStore::put_lease(const LeaseName& lease, bool released) {
  int64_t since_ms = 0;
  {
    std::scoped_lock lock(mutex_);
    since_ms = since_ms_;
  }
  DocumentBuilder body;
  body.append_string("host", holder_.host).append_int64("pid", holder_.pid);
  body.append_date_ms("since", since_ms);
  body.append_date_ms("expiresAt", to_ms(clock_.wall_now() + options_.lease_life));
  body.append_int64("lifeMs", options_.lease_life.count());
  body.append_bool("released", released);
  return store_->put(path_of(lease), to_json(body.finish()) + "\n");
}

Status LakeCheckpointStore::check_free(const LeaseName& lease) {
  if (lease.nonce == holder_.nonce) return Status::ok();
  const Result<std::string> text = store_->get(path_of(lease));
  if (text.status().code() == Code::kNotFound) return Status::ok();  // Withdrawn since.
  if (!text.is_ok()) return text.status();
  JsonParser parser;
  const Result<DocumentView> body = parser.parse_document(*text);
  if (!body.is_ok() || (*body)["expiresAt"].type() != BsonType::kDate) {
    return Status(Code::kCorruption, "the lease is damaged")
        .with("path", path_of(lease))
        .with_hint("make sure that no other process runs this processor, then remove the object");
  }
  // Half a life on top, for wall clocks that differ.
  const int64_t takeover_ms =
      (*body)["expiresAt"].as_date_ms() + (*body)["lifeMs"].as_integer_if().value_or(0) / 2;
  const int64_t left_ms = takeover_ms - to_ms(clock_.wall_now());
  if ((*body)["released"].truthy() || left_ms <= 0) return Status::ok();
  INLET_ASSIGN_OR_RETURN(const std::string holder, holder_of(lease));
  return already_running(description(), holder)
      .with("lease_ends_in", std::to_string((left_ms + 999) / 1000) + "s");
}

Result<std::string> LakeCheckpointStore::holder_of(const LeaseName& lease) {
  INLET_ASSIGN_OR_RETURN(const std::string text, store_->get(path_of(lease)));
  JsonParser parser;
  INLET_ASSIGN_OR_RETURN(const DocumentView body, parser.parse_document(text));
  const Value since = body["since"];
  return describe_holder(body["host"].as_string_if().value_or("unknown"),
                         body["pid"].as_integer_if().value_or(0),
                         since.type() == BsonType::kDate ? since.as_date_ms() : 0);
}

Result<uint64_t> LakeCheckpointStore::acquire() {
  {
    std::scoped_lock lock(mutex_);
    own_.reset();
    since_ms_ = to_ms(clock_.wall_now());
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    INLET_ASSIGN_OR_RETURN(const std::optional<LeaseName> own, try_acquire());
    if (own) return own->fence;
  }
  return Status(Code::kUnavailable, "the lake answers too slowly to take the lease safely")
      .with("state", description())
      .with_hint("a longer inletLeaseMs in the URL of --state allows for more");
}

Result<std::optional<LakeCheckpointStore::LeaseName>> LakeCheckpointStore::try_acquire() {
  const HeldLease::Moment began = lease_.now();
  INLET_ASSIGN_OR_RETURN(const Listing before, list());
  if (!before.leases.empty()) INLET_RETURN_IF_ERROR(check_free(before.leases.back()));
  LeaseName own{1, holder_.nonce};
  if (!before.leases.empty()) own.fence = before.leases.back().fence + 1;
  if (!before.checkpoints.empty())
    own.fence = std::max(own.fence, before.checkpoints.back().fence + 1);

  if (Status put = put_lease(own, false); !put.is_ok()) {
    // It may have arrived all the same: then it would keep others out until it expires.
    if (const Status removed = store_->remove(path_of(own)); !removed.is_ok())
      log::write_status(log::Level::kDebug, "a lease could not be withdrawn", removed);
    return put;
  }
  const bool took_too_long = lease_.now().steady - began.steady > options_.settle / 2;
  if (took_too_long) {
    INLET_RETURN_IF_ERROR(store_->remove(path_of(own)));
    return std::optional<LeaseName>();
  }
  clock_.sleep_for(options_.settle, std::stop_token());
  INLET_ASSIGN_OR_RETURN(const Listing after, list());
  if (after.leases.empty() || after.leases.back() != own) {
    INLET_RETURN_IF_ERROR(store_->remove(path_of(own)));
    const Result<std::string> holder =
        after.leases.empty() ? Result<std::string>("unknown") : holder_of(after.leases.back());
    return already_running(description(), holder.is_ok() ? *holder : "unknown");
  }
  for (const LeaseName& old : after.leases) {
    if (old != own) INLET_RETURN_IF_ERROR(store_->remove(path_of(old)));
  }
  {
    std::scoped_lock lock(mutex_);
    own_ = own;
  }
  lease_.begin(began, [this, own] { return renew(own); });
  return std::optional(own);
}

Status LakeCheckpointStore::renew(const LeaseName& own) {
  INLET_ASSIGN_OR_RETURN(const Listing listing, list());
  INLET_RETURN_IF_ERROR(check_highest(listing, own));
  return put_lease(own, false);
}

Status LakeCheckpointStore::check_highest(const Listing& listing, const LeaseName& own) {
  if (listing.leases.empty() || !(own < listing.leases.back())) return Status::ok();
  const Result<std::string> holder = holder_of(listing.leases.back());
  Status lost = lease_lost(description(), holder.is_ok() ? *holder : "unknown");
  lease_.lose(lost);
  return lost;
}

Result<LakeCheckpointStore::LeaseName> LakeCheckpointStore::held() {
  INLET_RETURN_IF_ERROR(verify_held());
  std::scoped_lock lock(mutex_);
  INLET_ASSERT(own_.has_value());
  return *own_;
}

Result<std::optional<Checkpoint>> LakeCheckpointStore::load() {
  INLET_ASSIGN_OR_RETURN(const LeaseName own, held());
  INLET_ASSIGN_OR_RETURN(const Listing listing, list());
  INLET_RETURN_IF_ERROR(check_highest(listing, own));
  const CheckpointName newest =
      listing.checkpoints.empty() ? CheckpointName{} : listing.checkpoints.back();
  std::string bytes;
  if (newest.fence != 0) {
    INLET_ASSIGN_OR_RETURN(bytes, store_->get(path_of(newest)));
  }
  // An object of epoch 0 holds nothing: it claims that there was no checkpoint yet.
  std::optional<Checkpoint> out;
  if (newest.epoch != 0) {
    Result<Checkpoint> checkpoint = decode_checkpoint(bytes);
    if (!checkpoint.is_ok()) return std::move(checkpoint).error().with("path", path_of(newest));
    out = *std::move(checkpoint);
  }
  if (newest.fence != own.fence)
    INLET_RETURN_IF_ERROR(store_->put(path_of(CheckpointName{own.fence, newest.epoch}), bytes));
  return out;
}

Status LakeCheckpointStore::store(const Checkpoint& checkpoint) {
  INLET_ASSIGN_OR_RETURN(const LeaseName own, held());
  const CheckpointName name{own.fence, checkpoint.epoch};
  INLET_RETURN_IF_ERROR(store_->put(path_of(name), encode_checkpoint(checkpoint)));
  INLET_ASSIGN_OR_RETURN(const Listing listing, list());
  if (Status lost = check_highest(listing, own); !lost.is_ok()) {
    // It counts for nobody, as its fence is outranked; the new holder's sweep may have passed.
    if (const Status removed = store_->remove(path_of(name)); !removed.is_ok())
      log::write_status(log::Level::kDebug, "a checkpoint could not be withdrawn", removed);
    return lost;
  }
  sweep(listing, name);
  return Status::ok();
}

void LakeCheckpointStore::sweep(const Listing& listing, const CheckpointName& newest) {
  // Kept beside the newest: the highest one of an earlier epoch. What outranks it is not ours.
  bool has_earlier = false;
  for (auto name = listing.checkpoints.rbegin(); name != listing.checkpoints.rend(); ++name) {
    if (!(*name < newest)) continue;
    if (!has_earlier && name->epoch < newest.epoch && name->epoch != 0) {
      has_earlier = true;
      continue;
    }
    if (const Status removed = store_->remove(path_of(*name)); !removed.is_ok())
      log::write_status(log::Level::kDebug, "an old checkpoint could not be removed", removed);
  }
}

Status LakeCheckpointStore::release() {
  std::optional<LeaseName> own;
  {
    std::scoped_lock lock(mutex_);
    std::swap(own, own_);
  }
  lease_.end();
  return own ? put_lease(*own, true) : Status::ok();
}

}  // namespace inlet
