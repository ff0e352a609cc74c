#include "model/aggregate.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "model/span_batch.hpp"
#include "support/property.hpp"

namespace tidemark {
namespace {

constexpr AggregateKind kKinds[] = {
    AggregateKind::count, AggregateKind::sum,  AggregateKind::min,            AggregateKind::max,             AggregateKind::avg,
    AggregateKind::first, AggregateKind::last, AggregateKind::count_distinct, AggregateKind::percentile_cont, AggregateKind::corr,
};

struct Input {
  std::int64_t value, second;
  Instant time;
  Digest identity;
};

std::vector<Input> some_inputs() {
  std::vector<Input> inputs(*rc::gen::inRange<std::size_t>(0, 12));
  for (Input& input : inputs) {
    input.value = *rc::gen::oneOf(rc::gen::just(kNull), rc::gen::inRange<std::int64_t>(-4, 5),
                                  rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 1'000'000'000'000));
    input.second = *rc::gen::oneOf(rc::gen::just(kNull), rc::gen::inRange<std::int64_t>(-1000, 1000));
    input.time.us = *rc::gen::inRange(0, 3);
    input.identity = digest_of(std::to_string(*rc::gen::arbitrary<int>()));
  }
  return inputs;
}

void add(const Aggregate& aggregate, State& state, const Input& input) {
  Contribution c;
  c.value = input.value;
  c.second = input.second;
  c.time = input.time;
  c.identity = &input.identity;
  aggregate.add(state, c);
}

std::string bytes_of(const Aggregate& aggregate, const State& state) {
  std::string bytes;
  aggregate.encode(state, bytes);
  return bytes;
}

ColumnDef seconds_column(AggregateKind kind) {
  ColumnDef column;
  column.kind = kind;
  column.percentile = 0.5;
  column.type = FieldType::duration;
  column.unit = ColumnUnit::scaled;
  column.divisor = 1'000'000;
  return column;
}

Cell result_of_values(AggregateKind kind, const std::vector<std::pair<std::int64_t, std::int64_t>>& values) {
  State state;
  int n = 0;
  for (const auto& [value, second] : values) add(aggregate_of(kind), state, {value, second, Instant{n}, digest_of(std::to_string(n++))});
  return aggregate_of(kind).result(state, seconds_column(kind));
}

}  // namespace

TEST_CASE("values taken as a run give the state of values added one by one") {
  for (const AggregateKind kind : kKinds) {
    const ValueAggregate* aggregate = value_aggregate_of(kind);
    if (aggregate == nullptr) continue;
    INFO(name_of(kind));
    test::check_property([&] {
      State by_one;
      State by_run;
      for (int runs = *rc::gen::inRange(0, 4); runs > 0; --runs) {
        std::vector<std::int64_t> values;
        for (const Input& input : some_inputs()) {
          add(*aggregate, by_one, input);
          if (input.value != kNull) values.push_back(input.value);
        }
        std::sort(values.begin(), values.end());
        aggregate->add_run(by_run, {values.size(), values});
      }
      RC_ASSERT(bytes_of(*aggregate, by_run) == bytes_of(*aggregate, by_one));
    });
  }
  for (const AggregateKind kind : {AggregateKind::first, AggregateKind::last, AggregateKind::count_distinct, AggregateKind::corr})
    CHECK(value_aggregate_of(kind) == nullptr);
}

TEST_CASE("every aggregate's state is the same, bit for bit, in any order and grouping") {
  for (const AggregateKind kind : kKinds) {
    const Aggregate& aggregate = aggregate_of(kind);
    INFO(name_of(kind));
    const bool holds = rc::check([&] {
      const auto inputs = some_inputs();
      State forwards;
      State backwards;
      State parts[3];
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        add(aggregate, forwards, inputs[i]);
        add(aggregate, backwards, inputs[inputs.size() - 1 - i]);
        add(aggregate, parts[*rc::gen::inRange(0, 3)], inputs[i]);
      }
      aggregate.merge(parts[2], parts[0]);
      aggregate.merge(parts[1], parts[2]);
      const ColumnDef column = seconds_column(kind);
      RC_ASSERT(bytes_of(aggregate, forwards) == bytes_of(aggregate, backwards));
      RC_ASSERT(bytes_of(aggregate, forwards) == bytes_of(aggregate, parts[1]));
      RC_ASSERT(aggregate.result(forwards, column) == aggregate.result(parts[1], column));
    });
    CHECK(holds);
  }
}

