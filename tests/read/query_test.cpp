#include "read/query.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "model/rows_builder.hpp"
#include "model/schema_toml.hpp"
#include "read/answer.hpp"
#include "read/merging.hpp"
#include "support/property.hpp"

namespace tidemark {
namespace {

constexpr Instant kMonday{1767571200'000'000};  // 2026-01-05T00:00:00Z

SchemaPtr query_schema() {
  std::vector<SchemaText> texts(1);
  texts[0] = {"test.toml", R"toml(
[source.job]
time = "ended_at"
[source.job.fields]
owner = "text"
labels = "labels"
main = "boolean"
queued_at = "instant"
started_at = "instant"
ended_at = "instant"
duration = "ended_at - started_at"
queue = "started_at - queued_at"
[rollup.hours]
source = "job"
every = "1h"
by = ["owner", "labels"]
[rollup.hours.columns]
total_runs = "count()"
sum_duration_seconds = "sum(duration)"
median_duration_seconds = "median(duration)"
[rollup.wide]
source = "job"
every = "1h"
by = ["owner", "main", "labels"]
[rollup.wide.columns]
total_runs = "count()"
largest_us = "max(duration)"
last_owner = "last(owner)"
last_end = "max(ended_at)"
mean = "avg(duration)"
owners = "count_distinct(owner)"
related = "corr(duration, queue)"
p95 = "percentile_cont(0.95, duration)"
median_ms = "median(queue)"
[rollup.keys]
source = "job"
by = ["owner"]
[rollup.keys.columns]
total_runs = "count()"
)toml"};
  return parse_schema(texts);
}

/// Buckets in memory, filtered naively.
class FakeSource : public BucketSource {
 public:
  explicit FakeSource(SchemaPtr schema) : schema_(std::move(schema)) {}
  void add(const std::string& owner, std::vector<std::string> labels, Instant start,
           const std::vector<std::int64_t>& durations, std::uint8_t agent = 1) {
    const RollupDef& rollup = schema_->rollups[0];
    Bucket bucket;
    bucket.dimensions = {{false, owner, {}}, {true, {}, std::move(labels)}};
    bucket.start = start;
    bucket.agent.bytes[0] = agent;
    bucket.update_counter = bucket.computed_counter = durations.size();
    bucket.states.resize(rollup.slots.size());
    for (std::size_t s = 0; s < rollup.slots.size(); ++s)
      for (const std::int64_t duration : durations) {
        Contribution c;
        c.value = rollup.slots[s].field < 0 ? 1 : duration;
        aggregate_of(rollup.slots[s].kind).add(bucket.states[s], c);
      }
    buckets.push_back(std::move(bucket));
  }
  void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) override {
    for (const Bucket& bucket : buckets) {
      bool wanted = (!filter.from || bucket.start >= *filter.from) && (!filter.to || bucket.start < *filter.to);
      for (const auto& [dimension, value] : filter.equals)
        wanted &= bucket.dimensions[static_cast<std::size_t>(dimension)] == value;
      if (wanted) take(Bucket(bucket));
    }
  }
  bool gives_each_once() const override { return each_once; }
  std::vector<Bucket> buckets;
  bool each_once = false;

 private:
  SchemaPtr schema_;
};

struct Fixture {
  SchemaPtr schema = query_schema();
  FakeSource source{schema};
  Query query;

