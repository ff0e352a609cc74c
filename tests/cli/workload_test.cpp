#include "cli/workload.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <unordered_map>

#include "cli/workload_text.hpp"

using namespace tidemark;
using namespace tidemark::cli;

namespace {

WorkloadOptions two_days(std::uint64_t spans, SpanMix mix = SpanMix::jobs) {
  WorkloadOptions options;
  options.spans = spans;
  options.from = *parse_rfc3339("2026-01-01T00:00:00Z");
  options.to = options.from + hours(48);
  options.mix = mix;
  return options;
}

std::string ndjson(const Workload& workload) {
  std::string out;
  for (std::uint64_t i = 0; i < workload.size(); ++i) append_ndjson(out, workload.span(i));
  return out;
}

std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::vector<std::uint64_t> delivered(std::uint64_t spans, const DeliveryOptions& options) {
  std::vector<std::uint64_t> out;
  Delivery delivery(spans, options);
  for (std::uint64_t index = 0; delivery.next(index);) out.push_back(index);
  return out;
}

}  // namespace

TEST_CASE("log and exp of our own agree with the C library's") {
  for (double x = 1e-9; x < 1e12; x *= 1.7) {
    CHECK(portable_log(x) == Approx(std::log(x)).epsilon(1e-13));
    CHECK(portable_exp(std::log(x)) == Approx(x).epsilon(1e-12));
  }
  CHECK(portable_exp(0) == 1);
  CHECK(portable_log(1) == 0);
}

TEST_CASE("a permutation visits everything once") {
  for (const std::uint64_t n : {1, 2, 3, 63, 64, 1000, 4097}) {
    const Permutation permutation(n, 7);
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < n; ++i) seen.insert(permutation(i));
    CHECK(seen.size() == n);
    CHECK(*seen.rbegin() == n - 1);
  }
}

TEST_CASE("a seed gives the same bytes on every machine") {
  // If this fails, every stored result of a benchmark is of another workload: change it knowingly.
  const std::string lines = ndjson(Workload(two_days(3)));
  CHECK(lines.substr(0, lines.find('\n')) ==
        "{\"source\":\"job\",\"id\":\"a7bc05e628fbd3ff\",\"owner\":\"ivy\",\"repository\":\"ivy/billing\","
        "\"pipeline\":\"deploy\",\"job\":\"lint\",\"runner\":\"runner-159\",\"labels\":[\"arm64\",\"macos\"],"
        "\"result\":\"success\",\"queued_at\":\"2026-01-01T12:42:22.350495Z\","
        "\"started_at\":\"2026-01-01T12:42:49.173418Z\",\"ended_at\":\"2026-01-01T12:44:37.023532Z\"}");
  CHECK(fnv1a(ndjson(Workload(two_days(20000, SpanMix::all)))) == 0x33082f49cb171f2d);
}

TEST_CASE("another seed or another window gives other spans with other ids") {
  WorkloadOptions options = two_days(1000);
  const Workload first(options);
  options.seed = 2;
  const Workload second(options);
  options.seed = 1;
  options.to = options.to + hours(1);
  const Workload third(options);
  std::set<std::uint64_t> ids;
  for (std::uint64_t i = 0; i < 1000; ++i) ids.insert({first.span(i).id, second.span(i).id, third.span(i).id});
  CHECK(ids.size() == 3000);
}

TEST_CASE("spans end in order, inside the window, after they started") {
  WorkloadOptions options = two_days(20000, SpanMix::all);
  options.from = options.from + minutes(17);
  options.to = options.from + hours(5);
  const Workload workload(options);
  Instant before = options.from;
  for (std::uint64_t i = 0; i < workload.size(); ++i) {
    const WorkloadSpan span = workload.span(i);
    REQUIRE(before <= span.ended_at);
    REQUIRE(span.ended_at < options.to);
    REQUIRE(span.started_at <= span.ended_at);
    REQUIRE(span.ended_at - span.started_at <= hours(6));
    if (span.kind == SpanKind::job) REQUIRE(span.queued_at <= span.started_at);
    before = span.ended_at;
  }
}

TEST_CASE("all kinds of spans come in their shares") {
  std::map<SpanKind, int> kinds;
  const Workload workload(two_days(20000, SpanMix::all));
  for (std::uint64_t i = 0; i < workload.size(); ++i) ++kinds[workload.span(i).kind];
  CHECK(kinds[SpanKind::job] == Approx(12000).margin(300));
  CHECK(kinds[SpanKind::pipeline] == Approx(2000).margin(200));
  CHECK(kinds[SpanKind::test] == Approx(6000).margin(300));
}