TEST_CASE("every aggregate's state reads back as it was written") {
  for (const AggregateKind kind : kKinds) {
    const Aggregate& aggregate = aggregate_of(kind);
    INFO(name_of(kind));
    const bool holds = rc::check([&] {
      State state;
      for (const Input& input : some_inputs()) add(aggregate, state, input);
      const std::string bytes = bytes_of(aggregate, state);
      ByteReader in(bytes);
      State read;
      aggregate.decode(in, read);
      RC_ASSERT(in.at_end());
      RC_ASSERT(bytes_of(aggregate, read) == bytes);
    });
    CHECK(holds);
  }
}

TEST_CASE("aggregates over no values are NULL, and counts are 0, as in SQL") {
  for (const AggregateKind kind : kKinds) {
    INFO(name_of(kind));
    const Cell cell = result_of_values(kind, {{kNull, kNull}});
    if (kind == AggregateKind::count || kind == AggregateKind::count_distinct)
      CHECK(cell == Cell(std::int64_t{0}));
    else
      CHECK(is_null(cell));
  }
}

TEST_CASE("seconds are microseconds divided once") {
  CHECK(result_of_values(AggregateKind::min, {{1'100'000, 0}, {2'000'000, 0}}) == Cell(1.1));
  CHECK(result_of_values(AggregateKind::sum, {{1'100'000, 0}, {2'000'000, 0}}) == Cell(Decimal{3'100'000, 1'000'000}));
  CHECK(result_of_values(AggregateKind::avg, {{1, 0}, {2, 0}}) == Cell(1.5e-6));
  CHECK(result_of_values(AggregateKind::percentile_cont, {{1, 0}, {2, 0}}) == Cell(1.5 / 1e6));
}

TEST_CASE("corr is 1 for a line, -1 for a falling one and NULL for a constant") {
  CHECK(result_of_values(AggregateKind::corr, {{1, 10}, {2, 20}, {3, 30}}) == Cell(1.0));
  CHECK(result_of_values(AggregateKind::corr, {{1, 30}, {2, 20}, {3, 10}}) == Cell(-1.0));
  CHECK(is_null(result_of_values(AggregateKind::corr, {{1, 5}, {2, 5}, {3, 5}})));
  CHECK(std::get<double>(result_of_values(AggregateKind::corr, {{1, 1}, {2, 3}, {3, 2}, {4, 4}})) == Approx(0.8).epsilon(1e-12));
}

TEST_CASE("corr says NULL, in any order, when its moments leave 128 bits") {
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max();
  CHECK(is_null(result_of_values(AggregateKind::corr, {{huge, 1}, {huge - 5, 2}, {huge, 3}, {1, 2}})));
  CHECK(is_null(result_of_values(AggregateKind::corr, {{1, 2}, {huge, 3}, {huge - 5, 2}, {huge, 1}})));
}

TEST_CASE("a distribution that was dropped keeps its percentiles and takes no more values") {
  State state;
  auto& held = state.get_or_make<DistributionState>();
  held.dropped = true;
  held.results = {{0.5, 2'500'000.0}};
  const Aggregate& aggregate = aggregate_of(AggregateKind::percentile_cont);
  CHECK(aggregate.result(state, seconds_column(AggregateKind::percentile_cont)) == Cell(2.5));
  CHECK_THROWS_AS(add(aggregate, state, {1, 1, Instant{}, Digest{}}), StoreError);
}

TEST_CASE("what is removed and merged again gives what there was, and counts, sums and distributions lose it meanwhile") {
  for (const AggregateKind kind : kKinds) {
    const Aggregate& aggregate = aggregate_of(kind);
    test::check_property([&] {
      State all;
      State part;
      State rest;
      for (const Input& input : some_inputs()) {
        add(aggregate, all, input);
        add(aggregate, part, input);
      }
      for (const Input& input : some_inputs()) {
        add(aggregate, all, input);
        add(aggregate, rest, input);
      }
      State left = all;
      aggregate.remove(left, part);
      const bool gives_back = kind == AggregateKind::count || kind == AggregateKind::sum ||
                              kind == AggregateKind::avg || kind == AggregateKind::percentile_cont ||
                              kind == AggregateKind::corr;
      if (gives_back) RC_ASSERT(bytes_of(aggregate, left) == bytes_of(aggregate, rest));
      aggregate.merge(left, part);
      RC_ASSERT(bytes_of(aggregate, left) == bytes_of(aggregate, all));
    });
  }
}

}  // namespace tidemark
