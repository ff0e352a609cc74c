#include "model/aggregate.hpp"

#include "model/aggregates/kinds.hpp"

namespace tidemark {

const Aggregate& aggregate_of(AggregateKind kind) {
  switch (kind) {
    case AggregateKind::count: return count_aggregate();
    case AggregateKind::sum: return sum_aggregate();
    case AggregateKind::min: return min_aggregate();
    case AggregateKind::max: return max_aggregate();
    case AggregateKind::avg: return average_aggregate();
    case AggregateKind::first: return first_aggregate();
    case AggregateKind::last: return last_aggregate();
    case AggregateKind::count_distinct: return distinct_aggregate();
    case AggregateKind::percentile_cont: return percentile_aggregate();
    case AggregateKind::corr: return correlation_aggregate();
  }
  throw StoreError("an aggregate of unknown kind");
}

const ValueAggregate* value_aggregate_of(AggregateKind kind) {
  return dynamic_cast<const ValueAggregate*>(&aggregate_of(kind));
}

}  // namespace tidemark