TEST_CASE("a million jobs in 48 hours have the shape that the benchmarks are about") {
  const Workload workload(two_days(1'000'000));
  std::unordered_map<std::string, int> buckets;
  std::map<std::string_view, int> results;
  std::set<std::vector<std::string>> label_sets;
  std::set<std::string_view> runners;
  std::vector<std::int64_t> durations, queues;
  std::string key;
  for (std::uint64_t i = 0; i < workload.size(); ++i) {
    const WorkloadSpan span = workload.span(i);
    key.assign(span.repository).append("\n").append(span.pipeline).append("\n").append(span.job).append("\n");
    key += std::to_string(span.ended_at.us / hours(1).count);
    ++buckets[key];
    ++results[span.result];
    if (i % 16 == 0) {
      label_sets.insert(*span.labels);
      runners.insert(span.runner);
      durations.push_back((span.ended_at - span.started_at).count);
      queues.push_back((span.started_at - span.queued_at).count);
    }
  }
  std::vector<int> sizes;
  for (const auto& [bucket, n] : buckets) sizes.push_back(n);
  std::sort(sizes.begin(), sizes.end());
  const auto share = [&](int n) {
    return static_cast<double>(std::count(sizes.begin(), sizes.end(), n)) / static_cast<double>(sizes.size());
  };
  const auto median = [](std::vector<std::int64_t>& v) {
    std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
    return static_cast<double>(v[v.size() / 2]) / 1e6;
  };
  std::printf("1,000,000 jobs: %zu buckets, one span %.1f %%, two %.1f %%, p99 %d, largest %d\n", sizes.size(),
              share(1) * 100, share(2) * 100, sizes[sizes.size() * 99 / 100], sizes.back());
  CHECK(static_cast<double>(sizes.size()) == Approx(101'102).epsilon(0.03));
  CHECK(share(1) == Approx(0.30).margin(0.04));
  CHECK(share(2) == Approx(0.17).margin(0.02));
  CHECK(sizes[sizes.size() * 99 / 100] == Approx(125).epsilon(0.05));
  CHECK(sizes.back() == Approx(2301).epsilon(0.05));
  CHECK(results["success"] == Approx(850'000).epsilon(0.01));
  CHECK(results["failure"] == Approx(120'000).epsilon(0.02));
  CHECK(results["cancellation"] == Approx(30'000).epsilon(0.03));
  CHECK(label_sets.size() == 15);
  CHECK(runners.size() == 200);
  CHECK(median(durations) == Approx(60).epsilon(0.03));
  CHECK(median(queues) == Approx(4).epsilon(0.05));
}

TEST_CASE("a delivery in order, shuffled, with repeats") {
  CHECK(delivered(5, {}) == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
  CHECK(delivered(0, {}).empty());

  DeliveryOptions options;
  options.shuffle = true;
  options.duplicate_every = 20;
  const std::vector<std::uint64_t> order = delivered(10'000, options);
  CHECK(order.size() == 10'500);
  std::map<std::uint64_t, int> times;
  for (const std::uint64_t i : order) ++times[i];
  CHECK(times.size() == 10'000);
  CHECK(std::count_if(times.begin(), times.end(), [](const auto& t) { return t.second == 2; }) == 500);
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("late spans come last, and the two parts make the whole") {
  DeliveryOptions options;
  options.late_percent = 10;
  const std::vector<std::uint64_t> all = delivered(10'000, options);
  options.part = DeliveryOptions::Part::on_time;
  std::vector<std::uint64_t> parts = delivered(10'000, options);
  const std::size_t on_time = parts.size();
  CHECK(on_time == Approx(9000).margin(200));
  options.part = DeliveryOptions::Part::late;
  const std::vector<std::uint64_t> late = delivered(10'000, options);
  parts.insert(parts.end(), late.begin(), late.end());
  CHECK(parts == all);
  CHECK(std::is_sorted(late.begin(), late.end()));
}

TEST_CASE("instants are written as the library writes them") {
  for (const char* text : {"1970-01-01T00:00:00.000000Z", "2000-02-29T23:59:59.999999Z", "2026-03-01T00:00:00.000001Z",
                           "2100-02-28T12:00:00.500000Z", "9999-12-31T23:59:59.999999Z"}) {
    std::string out;
    append_instant(out, *parse_rfc3339(text));
    CHECK(out == text);
  }
}
