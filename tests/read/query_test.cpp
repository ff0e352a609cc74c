#include "read/query.hpp"

#include <catch2/catch.hpp>

#include "model/schema_toml.hpp"

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
started_at = "instant"
ended_at = "instant"
duration = "ended_at - started_at"
[rollup.hours]
source = "job"
every = "1h"
by = ["owner", "labels"]
[rollup.hours.columns]
total_runs = "count()"
sum_duration_seconds = "sum(duration)"
median_duration_seconds = "median(duration)"
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
  void add(const std::string& owner, std::vector<std::string> labels, Instant start, const std::vector<std::int64_t>& durations,
           std::uint8_t agent = 1) {
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
      for (const auto& [dimension, value] : filter.equals) wanted &= bucket.dimensions[static_cast<std::size_t>(dimension)] == value;
      if (wanted) take(Bucket(bucket));
    }
  }
  std::vector<Bucket> buckets;

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
        if (table.columns[c] == "bucket_start" || table.columns[c] == "owner") text += row[c].text + " ";
        if (table.columns[c] == "total_runs") text += std::to_string(row[c].integer) + " ";
        if (table.columns[c] == column) text += row[c].kind == Value::Kind::null ? "NULL" : to_text(row[c].real);
      }
      result.push_back(text);
    }
    return result;
  }
};

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Fixture, "rows of several agents are merged into one bucket") {
  CHECK(rows() == Rows{"2026-01-05T00:00:00Z acme 3 3", "2026-01-05T01:00:00Z acme 1 7", "2026-01-06T00:00:00Z bob 1 9"});
}

TEST_CASE_METHOD(Fixture, "any window and any subset of dimensions is merged from the values, not from percentiles") {
  query.by = {{"owner"}};
  query.windows = Query::Windows::width;
  query.width = days(1);
  CHECK(rows() == Rows{"2026-01-05T00:00:00Z acme 4 4", "2026-01-06T00:00:00Z bob 1 9"});
  query.width = days(7);
  query.by = std::vector<std::string>{};
  CHECK(rows() == Rows{"2026-01-05T00:00:00Z 5 5"});
  query.windows = Query::Windows::all;
  CHECK(rows("sum_duration_seconds") == Rows{"5 25"});
}

TEST_CASE_METHOD(Fixture, "filters take dimension values, label sets in any order, and half-open ranges of time") {
  query.where = {{"owner", "acme"}};
  query.from = kMonday + hours(1);
  CHECK(rows() == Rows{"2026-01-05T01:00:00Z acme 1 7"});
  query.to = kMonday + hours(1);
  query.from = kMonday;
  CHECK(rows() == Rows{"2026-01-05T00:00:00Z acme 3 3"});
  query.from.reset();
  query.to.reset();
  query.where = {{"labels", "linux,arm"}};
  CHECK(rows() == Rows{"2026-01-05T01:00:00Z acme 1 7"});
}

TEST_CASE_METHOD(Fixture, "a merge over a distribution that was dropped says NULL and why; alone it keeps its percentiles") {
  auto& held = source.buckets[2].states[2].get_or_make<DistributionState>();
  held.results = {{0.5, 7'000'000.0}};
  held.distribution = {};
  held.dropped = true;
  CHECK(rows()[1] == "2026-01-05T01:00:00Z acme 1 7");
  query.windows = Query::Windows::all;
  query.by = std::vector<std::string>{};
  CHECK(rows() == Rows{"5 NULL"});
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
  CHECK_THAT(refusal(), Contains("'days'") && Contains("hours, keys"));
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

}  // namespace tidemark
