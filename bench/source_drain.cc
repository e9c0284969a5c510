// Drains a MongoSource into nothing: what reading alone costs, to be held against raw_cursor and
// raw_change_stream in the same run.
//
//   source_drain URI DB COLLECTION copy|changes|sync [key=value …]
//   keys: parallelism, streams, full_document (default|batched|server), start
//   (seconds[.increment]), range_mib

#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include "source/mongo/mongo_source.h"

namespace {

using namespace inlet;  // NOLINT(google-build-using-namespace): a bench of one file

uint64_t number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void apply(MongoSourceOptions& options, std::string_view key, std::string_view value) {
  if (key == "parallelism") options.copy_parallelism = static_cast<int>(number(value));
  if (key == "streams") options.streams = static_cast<int>(number(value));
  if (key == "range_mib") options.range_bytes = number(value) << 20;
  if (key == "page_kib") options.page_bytes = number(value) << 10;
  if (key == "lookups") options.look_ups_in_flight = static_cast<int>(number(value));
  if (key == "batch") options.batch_records = number(value);
  if (key == "start") {
    options.start_at.kind = StartPoint::Kind::kOperationTime;
    const size_t dot = value.find('.');
    options.start_at.time.seconds = static_cast<uint32_t>(number(value.substr(0, dot)));
    options.start_at.time.increment =
        dot == std::string_view::npos ? 1 : static_cast<uint32_t>(number(value.substr(dot + 1)));
  }
  if (key == "full_document") {
    options.full_document = value == "default" ? MongoSourceOptions::FullDocument::kDefault
                                               : MongoSourceOptions::FullDocument::kUpdateLookup;
    options.look_up = value == "server" ? MongoSourceOptions::LookUp::kServer
                                        : MongoSourceOptions::LookUp::kBatched;
  }
}

int drain(MongoSourceOptions options, std::string_view mode) {
  SystemClock clock;
  auto source = MongoSource::create(std::move(options), clock);
  if (!source.is_ok()) {
    std::fprintf(stderr, "%s\n", source.error().to_string().c_str());
    return 2;
  }
  BatchQueue queue({.records = 20000, .bytes = size_t{32} << 20});
  const auto begin = std::chrono::steady_clock::now();
  if (const Status started = (*source)->start({}, queue); !started.is_ok()) {
    std::fprintf(stderr, "%s\n", started.to_string().c_str());
    return 1;
  }
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t batches = 0;
  Status end;
  for (bool more = true; more;) {
    auto element = queue.pop(std::stop_token());
    if (auto* batch = std::get_if<Batch>(&*element)) {
      ++batches;
      records += batch->records.size();
      bytes += batch->document_bytes;
    } else if (auto* last = std::get_if<EndOfInput>(&*element)) {
      end = last->status;
      more = false;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  (*source)->join();
  const SourceProgress progress = (*source)->progress();
  std::printf(
      "source_drain mode=%s records=%llu batches=%llu seconds=%.3f docs_per_second=%.0f "
      "mb_per_second=%.1f "
      "lookups=%llu gone=%llu status=%s\n",
      std::string(mode).c_str(), static_cast<unsigned long long>(records),
      static_cast<unsigned long long>(batches), took.count(),
      static_cast<double>(records) / took.count(), static_cast<double>(bytes) / 1e6 / took.count(),
      static_cast<unsigned long long>(progress.lookups),
      static_cast<unsigned long long>(progress.lookups_gone), end.to_string().c_str());
  return end.is_ok() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: source_drain URI DB COLLECTION copy|changes|sync [key=value ...]\n");
    return 2;
  }
  MongoSourceOptions options;
  options.connection.uri = argv[1];
  options.scope.db = argv[2];
  if (std::string_view(argv[3]) != "*") options.scope.collections = {argv[3]};
  const std::string_view mode = argv[4];
  options.copy = mode != "changes";
  options.changes = mode != "copy";
  options.until_caught_up = true;
  for (int i = 5; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const size_t equals = argument.find('=');
    if (equals == std::string_view::npos) continue;
    apply(options, argument.substr(0, equals), argument.substr(equals + 1));
  }
  return drain(std::move(options), mode);
}
