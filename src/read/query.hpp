#pragma once
#include <tidemark/engine.hpp>

#include "model/bucket_source.hpp"
#include "read/answer.hpp"

namespace tidemark {

/// Answers a query over any source of buckets: exact aggregates over any window that is a multiple of the rollup's
/// width, and over any subset of its dimensions. Rows of several agents and epochs merge like any others.
/// Rows come ordered by window, then dimensions by bytes.
/// Errors: InputError for what the rollup does not have, with what it has.
class QueryPlan {
 public:
  QueryPlan(const Schema& schema, const Query& query);

  Table run(BucketSource& source) const;

 private:
  bool one_bucket_a_row(const BucketSource& source) const;
  Instant window_of(const Bucket& bucket) const;

  const RollupDef& rollup_;
  const SourceDef& source_;
  BucketFilter filter_;
  Query::Windows windows_;
  Micros width_;
  Shown shown_;
};

}  // namespace tidemark
