#include "model/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <tidemark/errors.hpp>

#include "model/packed.hpp"

namespace tidemark {
namespace {

/// What is decoded gets a part more of memory than it needs, for the values that are mostly about to be merged in.
constexpr std::size_t kRoom = 8;
/// More values than this no bucket has, and doubles could not tell their ranks apart.
constexpr unsigned kSizeBits = 53;

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

/// The first of `values` from `from` on that is not below `value`: nearby in few steps, far away in not many more.
std::size_t find_from(const std::vector<std::int64_t>& values, std::size_t from, std::int64_t value) {
  std::size_t low = from;
  for (std::size_t step = 1; from < values.size() && values[from] < value; step *= 2) {
    low = from + 1;
    from += step;
  }
  const auto at = [&](std::size_t i) { return values.begin() + static_cast<std::ptrdiff_t>(i); };
  return static_cast<std::size_t>(std::lower_bound(at(low), at(std::min(from, values.size())), value) - values.begin());
}

/// Puts get(i) before what is at places[i], which ascend, without a second copy of what is there.
template <typename Get>
void insert_runs(std::vector<std::int64_t>& values, const std::vector<std::size_t>& places, const Get& get) {
  std::size_t end = values.size();
  values.resize(values.size() + places.size());
  for (std::size_t i = places.size(); i-- > 0;) {
    std::int64_t* const run = values.data() + places[i];
    std::memmove(run + i + 1, run, (end - places[i]) * sizeof *run);
    run[i] = get(i);
    end = places[i];
  }
}

/// Merges two ascending runs of distinct values, of which equal ones become one, and returns how many there are.
/// note(at, ours, i, theirs, j) hears for each whether it is a[i], b[j] or both. The choice is not a branch: nobody could
/// predict it.
template <typename Note>
std::size_t merge_values(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b, std::int64_t* merged,
                         const Note& note) {
  std::size_t i = 0;
  std::size_t j = 0;
  std::size_t n = 0;
  for (; i < a.size() && j < b.size(); ++n) {
    const bool ours = a[i] <= b[j];
    const bool theirs = b[j] <= a[i];
    merged[n] = std::min(a[i], b[j]);
    note(n, ours, i, theirs, j);
    i += ours;
    j += theirs;
  }
  for (; i < a.size(); ++i, ++n) {
    merged[n] = a[i];
    note(n, true, i, false, j);
  }
  for (; j < b.size(); ++j, ++n) {
    merged[n] = b[j];
    note(n, false, i, true, j);
  }
  return n;
}

}  // namespace

double percentile_of_sorted(std::span<const std::int64_t> sorted, double p) {
  return interpolate(sorted.size(), p, [&](std::uint64_t rank) { return sorted[rank]; });
}

Distribution Distribution::of(std::vector<std::int64_t>& values) {
  std::sort(values.begin(), values.end());
  Distribution d;
  d.assign_ascending(values);
  return d;
}

void Distribution::assign_ascending(std::span<const std::int64_t> ascending) {
  clear();
  size_ = ascending.size();
  if (std::adjacent_find(ascending.begin(), ascending.end()) == ascending.end()) {
    values_.assign(ascending.begin(), ascending.end());
    return;
  }
  for (std::size_t i = 0; i < ascending.size();) {
    std::size_t end = i + 1;
    while (end < ascending.size() && ascending[end] == ascending[i]) ++end;
    values_.push_back(ascending[i]);
    counts_.push_back(static_cast<std::int64_t>(end - i));
    i = end;
  }
}

void Distribution::clear() {
  values_.clear();
  counts_.clear();
  size_ = 0;
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
      if ((static_cast<std::uint64_t>(count) | d.size_) >> kSizeBits != 0)
        throw InputError("a distribution's counts are too large");
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
  size_ += other.size_;
  if (counts_.empty() && other.counts_.empty()) {
    std::vector<std::int64_t> values(values_.size() + other.values_.size());
    const std::size_t n = merge_values(values_, other.values_, values.data(), [](auto...) {});
    if (n == values.size()) {
      values_ = std::move(values);
      return;
    }
  }
  // Some value repeats.
  std::vector<std::int64_t> values(values_.size() + other.values_.size());
  std::vector<std::int64_t> counts(values.size());
  const std::size_t n = merge_values(values_, other.values_, values.data(),
                                     [&](std::size_t at, bool ours, std::size_t i, bool theirs, std::size_t j) {
                                       counts[at] = (ours ? count(i) : 0) + (theirs ? other.count(j) : 0);
                                     });
  values.resize(n);
  counts.resize(n);
  values_ = std::move(values);
  counts_ = std::move(counts);
}

void Distribution::remove(const Distribution& part) {
  Distribution rest;
  std::size_t j = 0;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    std::int64_t left = count(i);
    if (j < part.values_.size() && part.values_[j] == values_[i]) left -= part.count(j++);
    if (left < 0) break;
    if (left == 0) continue;
    rest.values_.push_back(values_[i]);
    rest.counts_.push_back(left);
    rest.size_ += static_cast<std::uint64_t>(left);
  }
  if (j != part.values_.size() || rest.size_ + part.size_ != size_)
    throw StoreError("a distribution lacks values that were to be taken out of it");
  if (rest.size_ == rest.values_.size()) rest.counts_.clear();
  *this = std::move(rest);
}

