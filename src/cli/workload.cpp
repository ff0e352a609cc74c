#include "cli/workload.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace tidemark::cli {

namespace {

constexpr std::array<std::string_view, 20> kOwners = {
    "alder", "birch", "cedar", "dogwood", "elm", "fir",  "ginkgo", "hazel", "ivy",    "juniper",
    "kapok", "larch", "maple", "nutmeg",  "oak", "pine", "quince", "rowan", "spruce", "tamarack"};
constexpr std::array<std::string_view, 13> kRepositories = {
    "api", "web", "mobile", "billing", "search", "infra", "docs", "data", "auth", "gateway", "worker", "tools", "sdk"};
constexpr std::array<std::string_view, 4> kPipelines = {"ci", "release", "nightly", "deploy"};
constexpr std::array<std::string_view, 12> kJobs = {"build",    "unit-tests",    "lint",      "integration-tests",
                                                    "package",  "deploy",        "e2e",       "docs",
                                                    "coverage", "security-scan", "benchmark", "publish"};
constexpr std::array<std::string_view, 8> kSuites = {"core", "http", "store", "auth", "ui", "jobs", "cache", "mail"};
constexpr std::size_t kTests = 40, kBranches = 30, kRunners = 200;

/// How many pipelines and jobs each owner has is drawn with this seed, whatever the user's: different histories of the
/// same fleet. Of some thousand fleets it came closest to the figures in docs/cli.md.
constexpr std::uint64_t kFleetSeed = 2322;

/// Load by hour of the day, UTC: 1 + 0.8 sin, least at two in the night.
constexpr std::array<int, 24> kDailyLoad = {307,  227,  200,  227,  307,  434,  600,  793,  1000, 1207, 1400, 1566,
                                            1693, 1773, 1800, 1773, 1693, 1566, 1400, 1207, 1000, 793,  600,  434};

std::string numbered(const char* format, std::size_t n) {
  char text[32];
  std::snprintf(text, sizeof text, format, n);
  return text;
}

Micros lognormal(Random& random, double median_us, double sigma, Micros cap) {
  const double us = median_us * portable_exp(sigma * random.normal());
  return std::min(cap, Micros{std::llround(us)});
}

std::string_view pick_result(Random& random, std::string_view third) {
  const std::uint64_t percent = random.below(100);
  return percent < 85 ? "success" : percent < 97 ? "failure" : third;
}

std::vector<Zipf> zipfs(std::size_t most, double exponent) {
  std::vector<Zipf> out;
  for (std::size_t n = 0; n <= most; ++n) out.emplace_back(n, exponent);
  return out;
}

}  // namespace

Workload::Workload(const WorkloadOptions& options)
    : options_(options),
      pick_owner_(kOwners.size(), 1.0),
      pick_pipeline_(zipfs(50, 1.1)),
      pick_job_(zipfs(kJobs.size(), 0.9)),
      pick_suite_(kSuites.size(), 0.5),
      pick_test_(kTests, 0.9) {
  // Two different histories never share an id, so that ingesting both gives no duplicates.
  for (const std::uint64_t word :
       {options.seed, options.spans, static_cast<std::uint64_t>(options.from.us),
        static_cast<std::uint64_t>(options.to.us), static_cast<std::uint64_t>(options.mix)}) {
    id_base_ = mix64(id_base_ ^ word);
  }
  texts_.reserve(kOwners.size() * kRepositories.size() + kRunners + kTests + kBranches);
  make_owners();
  make_runners();
  for (std::size_t i = 0; i < kTests; ++i) tests_.push_back(keep(numbered("test_%02zu", i)));
  for (std::size_t i = 0; i < kBranches; ++i) branches_.push_back(keep(numbered("feature-%zu", i + 1)));
  make_load_curve();
}

std::string_view Workload::keep(std::string text) { return texts_.emplace_back(std::move(text)); }

void Workload::make_owners() {
  Random random(kFleetSeed, 1);
  std::size_t jobs = 0;
  for (const std::string_view name : kOwners) {
    Owner& owner = owners_.emplace_back();
    owner.name = name;
    owner.pipelines.resize(random.between(5, 50));
    for (std::size_t i = 0; i < owner.pipelines.size(); ++i) {
      Pipeline& pipeline = owner.pipelines[i];
      pipeline.name = kPipelines[i % kPipelines.size()];
      pipeline.repository = i % kPipelines.size() != 0
                                ? owner.pipelines[i - 1].repository
                                : keep(std::string(name) + '/' + std::string(kRepositories[i / kPipelines.size()]));
      pipeline.jobs = random.between(3, 12);
      pipeline.first_job = jobs;
      jobs += pipeline.jobs;
    }
  }
}

void Workload::make_runners() {
  label_sets_ = {{"linux"},
                 {"self-hosted", "linux"},
                 {"linux", "x64"},
                 {"self-hosted", "linux", "x64"},
                 {"self-hosted", "linux", "arm64"},
                 {"self-hosted", "linux", "x64", "docker"},
                 {"self-hosted", "linux", "x64", "gpu"},
                 {"linux", "large"},
                 {"macos"},
                 {"macos", "arm64"},
                 {"windows"},
                 {"windows", "x64", "large"},
                 {"ubuntu-22.04"},
                 {"self-hosted", "linux", "spot"},
                 {"self-hosted", "linux", "x64", "größe-l"}};
  for (auto& set : label_sets_) std::sort(set.begin(), set.end());
  for (std::size_t i = 0; i < kRunners; ++i) runners_.push_back(keep(numbered("runner-%03zu", i)));
}

