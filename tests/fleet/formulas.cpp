#include "fleet/formulas.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace tidemark::fleet {
namespace {

using Wide = __int128;
using Quad = __float128;  // so many digits that rounding to a double gives the nearest one

Quad root(Quad square) {
  Quad root = std::sqrt(static_cast<long double>(square));
  for (int i = 0; i < 2; ++i) root = (root + square / root) / 2;
  return root;
}

std::string text_of(double value) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string text_of(Wide units, std::int64_t divisor) {
  const bool negative = units < 0;
  std::string digits;
  for (Wide left = negative ? -units : units; left != 0; left /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(left % 10)));
  const std::size_t scale = std::to_string(divisor).size() - 1;
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale != 0) digits.insert(digits.size() - scale, ".");
  return (negative ? "-" : "") + digits;
}

std::vector<std::int64_t> values(const Spans& spans, const Measure& measure, const Filter& filter) {
  std::vector<std::int64_t> all;
  for (const Span* span : spans)
    if (filter(*span))
      if (const auto value = measure.of(*span)) all.push_back(*value);
  std::sort(all.begin(), all.end());
  return all;
}

Wide total(const std::vector<std::int64_t>& values) {
  Wide sum = 0;
  for (const std::int64_t value : values) sum += value;
  return sum;
}

/// A formula that is NULL over no values.
template <typename Result>
Formula of_values(const Measure& measure, const Filter& filter, const Result& result) {
  return [=](const Spans& spans) {
    const auto all = values(spans, measure, filter);
    return all.empty() ? std::string() : result(all);
  };
}

double in_unit(double value, std::int64_t divisor) { return value / static_cast<double>(divisor); }

Formula edge(const TextOf& text, bool latest) {
  return [=](const Spans& spans) {
    const Span* found = nullptr;
    for (const Span* span : spans)
      if (text(*span) && (found == nullptr || (span->ended > found->ended) == latest)) found = span;
    return found == nullptr ? std::string() : *text(*found);
  };
}

}  // namespace

const Measure kTook{[](const Span& span) -> std::optional<std::int64_t> {
                      if (!span.started) return std::nullopt;
                      return (span.ended - *span.started).count;
                    },
                    1'000'000};
const Measure kMark{[](const Span& span) { return std::optional(span.mark); }, 1};
const Measure kCost{[](const Span& span) { return span.cost_cents; }, 100};

bool always(const Span&) { return true; }

Formula count(const Filter& filter) {
  return [=](const Spans& spans) {
    return std::to_string(std::count_if(spans.begin(), spans.end(), [&](const Span* span) { return filter(*span); }));
  };
}

Formula sum(const Measure& measure, const Filter& filter) {
  return of_values(measure, filter, [measure](const auto& all) { return text_of(total(all), measure.divisor); });
}

Formula min(const Measure& measure, const Filter& filter) {
  return of_values(measure, filter, [measure](const auto& all) {
    return text_of(in_unit(static_cast<double>(all.front()), measure.divisor));
  });
}

Formula max(const Measure& measure, const Filter& filter) {
  return of_values(measure, filter, [measure](const auto& all) {
    return text_of(in_unit(static_cast<double>(all.back()), measure.divisor));
  });
}

Formula avg(const Measure& measure, const Filter& filter) {
  return of_values(measure, filter, [measure](const auto& all) {
    const auto divisor = static_cast<Wide>(all.size()) * measure.divisor;
    return text_of(static_cast<double>(static_cast<Quad>(total(all)) / static_cast<Quad>(divisor)));
  });
}

/// PostgreSQL's percentile_cont: between the values around p·(n − 1).
Formula percentile(double p, const Measure& measure, const Filter& filter) {
  return of_values(measure, filter, [=](const auto& all) {
    const double at = p * static_cast<double>(all.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(at));
    const auto above = static_cast<std::size_t>(std::ceil(at));
    const auto low = static_cast<double>(all[below]), high = static_cast<double>(all[above]);
    const double between = below == above ? low : low + (at - static_cast<double>(below)) * (high - low);
    return text_of(in_unit(between, measure.divisor));
  });
}

/// The double nearest to the true value.
Formula corr(const Measure& y, const Measure& x) {
  return [=](const Spans& spans) -> std::string {
    Wide n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
    for (const Span* span : spans) {
      const auto a = y.of(*span), b = x.of(*span);
      if (!a || !b) continue;
      n += 1, sx += *b, sy += *a, sxx += Wide(*b) * *b, syy += Wide(*a) * *a, sxy += Wide(*a) * *b;
    }
    const auto xx = static_cast<Quad>(n * sxx - sx * sx), yy = static_cast<Quad>(n * syy - sy * sy);
    if (n == 0 || xx == 0 || yy == 0) return {};
    const auto r = static_cast<double>(static_cast<Quad>(n * sxy - sx * sy) / (root(xx) * root(yy)));
    return text_of(std::min(1.0, std::max(-1.0, r)));
  };
}

Formula latest_end() {
  return [](const Spans& spans) {
    const auto last =
        std::max_element(spans.begin(), spans.end(), [](const Span* a, const Span* b) { return a->ended < b->ended; });
    return last == spans.end() ? std::string() : format_short((*last)->ended);
  };
}

Formula first(const TextOf& text) { return edge(text, false); }
Formula last(const TextOf& text) { return edge(text, true); }

Formula count_distinct(const TextOf& text) {
  return [=](const Spans& spans) {
    std::set<std::string> seen;
    for (const Span* span : spans)
      if (const auto value = text(*span)) seen.insert(*value);
    return std::to_string(seen.size());
  };
}

}  // namespace tidemark::fleet
