#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <string>

#include "model/distribution.hpp"
#include "model/key.hpp"

/// Keys and distributions. An item is a key, or one of a distribution's values.
namespace tidemark::bench {
namespace {

std::vector<std::int64_t> durations(std::size_t count, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> duration(std::log(60e6), 1.2);
  std::vector<std::int64_t> values(count);
  for (std::int64_t& value : values) value = static_cast<std::int64_t>(duration(random));
  return values;
}

Distribution distribution(std::size_t count, std::uint64_t seed = 1) {
  std::vector<std::int64_t> values = durations(count, seed);
  return Distribution::of(values);
}

void key(benchmark::State& state) {
  for (auto _ : state) {
    std::string bytes;
    for (const char* text : {"spruce", "spruce/gateway", "nightly", "integration-tests"}) append_key_text(bytes, text);
    benchmark::DoNotOptimize(key_digest(bytes));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(key);

/// Other values every time: a processor learns the order of a few hundred.
void distribution_of(benchmark::State& state) {
  std::vector<std::vector<std::int64_t>> inputs;
  for (std::uint64_t seed = 0; seed < 64; ++seed)
    inputs.push_back(durations(static_cast<std::size_t>(state.range(0)), seed));
  std::size_t at = 0;
  for (auto _ : state) {
    auto copy = inputs[at++ % inputs.size()];
    benchmark::DoNotOptimize(Distribution::of(copy));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(distribution_of)->Arg(2)->Arg(10)->Arg(125)->Arg(2300)->Arg(50'000);

void distribution_merge(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Distribution a = distribution(count), b = distribution(count, 2);
  for (auto _ : state) {
    Distribution sum = a;
    sum.merge(b);
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * 2);
}
BENCHMARK(distribution_merge)->Arg(10)->Arg(125)->Arg(2300)->Arg(50'000);

void distribution_encode(benchmark::State& state) {
  const Distribution values = distribution(static_cast<std::size_t>(state.range(0)));
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    values.encode(bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes_per_value"] = static_cast<double>(bytes.size()) / static_cast<double>(state.range(0));
}
BENCHMARK(distribution_encode)->Arg(10)->Arg(125)->Arg(2300);

void distribution_decode(benchmark::State& state) {
  std::string bytes;
  distribution(static_cast<std::size_t>(state.range(0))).encode(bytes);
  for (auto _ : state) {
    ByteReader in(bytes);
    benchmark::DoNotOptimize(Distribution::decode(in));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(distribution_decode)->Arg(10)->Arg(125)->Arg(2300);

void percentile(benchmark::State& state) {
  const Distribution values = distribution(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(values.percentile(0.95));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(percentile)->Arg(10)->Arg(2300);

}  // namespace
}  // namespace tidemark::bench
