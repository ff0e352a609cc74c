#pragma once
#include "model/aggregate.hpp"
#include "model/span_batch.hpp"

/// One function per aggregate; each lives in the file of its name. Everybody else calls aggregate_of.
namespace tidemark {

const Aggregate& count_aggregate();
const Aggregate& sum_aggregate();
const Aggregate& average_aggregate();
const Aggregate& min_aggregate();
const Aggregate& max_aggregate();
const Aggregate& first_aggregate();
const Aggregate& last_aggregate();
const Aggregate& distinct_aggregate();
const Aggregate& percentile_aggregate();
const Aggregate& correlation_aggregate();

}  // namespace tidemark
