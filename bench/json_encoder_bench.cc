// The JSON encoder against libbson's, in one run, on orders of about 496 bytes of BSON: the ratio
// is what counts, since absolute figures differ between machines and hours.
#include <benchmark/benchmark.h>
#include <bson/bson.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "bson/builder.h"
#include "bson/decimal128.h"
#include "bson/json_parser.h"
#include "bson/json_writer.h"

namespace inlet {
namespace {

constexpr size_t kOrders = 20'000;

class OrderGenerator {
 public:
  Document order(int32_t number) {
    static constexpr const char* kCities[] = {"London", "Zürich", "São Paulo", "Oslo", "Kyoto"};
    static constexpr const char* kStates[] = {"placed", "paid", "shipped", "delivered"};
    DocumentBuilder builder;
    const auto at = static_cast<int64_t>(1'700'000'000'000 + below(10'000'000'000));
    builder.append_object_id("_id", object_id());
    builder.append_int32("number", number).append_string("status", kStates[below(4)]);
    builder.open_document("customer").append_object_id("id", object_id());
    builder.append_string("name", "Ada Lovelace-Byron").append_string("email", "ada@example.com");
    builder.append_string("city", kCities[below(5)]).close();
    builder.open_array("items");
    ArrayIndex index;
    for (int i = 0; i < 3; ++i) item(builder, index.next());
    builder.close();
    append_decimal(builder, "total", below(1'000'000));
    builder.append_date_ms("createdAt", at).append_date_ms("updatedAt", at + 5'000'123);
    builder.append_bool("gift", below(5) == 0).append_null("coupon");
    builder.append_int64("version", static_cast<int64_t>(below(1'000'000'000'000)));
    builder.append_string("note", "leave at the door, please; the bell does not ring");
    return builder.finish_owned();
  }

 private:
  uint64_t below(uint64_t end) { return random_() % end; }

  std::string object_id() {
    std::string bytes(12, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    return bytes;
  }

  void item(DocumentBuilder& builder, std::string_view name) {
    builder.open_document(name).append_string("sku",
                                              "SKU-" + std::to_string(10'000 + below(90'000)));
    builder.append_int32("quantity", static_cast<int32_t>(1 + below(9)));
    builder.append_double("price", static_cast<double>(below(100'000)) / 100).close();
  }

  static void append_decimal(DocumentBuilder& builder, std::string_view name, uint64_t cents) {
    DecimalParts parts;
    parts.coefficient = cents;
    parts.exponent = -2;
    uint8_t stored[Decimal128::kSize];
    decimal_from_parts(parts).store(stored);
    builder.append(name, Value(BsonType::kDecimal128, stored, sizeof stored));
  }

  std::mt19937_64 random_{7};
};

const std::vector<Document>& orders() {
  static const std::vector<Document> kAll = [] {
    OrderGenerator generator;
    std::vector<Document> all;
    for (size_t i = 0; i < kOrders; ++i) all.push_back(generator.order(static_cast<int32_t>(i)));
    return all;
  }();
  return kAll;
}

size_t orders_bytes() {
  size_t bytes = 0;
  for (const Document& order : orders()) bytes += order.bytes().size();
  return bytes;
}

void encode_all(JsonWriter& writer, std::string& out) {
  for (const Document& order : orders()) {
    if (out.size() > 1'000'000) out.clear();
    writer.append_document(order, out);
    out += '\n';
  }
}

void encode_all_with_libbson() {
  for (const Document& order : orders()) {
    bson_t view;
    const auto* data = reinterpret_cast<const uint8_t*>(order.bytes().data());
    if (!bson_init_static(&view, data, order.bytes().size())) std::abort();
    size_t size = 0;
    char* text = bson_as_relaxed_extended_json(&view, &size);
    benchmark::DoNotOptimize(text);
    bson_free(text);
  }
}

void report(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<int64_t>(orders_bytes()) * state.iterations());
  state.SetItemsProcessed(static_cast<int64_t>(kOrders) * state.iterations());
}

void encode(benchmark::State& state, JsonMode mode) {
  JsonWriter writer({.mode = mode});
  std::string out;
  for (auto _ : state) encode_all(writer, out);
  report(state);
}

void libbson(benchmark::State& state) {
  for (auto _ : state) encode_all_with_libbson();
  report(state);
}

void parse(benchmark::State& state, JsonMode mode) {
  std::vector<std::string> lines;
  for (const Document& order : orders()) lines.push_back(to_json(order, {.mode = mode}));
  JsonParser parser({.syntax = JsonSyntax::kStrict});
  for (auto _ : state) {
    for (const std::string& line : lines) {
      const auto document = parser.parse_document(line);
      if (!document.is_ok()) std::abort();
      benchmark::DoNotOptimize(document->data());
    }
  }
  report(state);
}

BENCHMARK_CAPTURE(encode, relaxed, JsonMode::kRelaxed)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, canonical, JsonMode::kCanonical)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, plain, JsonMode::kPlain)->Unit(benchmark::kMillisecond);
BENCHMARK(libbson)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(parse, relaxed, JsonMode::kRelaxed)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(parse, canonical, JsonMode::kCanonical)->Unit(benchmark::kMillisecond);

/// Best of several short rounds, taken in turn so that a noisy neighbour hits both.
double ratio_to_libbson() {
  const auto seconds = [](auto&& work) {
    const std::clock_t start = std::clock();  // Processor time: others may use the machine.
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  };
  JsonWriter writer;
  std::string out;
  double ours = 1e9;
  double theirs = 1e9;
  for (int round = 0; round < 5; ++round) {
    ours = std::min(ours, seconds([&] { encode_all(writer, out); }));
    theirs = std::min(theirs, seconds([] { encode_all_with_libbson(); }));
  }
  return theirs / ours;
}

}  // namespace
}  // namespace inlet

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  std::printf("mean document: %zu bytes of BSON\n", inlet::orders_bytes() / inlet::kOrders);
  std::printf("relaxed Extended JSON, ratio to libbson: %.1f (aim: 8)\n",
              inlet::ratio_to_libbson());
  return 0;
}
