#include "model/distribution.hpp"

#include <algorithm>
#include <cmath>

#include <tidemark/errors.hpp>

namespace tidemark {
namespace {

/// PostgreSQL's rule over anything that gives the value at a rank.
template <typename AtRank>
double interpolate(std::uint64_t n, double p, const AtRank& at_rank) {
  const double position = p * static_cast<double>(n - 1);
  const auto first = static_cast<std::uint64_t>(std::floor(position));
  const auto second = static_cast<std::uint64_t>(std::ceil(position));
  const double low = static_cast<double>(at_rank(first));
  if (first == second) return low;
  const double high = static_cast<double>(at_rank(second));
  const double proportion = position - static_cast<double>(first);
  return low + (proportion * (high - low));
}

}  // namespace

double percentile_of_sorted(std::span<const std::int64_t> sorted, double p) {
  return interpolate(sorted.size(), p, [&](std::uint64_t rank) { return sorted[rank]; });
}

Distribution Distribution::of(std::vector<std::int64_t>& values) {
  std::sort(values.begin(), values.end());
  Distribution d;
  d.size_ = values.size();
  const auto repeat = std::adjacent_find(values.begin(), values.end());
  if (repeat == values.end()) {
    d.values_.assign(values.begin(), values.end());
    return d;
  }
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i + 1;
    while (end < values.size() && values[end] == values[i]) ++end;
    d.values_.push_back(values[i]);
    d.counts_.push_back(static_cast<std::int64_t>(end - i));
    i = end;
  }
  return d;
}

Distribution Distribution::from(std::vector<std::int64_t> values, std::vector<std::int64_t> counts) {
  if (!counts.empty() && counts.size() != values.size())
    throw InputError("a distribution needs as many counts as values, or none");
  if (std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) != values.end())
    throw InputError("a distribution's values must ascend");
  Distribution d;
  d.size_ = values.size();
  if (!counts.empty()) {
    d.size_ = 0;
    bool all_one = true;
    for (const std::int64_t count : counts) {
      if (count < 1) throw InputError("a distribution's counts must be positive");
      d.size_ += static_cast<std::uint64_t>(count);
      all_one &= count == 1;
    }
    if (all_one) counts.clear();
  }
  d.values_ = std::move(values);
  d.counts_ = std::move(counts);
  return d;
}

void Distribution::add(std::int64_t value) {
  const auto at = std::lower_bound(values_.begin(), values_.end(), value);
  const auto index = at - values_.begin();
  ++size_;
  if (at != values_.end() && *at == value) {
    if (counts_.empty()) counts_.assign(values_.size(), 1);
    ++counts_[static_cast<std::size_t>(index)];
    return;
  }
  values_.insert(at, value);
  if (!counts_.empty()) counts_.insert(counts_.begin() + index, 1);
}

void Distribution::merge(const Distribution& other) {
  if (other.empty()) return;
  if (empty()) {
    *this = other;
    return;
  }
  std::vector<std::int64_t> values;
  std::vector<std::int64_t> counts;
  values.reserve(values_.size() + other.values_.size());
  counts.reserve(values_.size() + other.values_.size());
  const auto count_of = [](const Distribution& d, std::size_t i) { return d.counts_.empty() ? 1 : d.counts_[i]; };
  std::size_t a = 0;
  std::size_t b = 0;
  bool all_one = true;
  while (a < values_.size() || b < other.values_.size()) {
    const bool take_a = b == other.values_.size() || (a < values_.size() && values_[a] <= other.values_[b]);
    const bool take_b = a == values_.size() || (b < other.values_.size() && other.values_[b] <= values_[a]);
    const std::int64_t value = take_a ? values_[a] : other.values_[b];
    const std::int64_t count = (take_a ? count_of(*this, a) : 0) + (take_b ? count_of(other, b) : 0);
    a += take_a;
    b += take_b;
    all_one &= count == 1;
    values.push_back(value);
    counts.push_back(count);
  }
  if (all_one) counts.clear();
  values_ = std::move(values);
  counts_ = std::move(counts);
  size_ += other.size_;
}

void DistributionMerger::add(Distribution distribution) {
  parts_.push_back(std::move(distribution));
  while (parts_.size() >= 2 && parts_[parts_.size() - 2].values().size() <= 2 * parts_.back().values().size()) {
    parts_[parts_.size() - 2].merge(parts_.back());
    parts_.pop_back();
  }
}

Distribution DistributionMerger::finish() {
  Distribution all;
  for (; !parts_.empty(); parts_.pop_back()) all.merge(parts_.back());
  return all;
}

std::int64_t Distribution::at_rank(std::uint64_t rank) const {
  if (counts_.empty()) return values_[rank];
  std::size_t i = 0;
  while (rank >= static_cast<std::uint64_t>(counts_[i])) rank -= static_cast<std::uint64_t>(counts_[i++]);
  return values_[i];
}

double Distribution::percentile(double p) const {
  return interpolate(size_, p, [&](std::uint64_t rank) { return at_rank(rank); });
}

void Distribution::encode(std::string& out) const {
  // The lowest bit says whether counts follow.
  put_varint(out, (static_cast<std::uint64_t>(values_.size()) << 1) | (counts_.empty() ? 0 : 1));
  std::int64_t previous = 0;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (i == 0)
      put_signed(out, values_[0]);
    else
      put_varint(out, static_cast<std::uint64_t>(values_[i]) - static_cast<std::uint64_t>(previous));
    previous = values_[i];
  }
  for (const std::int64_t count : counts_) put_varint(out, static_cast<std::uint64_t>(count));
}

Distribution Distribution::decode(ByteReader& in) {
  const std::uint64_t head = in.varint();
  const std::uint64_t n = head >> 1;
  if (n > in.left()) throw StoreError("a stored distribution is longer than its record");
  Distribution d;
  d.values_.resize(n);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < n; ++i) {
    value = i == 0 ? static_cast<std::uint64_t>(in.signed_varint()) : value + in.varint();
    d.values_[i] = static_cast<std::int64_t>(value);
  }
  d.size_ = n;
  if (head & 1) {
    d.counts_.resize(n);
    d.size_ = 0;
    for (std::int64_t& count : d.counts_) {
      count = static_cast<std::int64_t>(in.varint());
      d.size_ += static_cast<std::uint64_t>(count);
    }
  }
  return d;
}

}  // namespace tidemark
