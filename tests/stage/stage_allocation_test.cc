// Aim: in steady state a record costs no heap allocation: filters read in place, what is built goes
// into the batch's arena.

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "bson/json_parser.h"
#include "stage/match.h"
#include "stage/project.h"
#include "stage/replace_root.h"
#include "stage/set.h"
#include "stage/unset.h"

namespace {

size_t allocations = 0;  // Of this program; the tests have one thread.

}  // namespace

// Not inlined: the compiler would take `free` for a mistake where it sees `new` beside it.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  std::abort();
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t /*size*/) noexcept {
  std::free(memory);
}

namespace inlet {
namespace {

Document json(std::string_view text) {
  const Result<Document> parsed = parse_json(text);
  EXPECT_TRUE(parsed.is_ok()) << text << ": " << parsed.status().to_string();
  return parsed.is_ok() ? *parsed : Document();
}

/// A batch whose arena has room, so that what is left to count are the stages' own allocations.
Batch batch_of(DocumentView document, size_t records) {
  Batch batch;
  batch.arena.allocate(1);
  for (size_t i = 0; i < records; ++i) {
    batch.records.push_back(
        {.document = DocumentView(batch.arena.copy(document.data(), document.size()))});
    batch.document_bytes += document.size();
  }
  return batch;
}

size_t allocations_of(Operator& op, DocumentView document, size_t records) {
  Batch batch = batch_of(document, records);
  const size_t before = allocations;
  EXPECT_TRUE(op.process(batch).is_ok());
  return allocations - before;
}

struct Stage {
  Result<std::unique_ptr<Operator>> (*make)(const Value& options);
  const char* options;
};

class StageAllocation : public ::testing::TestWithParam<Stage> {};

TEST_P(StageAllocation, ManyRecordsCostNoMoreThanTheArenasChunks) {
  const auto [make, options] = GetParam();
  const Result<ParsedJson> parsed = parse_json_value(options);
  ASSERT_TRUE(parsed.is_ok());
  Result<std::unique_ptr<Operator>> op = make(parsed->value());
  ASSERT_TRUE(op.is_ok()) << op.status().to_string();
  const Document document =
      json("{_id: 1, a: {b: 5, c: [{d: 1}, {d: 2}, 3]}, s: 'some text', t: [1, 2, 3]}");
  allocations_of(**op, document, 10);  // Grows what is kept from batch to batch.

  const size_t for_many = allocations_of(**op, document, 4000);

  // 4,000 documents of at most 512 bytes: chunks of 64 KiB that double, and their list.
  EXPECT_LE(for_many, 12U);
}

INSTANTIATE_TEST_SUITE_P(
    Stages, StageAllocation,
    ::testing::Values(Stage{make_match,
                            "{'a.c.d': {$in: [2, 'x', null]}, $or: [{s: {$gt: 'a'}}, "
                            "{t: {$elemMatch: {$mod: [2, 0], $not: {$type: 'string'}}}}]}"},
                      Stage{make_project,
                            "{'a.c.d': 1, s: 1, 'a.e': '$t', n: {m: ['$s', '$a.c.d']}}"},
                      Stage{make_set, "{'a.c.e': '$s', n: {m: {o: '$a.c.d'}}, s: '$$REMOVE'}"},
                      Stage{make_unset, "['a.c.d', 's']"},
                      Stage{make_replace_root, "{newRoot: {k: '$a.c.d', l: ['$s', {m: '$t'}]}}"}));

}  // namespace
}  // namespace inlet
