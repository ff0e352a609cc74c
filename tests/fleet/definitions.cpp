#include "fleet/definitions.hpp"

#include <algorithm>
#include <set>

namespace tidemark::fleet {
namespace {

bool failed(const Span& span) { return span.result && (*span.result == "failure" || *span.result == "timeout"); }
bool on_main(const Span& span) { return span.main.value_or(false); }

const TextOf kResult = [](const Span& span) { return span.result; };
const TextOf kJob = [](const Span& span) { return std::optional(span.job); };

std::string tags_text(const Span& span) {
  const std::set<std::string> sorted(span.tags.begin(), span.tags.end());
  std::string text;
  for (const std::string& tag : sorted) text += (text.empty() ? "" : ",") + tag;
  return text;
}

/// Every aggregate that there is, current at once but for the last three.
Rollup hourly() {
  return {.name = "hourly",
          .by = {"owner", "job"},
          .every = hours(1),
          .is_inline = true,
          .bucket_retention = {},
          .distribution_retention = {},
          .columns = {
              {"runs", "count()", count()},
              {"marks", "sum(mark)", sum(kMark)},
              {"failures", "count() where result in ('failure', 'timeout')", count(failed)},
              {"sum_took", "sum(took)", sum(kTook)},
              {"min_took", "min(took)", min(kTook)},
              {"max_took", "max(took) where main", max(kTook, on_main)},
              {"avg_cost", "avg(cost)", avg(kCost)},
              {"sum_cost", "sum(cost)", sum(kCost)},
              {"first_result", "first(result)", first(kResult)},
              {"last_result", "last(result)", last(kResult)},
              {"cost_by_took", "corr(cost, took)", corr(kCost, kTook)},
              {"median_took", "median(took)", percentile(0.5, kTook), true, true},
              {"p95_cost", "percentile_cont(0.95, cost) where main", percentile(0.95, kCost, on_main), true, true},
              {"results", "count_distinct(result)", count_distinct(kResult), true},
          }};
}

/// Computed as a whole by the recompute pass.
Rollup quarterly() {
  return {.name = "quarterly",
          .by = {"owner", "tags"},
          .every = minutes(15),
          .is_inline = false,
          .bucket_retention = {},
          .distribution_retention = {},
          .columns = {
              {"runs", "count()", count(), true},
              {"marks", "sum(mark)", sum(kMark), true},
              {"sum_took", "sum(took) where main", sum(kTook, on_main), true},
              {"p90_took", "percentile_cont(0.9, took)", percentile(0.9, kTook), true, true},
              {"p10_took", "percentile_cont(0.1, took)", percentile(0.1, kTook), true, true},
              {"jobs", "count_distinct(job)", count_distinct(kJob), true},
              {"last_job", "last(job)", last(kJob), true},
          }};
}

/// One bucket per key, for ever.
Rollup ever() {
  return {.name = "ever",
          .by = {"owner", "job"},
          .every = {},
          .is_inline = true,
          .bucket_retention = {},
          .distribution_retention = {},
          .columns = {
              {"runs", "count()", count()},
              {"marks", "sum(mark)", sum(kMark)},
              {"sum_cost", "sum(cost)", sum(kCost)},
              {"last_end", "max(ended_at)", latest_end()},
              {"last_result", "last(result)", last(kResult)},
              {"max_cost", "max(cost)", max(kCost)},
          }};
}

/// Gone from the store after a day.
Rollup brief() {
  return {.name = "brief",
          .by = {"owner"},
          .every = hours(1),
          .is_inline = true,
          .bucket_retention = days(1),
          .distribution_retention = {},
          .columns = {
              {"runs", "count()", count()},
              {"marks", "sum(mark)", sum(kMark)},
              {"sum_cost", "sum(cost)", sum(kCost)},
              {"median_cost", "median(cost)", percentile(0.5, kCost), true, true},
          }};
}

/// Final, and without distributions, after 18 hours.
Rollup slim() {
  return {.name = "slim",
          .by = {"job"},
          .every = hours(1),
          .is_inline = false,
          .bucket_retention = {},
          .distribution_retention = hours(18),
          .columns = {
              {"runs", "count()", count(), true},
              {"marks", "sum(mark)", sum(kMark), true},
              {"p75_took", "percentile_cont(0.75, took)", percentile(0.75, kTook), true, true},
          }};
}

std::string quoted(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "\"" : ", \"") + word + '"';
  return '[' + text + ']';
}

constexpr std::string_view kSource = R"toml(
time = "ended_at"
allowed_lateness = "10m"
[source.run.fields]
owner = "text"
job = "text"
tags = "labels"
result = "result"
main = "boolean"
started_at = "instant"
ended_at = "instant"
took = "ended_at - started_at"
cost = "number(0.01)"
mark = "number(1)"
)toml";

}  // namespace

std::string Rollup::key_of(const Span& span, const std::vector<std::string>& wanted) const {
  std::string key;
  for (const std::string& dimension : wanted) {
    if (!key.empty()) key += '/';
    key += dimension == "owner" ? span.owner : dimension == "job" ? span.job : tags_text(span);
  }
  return key;
}

Instant Rollup::start_of(const Span& span) const {
  if (!every) return {};
  return {span.ended.us - span.ended.us % every->count};
}

void Covered::add(const Spans& spans, std::size_t computed_spans) {
  updated.insert(updated.end(), spans.begin(), spans.end());
  computed.insert(computed.end(), spans.begin(), spans.begin() + static_cast<std::ptrdiff_t>(computed_spans));
}

std::vector<std::string> Rollup::row(const Covered& spans) const {
  std::vector<std::string> values;
  for (const Column& column : columns)
    values.push_back(column.formula(column.computed ? spans.computed : spans.updated));
  return values;
}

const std::array<Rollup, kRollups>& rollups() {
  static const std::array<Rollup, kRollups> all = {hourly(), quarterly(), ever(), brief(), slim()};
  return all;
}

std::string definitions_toml() {
  std::string toml = "[source.run]\nretention = \"" + format_duration(kRetention) + "\"\nidentity_retention = \"" +
                     format_duration(kIdentityRetention) + '"';
  toml += kSource;
  for (const Rollup& rollup : rollups()) {
    toml += "[rollup." + rollup.name + "]\nsource = \"run\"\nby = " + quoted(rollup.by) + '\n';
    if (rollup.every) toml += "every = \"" + format_duration(*rollup.every) + "\"\n";
    toml += rollup.is_inline ? "inline = true\n" : "inline = false\n";
    if (rollup.bucket_retention) toml += "bucket_retention = \"" + format_duration(*rollup.bucket_retention) + "\"\n";
    if (rollup.distribution_retention)
      toml += "distribution_retention = \"" + format_duration(*rollup.distribution_retention) + "\"\n";
    toml += "[rollup." + rollup.name + ".columns]\n";
    for (const Column& column : rollup.columns) toml += column.name + " = \"" + column.expression + "\"\n";
  }
  return toml;
}

}  // namespace tidemark::fleet
