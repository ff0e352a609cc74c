#include <catch2/catch.hpp>

#include "model/schema_toml.hpp"
#include "model/shipped_schema.hpp"

using namespace tidemark;

namespace {

SchemaPtr shipped() { return parse_schema({{"ci.toml", std::string(kShippedCiToml)}}); }

using Names = std::vector<std::string>;

const RollupDef& rollup(const Schema& schema, std::string_view name) {
  const int index = schema.rollup_index(name);
  REQUIRE(index >= 0);
  return schema.rollups[static_cast<std::size_t>(index)];
}

Names columns(const RollupDef& rollup) {
  Names names;
  for (const ColumnDef& column : rollup.columns) names.push_back(column.name);
  return names;
}

Names dimensions(const Schema& schema, const RollupDef& rollup) {
  Names names;
  for (const int field : rollup.by)
    names.push_back(
        schema.sources[static_cast<std::size_t>(rollup.source)].fields[static_cast<std::size_t>(field)].name);
  return names;
}

/// total_runs and the like, and six columns for each measure.
Names metrics(Names counts, const Names& measures) {
  for (const std::string& measure : measures)
    for (const char* aggregate : {"sum", "min", "max", "median", "p95", "p99"})
      counts.push_back(std::string(aggregate) + "_" + measure + "_seconds");
  return counts;
}

}  // namespace

TEST_CASE("the shipped sources keep jobs and pipelines for 30 days and tests for one") {
  const SchemaPtr schema = shipped();
  Names names;
  for (const SourceDef& source : schema->sources) names.push_back(source.name);
  REQUIRE(names == Names{"job", "pipeline", "test"});
  for (const SourceDef& source : schema->sources) {
    CAPTURE(source.name);
    const bool is_test = source.name == "test";
    CHECK(source.retention == (is_test ? days(1) : days(30)));
    CHECK(source.identity_retention == (is_test ? days(7) : days(35)));
    CHECK(source.time_field == source.field_index("ended_at"));
    // What names the span, and its end.
    for (const FieldDef& field : source.fields)
      CHECK(field.required == (field.name == source.name || field.name == "ended_at"));
  }
}

TEST_CASE("the shipped rollups have the keys, widths and writers that they are documented with") {
  const SchemaPtr schema = shipped();
  REQUIRE(schema->rollups.size() == 5);
  const auto is = [&](std::string_view name, std::string_view source, const Names& by, bool hourly, bool inline_fold) {
    CAPTURE(name);
    const RollupDef& def = rollup(*schema, name);
    CHECK(schema->sources[static_cast<std::size_t>(def.source)].name == source);
    CHECK(dimensions(*schema, def) == by);
    CHECK(def.every == (hourly ? std::optional(hours(1)) : std::nullopt));
    CHECK(def.inline_fold == inline_fold);
  };
  is("ci_job_metrics", "job", {"owner", "repository", "pipeline", "job"}, true, true);
  is("runner_metrics", "job", {"owner", "runner", "labels"}, true, false);
  is("ci_pipeline_metrics", "pipeline", {"owner", "repository", "pipeline"}, true, false);
  is("test_metrics", "test", {"owner", "repository", "suite", "test"}, true, false);
  is("test_metrics_summary", "test", {"owner", "repository", "suite", "test"}, false, true);
  CHECK_FALSE(rollup(*schema, "test_metrics_summary").needs_recompute());
}

TEST_CASE("the shipped rollups have the columns that they are documented with") {
  const SchemaPtr schema = shipped();
  const Names runs{"total_runs", "successful_runs", "failed_runs", "cancelled_runs"};
  const Names tests{"total_runs", "passed_runs", "failed_runs", "skipped_runs"};
  CHECK(columns(rollup(*schema, "ci_job_metrics")) == metrics(runs, {"duration", "queue"}));
  CHECK(columns(rollup(*schema, "runner_metrics")) == metrics(runs, {"duration", "queue"}));
  CHECK(columns(rollup(*schema, "ci_pipeline_metrics")) == metrics(runs, {"duration"}));
  CHECK(columns(rollup(*schema, "test_metrics")) == metrics(tests, {"duration"}));
  CHECK(columns(rollup(*schema, "test_metrics_summary")) ==
        Names{"total_runs", "passed_runs", "failed_runs", "skipped_runs", "sum_duration_seconds",
              "max_duration_seconds", "first_run_at", "last_run_at", "last_failed_at", "last_result",
              "default_branch_total_runs", "default_branch_passed_runs", "default_branch_failed_runs",
              "default_branch_skipped_runs", "default_branch_last_result"});
}

TEST_CASE("failed runs are failures, errors and timeouts") {
  const SchemaPtr schema = shipped();
  for (const RollupDef& def : schema->rollups) {
    const ColumnDef& failed = def.columns[static_cast<std::size_t>(def.column_index("failed_runs"))];
    CHECK(failed.text == "count() where result in ('error', 'failure', 'timeout')");
  }
}

TEST_CASE("percentiles of one measure share one distribution in the shipped rollups") {
  const SchemaPtr schema = shipped();
  const RollupDef& def = rollup(*schema, "ci_job_metrics");
  std::vector<std::vector<double>> percentiles;
  for (const SlotDef& slot : def.slots)
    if (slot.kind == AggregateKind::percentile_cont) percentiles.push_back(slot.percentiles);
  CHECK(percentiles == std::vector<std::vector<double>>{{0.5, 0.95, 0.99}, {0.5, 0.95, 0.99}});
}

TEST_CASE("label sets of runners are normalised and capped at 200 per owner") {
  const SchemaPtr schema = shipped();
  const RollupDef& def = rollup(*schema, "runner_metrics");
  REQUIRE(def.guards.size() == 1);
  CHECK(def.guards[0].dimension == 2);
  CHECK(def.guards[0].allow == Names{"*"});
  CHECK(def.guards[0].normalise);
  CHECK(def.guards[0].per == 0);
  CHECK(def.guards[0].limit == 200);
}

TEST_CASE("the shipped definitions read back as equal ones") {
  const SchemaPtr schema = shipped();
  CHECK(*parse_schema({{"again", format_schema(*schema)}}) == *schema);
}