  Fixture() {
    query.rollup = "hours";
    source.add("acme", {"linux"}, kMonday, {1'000'000, 3'000'000});
    source.add("acme", {"linux"}, kMonday, {5'000'000}, 2);  // another agent
    source.add("acme", {"arm", "linux"}, kMonday + hours(1), {7'000'000});
    source.add("bob", {"linux"}, kMonday + days(1), {9'000'000});
  }
  std::vector<std::string> rows(const std::string& column = "median_duration_seconds") {
    const Table table = QueryPlan(*schema, query).run(source);
    std::vector<std::string> result;
    for (const auto& row : table.rows) {
      std::string text;
      for (std::size_t c = 0; c < row.size(); ++c) {
        if (table.columns[c] == "bucket_start" || table.columns[c] == "owner") text += row[c].to_string() + " ";
        if (table.columns[c] == "total_runs") text += std::to_string(row[c].integer()) + " ";
        if (table.columns[c] == column) text += row[c].is_null() ? "NULL" : to_text(row[c].real());
      }
      result.push_back(text);
    }
    return result;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Fixture, "rows of several agents are merged into one bucket") {
  CHECK(rows() ==
        Names{"2026-01-05T00:00:00Z acme 3 3", "2026-01-05T01:00:00Z acme 1 7", "2026-01-06T00:00:00Z bob 1 9"});
}

TEST_CASE_METHOD(Fixture, "any window and any subset of dimensions is merged from the values, not from percentiles") {
  query.by = {{"owner"}};
  query.windows = Query::Windows::width;
  query.width = days(1);
  CHECK(rows() == Names{"2026-01-05T00:00:00Z acme 4 4", "2026-01-06T00:00:00Z bob 1 9"});
  query.width = days(7);
  query.by = std::vector<std::string>{};
  CHECK(rows() == Names{"2026-01-05T00:00:00Z 5 5"});
  query.windows = Query::Windows::all;
  CHECK(rows("sum_duration_seconds") == Names{"5 25"});
}

TEST_CASE_METHOD(Fixture, "filters take dimension values, label sets in any order, and half-open ranges of time") {
  query.where = {{"owner", "acme"}};
  query.from = kMonday + hours(1);
  CHECK(rows() == Names{"2026-01-05T01:00:00Z acme 1 7"});
  query.to = kMonday + hours(1);
  query.from = kMonday;
  CHECK(rows() == Names{"2026-01-05T00:00:00Z acme 3 3"});
  query.from.reset();
  query.to.reset();
  query.where = {{"labels", "linux,arm"}};
  CHECK(rows() == Names{"2026-01-05T01:00:00Z acme 1 7"});
}

TEST_CASE_METHOD(Fixture,
                 "a merge over a distribution that was dropped says NULL and why; alone it keeps its percentiles") {
  auto& held = source.buckets[2].states[2].get_or_make<DistributionState>();
  held.results = {{0.5, 7'000'000.0}};
  held.distribution = {};
  held.dropped = true;
  CHECK(rows()[1] == "2026-01-05T01:00:00Z acme 1 7");
  query.windows = Query::Windows::all;
  query.by = std::vector<std::string>{};
  CHECK(rows() == Names{"5 NULL"});
  CHECK_THAT(QueryPlan(*schema, query).run(source).notes[0], Catch::Contains("retention has dropped"));
}

TEST_CASE_METHOD(Fixture, "what the rollup does not have is refused with what it has") {
  using Catch::Contains;
  const auto refusal = [&] {
    try {
      QueryPlan(*schema, query);
    } catch (const InputError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  query.rollup = "days";
  CHECK_THAT(refusal(), Contains("'days'") && Contains("hours, wide, keys"));
  query.rollup = "hours";
  query.where = {{"team", "x"}};
  CHECK_THAT(refusal(), Contains("'team'") && Contains("owner, labels"));
  query.where.clear();
  query.windows = Query::Windows::width;
  query.width = minutes(90);
  CHECK_THAT(refusal(), Contains("multiple of 1h"));
  query.windows = Query::Windows::same;
  query.columns = {"p12"};
  CHECK_THAT(refusal(), Contains("'p12'"));
  query = Query();
  query.rollup = "keys";
  query.from = kMonday;
  CHECK_THAT(refusal(), Contains("no windows"));
}

TEST_CASE_METHOD(Fixture, "a name twice is refused") {
  query.by = {{"owner", "owner"}};
  CHECK_THROWS_WITH(QueryPlan(*schema, query), Catch::Contains("--by names 'owner' twice"));
  query.by.reset();
  query.columns = {"total_runs", "total_runs"};
  CHECK_THROWS_WITH(QueryPlan(*schema, query), Catch::Contains("--columns names 'total_runs' twice"));
}

TEST_CASE_METHOD(Fixture, "a label may hold commas and backslashes, each behind a backslash") {
  source.add("acme", {"a,b", "c\\"}, kMonday, {11'000'000});
  source.add("acme", {"a", "b", "c\\"}, kMonday, {13'000'000});
  query.where = {{"labels", "c\\\\,a\\,b"}};
  CHECK(rows() == Names{"2026-01-05T00:00:00Z acme 1 11"});
  query.where = {{"labels", "a,b,c\\"}};
  CHECK(rows() == Names{"2026-01-05T00:00:00Z acme 1 13"});
}

namespace {

/// Buckets of the rollup `wide`, each of its own dimensions and start.
std::vector<Bucket> random_buckets(const RollupDef& rollup) {
  std::vector<Bucket> buckets;
  for (int n = *rc::gen::inRange(0, 30); n > 0; --n) {
    Bucket bucket;
    bucket.dimensions = {{false, *rc::gen::element<std::string>("a", "b", "größe"), {}},
                         {false, *rc::gen::element<std::string>("true", "false", ""), {}},
                         {true, {}, *rc::gen::element(Names{}, Names{"x"}, Names{"x", "y"})}};
    bucket.start = kMonday + hours(*rc::gen::inRange(0, 60));
    const auto same = [&](const Bucket& b) { return b.dimensions == bucket.dimensions && b.start == bucket.start; };
    if (std::any_of(buckets.begin(), buckets.end(), same)) continue;
    bucket.states.resize(rollup.slots.size());
    bucket.update_counter = *rc::gen::inRange<std::uint64_t>(1, 6);
    bucket.computed_counter = *rc::gen::inRange<std::uint64_t>(1, bucket.update_counter + 1);
    for (std::uint64_t i = 0; i < bucket.update_counter; ++i) {
      const Digest identity = digest_of(std::to_string(*rc::gen::arbitrary<int>()));
      const std::string text = *rc::gen::element<std::string>("t", "u", "v");
      for (std::size_t s = 0; s < rollup.slots.size(); ++s) {
        Contribution c;
        c.value = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
        c.second = *rc::gen::inRange<std::int64_t>(0, 100);
        c.identity = &identity;
        c.time = bucket.start;
        const AggregateKind kind = rollup.slots[s].kind;
        if (kind == AggregateKind::last || kind == AggregateKind::count_distinct) c.text = text;
        aggregate_of(kind).add(bucket.states[s], c);
      }
    }
    if (*rc::gen::inRange(0, 4) == 0) {
      bucket.incomplete_slots.resize(rollup.slots.size());
      bucket.incomplete_slots[*rc::gen::inRange<std::size_t>(0, rollup.slots.size())] = true;
    }
    buckets.push_back(std::move(bucket));
  }
  return buckets;
}

std::string text_of(const Table& table) {
  std::string text;
  for (const std::string& column : table.columns) text += column + ";";
  for (const Row row : table.rows) {
    text += "\n";
    for (const Value& value : row) text += value.is_null() ? "NULL;" : value.to_string() + ";";
  }
  for (const std::string& note : table.notes) text += "\n" + note;
  return text;
}

/// The answer written down from the buckets alone: merged one by one, sorted, each column by its aggregate's result.
std::string naive_answer(const Schema& schema, const Query& query, const std::vector<Bucket>& buckets) {
  const RollupDef& rollup = schema.rollups[static_cast<std::size_t>(schema.rollup_index(query.rollup))];
  const std::vector<std::string> names = {"owner", "main", "labels"};
  const auto by = query.by.value_or(names);
  struct Group {
    Bucket merged;
    std::size_t buckets = 0;
  };
  std::map<std::pair<Instant, std::vector<DimensionValue>>, Group> groups;
  for (const Bucket& bucket : buckets) {
    Instant window = bucket.start;
    if (query.windows == Query::Windows::width) window = window_start(bucket.start, query.width);
    if (query.windows == Query::Windows::all) window = {};
    std::vector<DimensionValue> values;
    for (const std::string& name : by)
      values.push_back(
          bucket.dimensions[static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin())]);
    Group& group = groups[{window, values}];
    if (group.buckets++ == 0) {
      group.merged = bucket;
      group.merged.incomplete_slots.resize(rollup.slots.size());
      for (std::size_t s = 0; s < bucket.incomplete_slots.size(); ++s)
        group.merged.incomplete_slots[s] = bucket.incomplete_slots[s];
      continue;
    }
    group.merged.update_counter += bucket.update_counter;
    group.merged.computed_counter += bucket.computed_counter;
    for (std::size_t s = 0; s < rollup.slots.size(); ++s) {
      aggregate_of(rollup.slots[s].kind).merge(group.merged.states[s], bucket.states[s]);
      if (s < bucket.incomplete_slots.size() && bucket.incomplete_slots[s]) group.merged.incomplete_slots[s] = true;
    }
  }
  std::string text;
  for (const auto& [key, group] : groups) {
    text += "\n";
    if (query.windows != Query::Windows::all) text += format_short(key.first) + ";";
    for (std::size_t d = 0; d < by.size(); ++d) {
      const DimensionValue& value = key.second[d];
      std::string all = by[d] == "main" && value.text.empty() ? "NULL" : value.text;
      for (const std::string& label : value.labels) all += (all.empty() ? "" : ",") + label;
      text += all + ";";
    }
    for (const ColumnDef& column : rollup.columns) {
      if (!query.columns.empty() &&
          std::find(query.columns.begin(), query.columns.end(), column.name) == query.columns.end())
        continue;
      const auto slot = static_cast<std::size_t>(column.slot);
      const Cell cell = group.merged.incomplete_slots[slot] ? Cell() : result_of(column, group.merged.states[slot]);
      RowsBuilder one(1);
      one.add_row().put(one.cell(cell));
      const Rows rows = one.finish({0});
      text += (rows[0][0].is_null() ? "NULL" : rows[0][0].to_string()) + ";";
    }
    text += std::to_string(group.merged.update_counter) + ";" + std::to_string(group.merged.computed_counter) + ";";
  }
  return text;
}

Query random_query() {
  Query query;
  query.rollup = "wide";
  query.windows =
      *rc::gen::element(Query::Windows::same, Query::Windows::same, Query::Windows::width, Query::Windows::all);
  query.width = *rc::gen::element(hours(1), hours(6), days(1));
  if (*rc::gen::arbitrary<bool>())
    query.by = *rc::gen::element(Names{}, Names{"main"}, Names{"labels", "owner"}, Names{"labels", "main", "owner"});
  if (*rc::gen::arbitrary<bool>())
    query.columns = *rc::gen::element(Names{"owners"}, Names{"total_runs", "p95"}, Names{"largest_us", "last_end"});
  return query;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "an answer is what merging all its buckets one by one gives, sorted") {
  test::check_property([&] {
    FakeSource random(schema);
    random.buckets = random_buckets(schema->rollups[1]);
    query = random_query();
    random.each_once = *rc::gen::arbitrary<bool>();
    Table table = QueryPlan(*schema, query).run(random);
    table.notes.clear();
    const std::string text = text_of(table);
    RC_ASSERT(text.substr(std::min(text.find('\n'), text.size())) == naive_answer(*schema, query, random.buckets));
  });
}

TEST_CASE_METHOD(Fixture, "a source that gives each bucket once is answered without merging, and says the same") {
  test::check_property([&] {
    FakeSource random(schema);
    random.buckets = random_buckets(schema->rollups[1]);
    query = random_query();
    const std::string merged = text_of(QueryPlan(*schema, query).run(random));
    random.each_once = true;
    RC_ASSERT(text_of(QueryPlan(*schema, query).run(random)) == merged);
  });
}

TEST_CASE("sets of digests unite to what is distinct, however many there are") {
  DistinctMerger merger;
  std::set<Digest> expected;
  for (int i = 0; i < 3000; ++i) {
    std::vector<Digest> some = {digest_of(std::to_string(i % 700)), digest_of(std::to_string(i))};
    std::sort(some.begin(), some.end());
    some.erase(std::unique(some.begin(), some.end()), some.end());
    expected.insert(some.begin(), some.end());
    merger.add(some);
  }
  CHECK(merger.finish() == std::vector<Digest>(expected.begin(), expected.end()));
  CHECK(merger.finish().empty());
}

}  // namespace tidemark
