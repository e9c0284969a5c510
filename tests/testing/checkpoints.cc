#include "testing/checkpoints.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/hash.h"
#include "bson/builder.h"
#include "bson/json_writer.h"

namespace inlet::testing {
namespace {

Document number(std::string_view name, int64_t value) {
  DocumentBuilder out;
  out.append_int64(name, value);
  return out.finish_owned();
}

}  // namespace

Checkpoint sample_checkpoint(uint64_t epoch, size_t filling_bytes) {
  const auto n = static_cast<int64_t>(epoch);
  Checkpoint out;
  out.processor = "orders";
  out.fingerprint = "0123456789abcdef";
  out.epoch = epoch;
  out.fence = 3;
  out.positions["changes"] = number("time", n);
  out.positions["copy shop.orders 0"] = number("_id", n * 1000);
  out.operators["0:$match"] = number("seen", n);
  DocumentBuilder state;
  state.append_string("filling", std::string(filling_bytes, static_cast<char>('a' + epoch % 26)));
  out.sink_state = state.finish_owned();
  out.prepared = {epoch, number("files", n)};
  out.finished = epoch % 2 == 1;
  out.stored_at_ms = 1'738'328'400'000 + n;
  return out;
}

std::string describe(const Checkpoint& checkpoint) {
  std::string out = checkpoint.processor + " " + checkpoint.fingerprint + " epoch " +
                    std::to_string(checkpoint.epoch) + " fence " + std::to_string(checkpoint.fence);
  for (const auto& [lane, position] : checkpoint.positions)
    out.append("\n").append(lane).append(" ").append(to_json(position));
  for (const auto& [name, snapshot] : checkpoint.operators)
    out.append("\n").append(name).append(" ").append(to_json(snapshot));
  out.append("\nsink ").append(sha256_hex(checkpoint.sink_state.bytes()));
  out.append("\nprepared ").append(std::to_string(checkpoint.prepared.epoch)).append(" ");
  out.append(to_json(checkpoint.prepared.payload));
  out.append(checkpoint.finished ? "\nfinished " : "\ngoes on ");
  return out + std::to_string(checkpoint.stored_at_ms);
}

void must(const Status& status) {
  ASSERT_TRUE(status.is_ok()) << status.to_string();
}

std::string must_load(CheckpointStore& store) {
  const Result<std::optional<Checkpoint>> loaded = store.load();
  EXPECT_TRUE(loaded.is_ok()) << loaded.status().to_string();
  return loaded.is_ok() && *loaded ? describe(**loaded) : "nothing";
}

bool await(const std::function<bool()>& attempt) {
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!attempt()) {
    if (std::chrono::steady_clock::now() > give_up_at) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace inlet::testing