void Workload::make_load_curve() {
  double load = 0;
  for (Instant t = options_.from; t < options_.to;) {
    load_.push_back({t, load});
    const Instant end = std::min(options_.to, window_start(t, hours(1)) + hours(1));
    const auto hour = static_cast<std::size_t>((t - window_start(t, days(1))).count / hours(1).count);
    load += kDailyLoad[hour] * static_cast<double>((end - t).count);
    t = end;
  }
  load_.push_back({options_.to, load});
  for (Step& step : load_) step.load_before /= load;
}

Instant Workload::end_of(std::uint64_t i, Random& random) const {
  // One span in each of `spans` equal shares of the load: in order, without keeping them.
  const double load = (static_cast<double>(i) + random.uniform()) / static_cast<double>(options_.spans);
  const auto after = std::upper_bound(load_.begin() + 1, load_.end() - 1, load,
                                      [](double l, const Step& step) { return l < step.load_before; });
  const Step& step = *(after - 1);
  const double share = (load - step.load_before) / (after->load_before - step.load_before);
  const auto width = static_cast<double>((after->start - step.start).count);
  return std::min(step.start + Micros{static_cast<std::int64_t>(share * width)}, after->start - Micros{1});
}

WorkloadSpan Workload::span(std::uint64_t i) const {
  Random random(options_.seed, i);
  WorkloadSpan span;
  span.id = mix64(id_base_ ^ i);
  if (span.id == 0) span.id = mix64(id_base_ ^ ~i);
  span.ended_at = end_of(i, random);
  const std::uint64_t of_ten = options_.mix == SpanMix::all ? random.below(10) : 0;
  if (options_.mix == SpanMix::pipelines || of_ten == 6) span.kind = SpanKind::pipeline;
  if (options_.mix == SpanMix::tests || of_ten > 6) span.kind = SpanKind::test;

  const Owner& owner = owners_[pick_owner_.pick(random)];
  const Pipeline& pipeline = owner.pipelines[pick_pipeline_[owner.pipelines.size()].pick(random)];
  span.owner = owner.name;
  span.repository = pipeline.repository;
  if (span.kind == SpanKind::test)
    fill_test(span, random);
  else
    span.pipeline = pipeline.name;
  if (span.kind == SpanKind::job) fill_job(span, pipeline, random);
  if (span.kind != SpanKind::job) {
    span.default_branch = random.below(10) < 6;
    span.branch = span.default_branch ? "main" : branches_[random.below(kBranches)];
  }
  span.result = pick_result(random, span.kind == SpanKind::test ? "skip" : "cancellation");
  fill_times(span, random);
  return span;
}

void Workload::fill_job(WorkloadSpan& span, const Pipeline& pipeline, Random& random) const {
  const std::size_t job = pick_job_[pipeline.jobs].pick(random);
  span.job = kJobs[job];
  // A job always asks for the same labels; any of the runners that have them takes it.
  const std::size_t sets = label_sets_.size();
  const std::size_t set = mix64(pipeline.first_job + job) % sets;
  span.labels = &label_sets_[set];
  span.first_label = random.below(span.labels->size());
  span.runner = runners_[set + sets * random.below((kRunners - set + sets - 1) / sets)];
}

void Workload::fill_test(WorkloadSpan& span, Random& random) const {
  span.suite = kSuites[pick_suite_.pick(random)];
  span.test = tests_[pick_test_.pick(random)];
}

void Workload::fill_times(WorkloadSpan& span, Random& random) const {
  const Micros cap = hours(6);
  switch (span.kind) {
    case SpanKind::job: span.started_at = span.ended_at - lognormal(random, 60e6, 1.2, cap); break;
    case SpanKind::pipeline: span.started_at = span.ended_at - lognormal(random, 300e6, 1.0, cap); break;
    case SpanKind::test: span.started_at = span.ended_at - lognormal(random, 0.5e6, 1.2, cap); break;
  }
  if (span.kind == SpanKind::job) span.queued_at = span.started_at - lognormal(random, 4e6, 1.5, days(30));
}

Delivery::Delivery(std::uint64_t spans, const DeliveryOptions& options)
    : options_(options),
      spans_(spans),
      permutation_(std::max<std::uint64_t>(spans, 1), options.seed),
      late_pass_(options.part == DeliveryOptions::Part::late) {}

bool Delivery::is_late(std::uint64_t index) const {
  if (options_.late_percent <= 0) return false;
  return Random(options_.seed ^ 0x6c617465, index).uniform() * 100 < options_.late_percent;
}

bool Delivery::next_original(std::uint64_t& index) {
  for (;;) {
    if (position_ == spans_) {
      if (late_pass_ || options_.part == DeliveryOptions::Part::on_time || options_.late_percent <= 0) return false;
      late_pass_ = true;
      position_ = 0;
      continue;
    }
    index = options_.shuffle ? permutation_(position_) : position_;
    ++position_;
    if (is_late(index) == late_pass_) return true;
  }
}

bool Delivery::next(std::uint64_t& index) {
  constexpr std::uint64_t kLag = 997;
  const bool waiting = again_taken_ < again_.size();
  if (!waiting || again_[again_taken_].due > delivered_) {
    if (next_original(index)) {
      ++delivered_;
      if (options_.duplicate_every != 0 && delivered_ % options_.duplicate_every == 0) {
        again_.push_back({delivered_ + kLag, index});
      }
      return true;
    }
    if (!waiting) return false;
  }
  index = again_[again_taken_++].index;
  if (again_taken_ == again_.size()) again_.clear(), again_taken_ = 0;
  return true;
}

}  // namespace tidemark::cli
