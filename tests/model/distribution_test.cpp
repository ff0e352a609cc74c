#include "model/distribution.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include <tidemark/errors.hpp>

#include "model/packed.hpp"
#include "support/property.hpp"

namespace tidemark {
namespace {

using Values = std::vector<std::int64_t>;

Distribution distribution_of(Values values) { return Distribution::of(values); }

/// Small numbers, so that repeats happen, and the ends of the range.
rc::Gen<Values> some_values() {
  return rc::gen::container<Values>(rc::gen::oneOf(
      rc::gen::inRange<std::int64_t>(-5, 20), rc::gen::arbitrary<std::int64_t>(),
      rc::gen::element(std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min() + 1)));
}

/// percentile_cont as PostgreSQL's orderedsetaggs.c writes it, over a plain sorted array.
double naive_percentile(Values values, double p) {
  std::sort(values.begin(), values.end());
  const double position = p * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(position);
  const auto first = static_cast<double>(values[low]);
  if (static_cast<double>(low) == position) return first;
  return first + (position - static_cast<double>(low)) * (static_cast<double>(values[low + 1]) - first);
}

}  // namespace

TEST_CASE("a distribution's percentiles are those of the sorted values") {
  test::check_property([] {
    Values values = *rc::gen::nonEmpty(some_values());
    const double p = *rc::gen::element(0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0);
    const double expected = naive_percentile(values, p);
    RC_ASSERT(distribution_of(values).percentile(p) == expected);
    std::sort(values.begin(), values.end());
    RC_ASSERT(percentile_of_sorted(values, p) == expected);
  });
}

TEST_CASE("merging distributions is the distribution of all values, in any grouping") {
  test::check_property([] {
    const Values a = *some_values();
    const Values b = *some_values();
    const Values c = *some_values();
    Values all = a;
    all.insert(all.end(), b.begin(), b.end());
    all.insert(all.end(), c.begin(), c.end());
    Distribution left = distribution_of(a);
    left.merge(distribution_of(b));
    left.merge(distribution_of(c));
    Distribution right = distribution_of(c);
    right.merge(distribution_of(b));
    Distribution grouped = distribution_of(a);
    grouped.merge(right);
    RC_ASSERT(left == distribution_of(all));
    RC_ASSERT(grouped == left);
    RC_ASSERT(left.size() == all.size());
  });
}

TEST_CASE("sorted values merged into a distribution, few or many, are in it") {
  test::check_property([] {
    Values all;
    Distribution distribution;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      // From none to a few that are far fewer than what is there.
      Values values = *rc::gen::oneOf(some_values(), rc::gen::resize(3, some_values()),
                                      rc::gen::container<Values>(200, rc::gen::arbitrary<std::int64_t>()));
      std::sort(values.begin(), values.end());
      distribution.merge_ascending(values);
      all.insert(all.end(), values.begin(), values.end());
      RC_ASSERT(distribution == distribution_of(all));
    }
  });
}

TEST_CASE("several percentiles at once are those asked for one by one, in any order") {
  test::check_property([] {
    const Distribution distribution = distribution_of(*rc::gen::nonEmpty(some_values()));
    const auto ps = *rc::gen::container<std::vector<double>>(rc::gen::element(0.0, 0.01, 0.5, 0.95, 0.99, 1.0));
    std::vector<double> results;
    distribution.percentiles(ps, [&](double result) { results.push_back(result); });
    RC_ASSERT(results.size() == ps.size());
    for (std::size_t i = 0; i < ps.size(); ++i) RC_ASSERT(results[i] == distribution.percentile(ps[i]));
  });
}

TEST_CASE("a distribution that was cleared is as new") {
  Distribution distribution = distribution_of({1, 1, 2});
  distribution.clear();
  CHECK(distribution == Distribution());
}

