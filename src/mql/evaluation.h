#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "bson/arena.h"
#include "bson/builder.h"

namespace inlet {

/// Builders that are kept from document to document, so that nested values cost no allocation.
/// Threads: one.
class BuilderPool {
 public:
  /// A cleared builder, until the lease ends. Leases end in the reverse order.
  class Lease {
   public:
    explicit Lease(BuilderPool& pool) : pool_(pool), builder_(pool.take()) {}
    ~Lease() { --pool_.used_; }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    DocumentBuilder& operator*() { return builder_; }
    DocumentBuilder* operator->() { return &builder_; }

   private:
    BuilderPool& pool_;
    DocumentBuilder& builder_;
  };

 private:
  DocumentBuilder& take() {
    if (used_ == builders_.size()) builders_.emplace_back();
    DocumentBuilder& out = builders_[used_++];
    out.clear();
    return out;
  }

  std::deque<DocumentBuilder> builders_;  // Of one address each.
  size_t used_ = 0;
};

/// What an evaluator keeps from document to document. Threads: one.
struct EvaluationScratch {
  BuilderPool builders;
  std::vector<uint8_t> marks;
};

/// One document under evaluation: what `$$ROOT` means, and where results live.
struct Evaluation {
  DocumentView root;
  Arena& arena;  ///< Of the batch: what is computed lives as long as it.
  EvaluationScratch& scratch;
};

}  // namespace inlet
