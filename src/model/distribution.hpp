#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/bytes.hpp"

namespace tidemark {

/// The lossless multiset of one measure's values: distinct values ascending, and how often each occurs. Merging is
/// exact, commutative and associative, so that percentiles over hours and agents are those of all the values.
class Distribution {
 public:
  Distribution() = default;
  /// Sorts `values` in place and takes them.
  static Distribution of(std::vector<std::int64_t>& values);
  /// From ascending distinct values and their counts; empty counts mean 1 each. InputError when they are not that.
  static Distribution from(std::vector<std::int64_t> values, std::vector<std::int64_t> counts);

  std::uint64_t size() const { return size_; }  ///< How many values, repeats included.
  bool empty() const { return size_ == 0; }
  const std::vector<std::int64_t>& values() const { return values_; }
  /// Empty when every count is 1.
  const std::vector<std::int64_t>& counts() const { return counts_; }

  void add(std::int64_t value);
  void merge(const Distribution& other);
  /// The same for values that are sorted already, repeats included.
  void merge_ascending(std::span<const std::int64_t> ascending);
  /// Takes values out that were merged in. StoreError when they are not all there; it is unchanged then.
  void remove(const Distribution& part);
  /// Takes all values out and keeps their memory.
  void clear();

  /// PostgreSQL's percentile_cont(p) over the values as doubles, to the bit. The distribution must not be empty.
  /// Source: PostgreSQL, src/backend/utils/adt/orderedsetaggs.c, percentile_cont_final_common and float8_lerp.
  double percentile(double p) const { return RankWalk(*this).percentile(p); }
  /// Calls `take` with that of each of `ascending`, in one walk over the values.
  template <typename Take>
  void percentiles(std::span<const double> ascending, const Take& take) const {
    RankWalk walk(*this);
    for (const double p : ascending) take(walk.percentile(p));
  }

  /// docs/format.md, "Distribution".
  void encode(std::string& out) const;
  static Distribution decode(ByteReader& in);

  friend bool operator==(const Distribution&, const Distribution&) = default;

 private:
  /// Finds values by rank. Going up is one walk in all; a rank below the last one starts over.
  class RankWalk {
   public:
    explicit RankWalk(const Distribution& of) : of_(of) {}
    double percentile(double p);

   private:
    std::int64_t at(std::uint64_t rank);
    const Distribution& of_;
    std::size_t index_ = 0;
    std::uint64_t before_ = 0;  ///< How many values, repeats included, are below values_[index_].
  };

  std::int64_t count(std::size_t i) const { return counts_.empty() ? 1 : counts_[i]; }
  /// Merges one that has far fewer values into its own memory.
  void insert(const Distribution& other);
  void need_counts();
  void assign_ascending(std::span<const std::int64_t> ascending);

  std::vector<std::int64_t> values_;
  std::vector<std::int64_t> counts_;
  std::uint64_t size_ = 0;
};

/// Merges many distributions into one: those of like size with each other, so that the cost is that of sorting, not of
/// adding each small one to an ever larger one.
class DistributionMerger {
 public:
  void add(Distribution distribution);
  /// All of them; the merger is empty again.
  Distribution finish();

 private:
  std::vector<Distribution> parts_;  ///< Each less than half of the one before.
};

/// percentile_cont of values that are sorted already.
double percentile_of_sorted(std::span<const std::int64_t> sorted, double p);

}  // namespace tidemark