void Distribution::merge_ascending(std::span<const std::int64_t> ascending) {
  if (empty()) return assign_ascending(ascending);
  Distribution other;
  other.assign_ascending(ascending);
  // Moving whole runs pays when they are long.
  constexpr std::size_t kRun = 8;
  if (values_.size() < kRun * other.values_.size())
    merge(other);
  else
    insert(other);
}

void Distribution::insert(const Distribution& other) {
  std::vector<std::size_t> fresh;   // which of the other's values are new here
  std::vector<std::size_t> places;  // before which of ours they go
  std::size_t at = 0;
  for (std::size_t i = 0; i < other.values_.size(); ++i) {
    at = find_from(values_, at, other.values_[i]);
    if (at < values_.size() && values_[at] == other.values_[i]) {
      need_counts();
      counts_[at] += other.count(i);
    } else {
      fresh.push_back(i);
      places.push_back(at);
    }
  }
  if (!other.counts_.empty()) need_counts();
  insert_runs(values_, places, [&](std::size_t i) { return other.values_[fresh[i]]; });
  if (!counts_.empty()) insert_runs(counts_, places, [&](std::size_t i) { return other.count(fresh[i]); });
  size_ += other.size_;
}

void Distribution::need_counts() {
  if (!counts_.empty()) return;
  counts_.reserve(values_.capacity());
  counts_.assign(values_.size(), 1);
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

std::int64_t Distribution::RankWalk::at(std::uint64_t rank) {
  if (of_.counts_.empty()) return of_.values_[rank];
  if (rank < before_) index_ = before_ = 0;
  while (rank - before_ >= static_cast<std::uint64_t>(of_.counts_[index_]))
    before_ += static_cast<std::uint64_t>(of_.counts_[index_++]);
  return of_.values_[index_];
}

double Distribution::RankWalk::percentile(double p) {
  return interpolate(of_.size_, p, [&](std::uint64_t rank) { return at(rank); });
}

void Distribution::encode(std::string& out) const {
  // The lowest bit says whether counts follow.
  put_varint(out, (static_cast<std::uint64_t>(values_.size()) << 1) | (counts_.empty() ? 0 : 1));
  if (values_.empty()) return;
  put_signed(out, values_[0]);
  put_packed(out, values_.size() - 1, [&](std::size_t i) {
    return static_cast<std::uint64_t>(values_[i + 1]) - static_cast<std::uint64_t>(values_[i]);
  });
  put_packed(out, counts_.size(), [&](std::size_t i) { return static_cast<std::uint64_t>(counts_[i]) - 1; });
}

Distribution Distribution::decode(ByteReader& in) {
  const std::uint64_t head = in.varint();
  const std::uint64_t n = head >> 1;
  // Distinct values differ, so each but the first takes a bit or more.
  if (n > 8 * static_cast<std::uint64_t>(in.left()))
    throw StoreError("a stored distribution is longer than its record");
  Distribution d;
  if (n == 0) return d;
  d.values_.reserve(n + n / kRoom);
  d.values_.resize(n);
  auto value = static_cast<std::uint64_t>(in.signed_varint());
  d.values_[0] = static_cast<std::int64_t>(value);
  take_packed(in, n - 1, [&](std::size_t i, std::uint64_t difference) {
    d.values_[i + 1] = static_cast<std::int64_t>(value += difference);
  });
  d.size_ = n;
  if (head & 1) {
    d.counts_.reserve(n + n / kRoom);
    d.counts_.resize(n);
    std::uint64_t seen = 0;
    take_packed(in, n, [&](std::size_t i, std::uint64_t above_one) {
      d.counts_[i] = static_cast<std::int64_t>(above_one + 1);
      d.size_ += above_one;
      seen |= above_one | d.size_;
    });
    if (seen >> kSizeBits != 0) throw StoreError("a stored distribution has damaged counts");
  }
  return d;
}

}  // namespace tidemark