TEST_CASE("many distributions merged at once are the distribution of all values") {
  test::check_property([] {
    Values all;
    DistributionMerger merger;
    for (const Values& values : *rc::gen::container<std::vector<Values>>(some_values())) {
      all.insert(all.end(), values.begin(), values.end());
      merger.add(distribution_of(values));
    }
    RC_ASSERT(merger.finish() == distribution_of(all));
    RC_ASSERT(merger.finish().empty());
  });
}

TEST_CASE("adding values one by one gives the same as taking them at once") {
  test::check_property([] {
    const Values values = *some_values();
    Distribution one_by_one;
    for (const std::int64_t value : values) one_by_one.add(value);
    RC_ASSERT(one_by_one == distribution_of(values));
  });
}

TEST_CASE("a distribution reads back as it was written, and damaged bytes are refused") {
  test::check_property([] {
    const Distribution distribution = distribution_of(*some_values());
    std::string bytes;
    distribution.encode(bytes);
    ByteReader in(bytes);
    RC_ASSERT(Distribution::decode(in) == distribution);
    RC_ASSERT(in.at_end());
    ByteReader cut(std::string_view(bytes).substr(0, bytes.size() - 1));
    RC_ASSERT_THROWS_AS(Distribution::decode(cut), StoreError);
  });
}

TEST_CASE("distributions are laid out as documented") {
  const auto bytes_of = [](const Distribution& distribution) {
    std::string bytes;
    distribution.encode(bytes);
    return bytes;
  };
  CHECK(bytes_of({}) == std::string("\0", 1));
  CHECK(bytes_of(distribution_of({1})) == "\x02\x02");
  CHECK(bytes_of(distribution_of({-1, 4})) == "\x04\x01\x03\x05");
  // Two distinct values, 1 and 3 more of the second: widths 2 and 2.
  CHECK(bytes_of(distribution_of({0, 2, 2, 2, 2})) == std::string("\x05\x00\x02\x02\x02\x0c", 6));
}

TEST_CASE("a distribution that says to be longer than its record can hold is refused") {
  std::string bytes;
  put_varint(bytes, std::uint64_t{1} << 40);
  bytes += std::string(20, '\x01');
  ByteReader in(bytes);
  CHECK_THROWS_AS(Distribution::decode(in), StoreError);
}

TEST_CASE("counts that no bucket reaches are refused, not counted in") {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  // The last ones are more than a double's digits, or 64 bits, can count.
  for (const Values& counts : {Values{kMost, 1}, Values{1, (std::int64_t{1} << 60) + 200},
                               Values(2, std::numeric_limits<std::int64_t>::max()), Values{5, -1}}) {
    CHECK_THROWS_AS(Distribution::from({7, 9}, counts), InputError);
    std::string bytes;
    put_varint(bytes, 2 << 1 | 1);
    put_signed(bytes, 7);
    put_packed(bytes, 1, [](std::size_t) { return std::uint64_t{2}; });
    put_packed(bytes, 2, [&](std::size_t i) { return static_cast<std::uint64_t>(counts[i]) - 1; });
    ByteReader in(bytes);
    CHECK_THROWS_AS(Distribution::decode(in), StoreError);
  }
  CHECK(Distribution::from({7, 9}, {kMost - 2, 1}).percentile(1) == 9);
}

TEST_CASE("counts are kept only when a value repeats") {
  CHECK(distribution_of({3, 1, 2}).counts().empty());
  CHECK(distribution_of({3, 1, 3}).counts() == Values{1, 2});
  CHECK(Distribution::from({1, 2}, {1, 1}).counts().empty());
}

TEST_CASE("what is no distribution is refused") {
  CHECK_THROWS_AS(Distribution::from({2, 1}, {}), InputError);
  CHECK_THROWS_AS(Distribution::from({1, 1}, {}), InputError);
  CHECK_THROWS_AS(Distribution::from({1, 2}, {1}), InputError);
  CHECK_THROWS_AS(Distribution::from({1}, {0}), InputError);
}

}  // namespace tidemark
