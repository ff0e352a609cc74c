#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fleet/span.hpp"

/// What a column is, worked out naively over spans: the values are collected, sorted and gone through. Nothing here
/// knows the product's code. Results are texts, exact to the last bit: doubles in the shortest form that reads back the
/// same, NULL as nothing.
namespace tidemark::fleet {

using Spans = std::vector<const Span*>;
using Formula = std::function<std::string(const Spans&)>;
using Filter = std::function<bool(const Span&)>;
using TextOf = std::function<std::optional<std::string>(const Span&)>;

/// Stored integers, and what divides them to be shown.
struct Measure {
  std::function<std::optional<std::int64_t>(const Span&)> of;
  std::int64_t divisor;
};
extern const Measure kTook;  ///< In microseconds, shown as seconds.
extern const Measure kMark;
extern const Measure kCost;  ///< In cents.

bool always(const Span& span);

Formula count(const Filter& filter = always);
Formula sum(const Measure& measure, const Filter& filter = always);
Formula min(const Measure& measure, const Filter& filter = always);
Formula max(const Measure& measure, const Filter& filter = always);
Formula avg(const Measure& measure, const Filter& filter = always);
Formula percentile(double p, const Measure& measure, const Filter& filter = always);
Formula corr(const Measure& y, const Measure& x);
Formula latest_end();
Formula first(const TextOf& text);
Formula last(const TextOf& text);
Formula count_distinct(const TextOf& text);

}  // namespace tidemark::fleet
