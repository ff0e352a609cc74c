#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/engine.hpp>

#include "sink/conformance.hpp"
#include "sink/samples.hpp"

/// Rows of several agents with different definitions, and what C++ and SQL make of them.
namespace tidemark::fleet {

/// Definitions of random columns over the fields that samples::BucketMaker fills: rollup 0 `kinds` by the hour, rollup 1
/// `totals` without hours. `columns` is how many of them an agent knows: an older one knows fewer.
class Definitions {
 public:
  explicit Definitions(std::uint64_t seed);
  /// With all columns, or with the first ones only.
  SchemaPtr newest() const { return parsed(columns_.size(), total_columns_.size()); }
  SchemaPtr older() const { return parsed(1 + columns_.size() / 2, 1 + total_columns_.size() / 2); }

 private:
  SchemaPtr parsed(std::size_t columns, std::size_t total_columns) const;
  std::vector<std::string> columns_, total_columns_;
};

/// Buckets of a few keys and hours by several agents and epochs: some of which share spans' identities, lack columns, have
/// lost their distributions, or hold nothing.
std::vector<Bucket> agents_buckets(const Schema& schema, int rollup, int count, std::uint64_t seed);

/// What a query gives, a text per value that no two values share: doubles by their bits.
using Texts = std::vector<std::vector<std::string>>;
/// `columns`: which of the answer's columns; bucket_start is left out where the answer has none.
Texts from_cpp(Sink& sink, const Schema& schema, const Query& query);

/// The columns of a query's answer, as SQL that gives the same texts of a view's or function's row.
std::string columns_sql(const Schema& schema, const Query& query);
/// Its order.
std::string order_sql(const Schema& schema, const Query& query);
/// The call of the window function for it.
std::string window_sql(const Schema& schema, const Query& query, const std::string& place);

/// A random query of a rollup.
Query random_query(const Schema& schema, int rollup, samples::BucketMaker& random);

}  // namespace tidemark::fleet
