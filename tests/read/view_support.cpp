#include "read/view_support.hpp"

#include "model/results.hpp"

namespace tidemark::test {
namespace {

constexpr const char* kRuns = R"toml(
[source.run]
time = "ended_at"
[source.run.fields]
account = "text"
kind = "text"
result = "result"
ended_at = "instant"
duration = "duration"
cost = "number(0.01)"
[rollup.runs]
source = "run"
every = "1h"
by = ["account", "kind"]
[rollup.runs.columns]
total_runs = "count()"
failed_runs = "count() where result = 'failure'"
seconds = "sum(duration)"
cost = "sum(cost)"
mean_cost = "avg(cost)"
longest = "max(duration)"
p95 = "percentile_cont(0.95, duration)"
related = "corr(duration, cost)"
last_result = "last(result)"
[table.account]
[table.account.columns]
plan = "text"
internal = "boolean"
)toml";

Digest digest_of(std::uint64_t n) {
  Digest digest{};
  for (std::size_t i = 0; i < 8; ++i) digest.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return digest;
}

void add(const SlotDef& slot, const SourceDef& source, const Run& run, std::uint64_t number, State& state) {
  if (!slot.where.always() && !run.failed) return;
  const Digest identity = digest_of(number);
  Contribution c;
  c.time = run.ended;
  c.identity = &identity;
  const auto value_of = [&](int field) -> std::int64_t {
    if (field < 0) return 1;
    return source.fields[static_cast<std::size_t>(field)].name == "cost" ? run.cost_cents : run.duration_us;
  };
  c.value = value_of(slot.field);
  c.second = value_of(slot.second_field);
  if (slot.field >= 0 && source.fields[static_cast<std::size_t>(slot.field)].type == FieldType::result) {
    c.value = 1;
    c.text = run.failed ? "failure" : "success";
  }
  aggregate_of(slot.kind).add(state, c);
}

}  // namespace

SchemaPtr runs_schema(const std::string& views) {
  std::vector<SchemaText> texts(1);
  texts[0] = {"runs.toml", kRuns + views};
  return parse_schema(texts);
}

RunBuckets::RunBuckets(SchemaPtr schema, const std::vector<Run>& runs, std::size_t agents) {
  const RollupDef& rollup = schema->rollups[0];
  const SourceDef& source = schema->sources[0];
  std::map<std::tuple<std::size_t, std::string, std::string, Instant>, std::size_t> places;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    const Instant start = rollup.bucket_start(run.ended);
    const auto [at, is_new] = places.try_emplace({i % agents, run.account, run.kind, start}, buckets_.size());
    if (is_new) {
      Bucket bucket;
      bucket.dimensions = {{false, run.account, {}}, {false, run.kind, {}}};
      bucket.start = start;
      bucket.agent.bytes[0] = static_cast<std::uint8_t>(i % agents);
      bucket.states.resize(rollup.slots.size());
      buckets_.push_back(std::move(bucket));
    }
    Bucket& bucket = buckets_[at->second];
    bucket.computed_counter = ++bucket.update_counter;
    for (std::size_t s = 0; s < rollup.slots.size(); ++s) add(rollup.slots[s], source, run, i, bucket.states[s]);
  }
}

void RunBuckets::scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) {
  ++scans;
  for (const Bucket& bucket : buckets_) {
    if ((filter.from && bucket.start < *filter.from) || (filter.to && bucket.start >= *filter.to)) continue;
    Bucket given = bucket;
    // What was not asked for may be anything.
    for (std::size_t d = 0; d < given.dimensions.size(); ++d) {
      const auto& wanted = *filter.dimensions;
      if (std::find(wanted.begin(), wanted.end(), static_cast<int>(d)) == wanted.end())
        given.dimensions[d].text = "not asked for";
    }
    for (std::size_t s = 0; s < filter.uses.size(); ++s)
      if (filter.uses[s] == SlotUse::none) given.states[s] = State{};
    take(std::move(given));
  }
}

std::vector<std::vector<std::string>> rows_of(const Schema& schema, const std::string& view, const std::vector<Run>& runs,
                                              Instant now, const DimensionRows& accounts, std::size_t agents) {
  RunBuckets buckets(std::make_shared<const Schema>(schema), runs, agents);
  const Table table =
      view_rows(schema, schema.views[static_cast<std::size_t>(schema.view_index(view))], buckets, {accounts}, now);
  std::vector<std::vector<std::string>> rows;
  for (const Row row : table.rows) {
    rows.emplace_back();
    for (const Value value : row) rows.back().push_back(value.is_null() ? "-" : value.to_string());
  }
  return rows;
}

}  // namespace tidemark::test
