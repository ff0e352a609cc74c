#include "rollup/harness.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>

#include "model/schema_toml.hpp"
#include "model/span_builder.hpp"
#include "rollup/recent_fill.hpp"
#include "store/bucket_scan.hpp"

namespace tidemark::test {
namespace {

constexpr std::string_view kDefinitions = R"toml(
[source.job]
time = "ended_at"
retention = "24h"
identity_retention = "10d"
[source.job.fields]
owner = "text"
job = "text"
result = "result"
labels = "labels"
started_at = "instant"
ended_at = "instant"
duration = "ended_at - started_at"

[rollup.folded]
source = "job"
every = "1h"
by = ["owner", "job"]
inline = true
[rollup.folded.columns]
total_runs = "count()"
failed_runs = "count() where result = 'failure'"
sum_duration_seconds = "sum(duration)"
max_duration_seconds = "max(duration)"
median_duration_seconds = "median(duration)"
p95_duration_seconds = "percentile_cont(0.95, duration)"

[rollup.computed]
source = "job"
every = "1h"
by = ["owner", "labels"]
[rollup.computed.columns]
total_runs = "count()"
min_duration_seconds = "min(duration)"
avg_duration_seconds = "avg(duration)"
jobs = "count_distinct(job)"
last_result = "last(result)"
p99_duration_seconds = "percentile_cont(0.99, duration)"
[rollup.computed.labels]
max_sets = { per = "owner", limit = 5 }

[rollup.summary]
source = "job"
by = ["owner"]
inline = true
[rollup.summary.columns]
total_runs = "count()"
first_run_at = "min(ended_at)"
last_result = "last(result)"
)toml";

std::string cell_text(const Cell& cell) {
  struct Visitor {
    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(const Decimal& v) const { return to_text(v); }
    std::string operator()(double v) const { return to_text(v); }
    std::string operator()(const std::string& v) const { return "'" + v + "'"; }
    std::string operator()(const std::vector<std::string>& v) const {
      std::string text = "{";
      for (const auto& item : v) text += item + ",";
      return text + "}";
    }
    std::string operator()(Instant v) const { return format_rfc3339(v); }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
  };
  return std::visit(Visitor{}, cell);
}

std::string key_text(const RollupDef& rollup, const std::vector<DimensionValue>& dimensions, Instant start) {
  std::string text = rollup.name + " " + format_short(start);
  for (const DimensionValue& value : dimensions) {
    text += " /" + value.text;
    for (const std::string& label : value.labels) text += "," + label;
  }
  return text;
}

}  // namespace

std::string test_schema_text(const std::string& more) { return std::string(kDefinitions) + more; }

SchemaPtr test_schema(const std::string& more) {
  std::vector<SchemaText> texts(1);
  texts[0] = {"test.toml", test_schema_text(more)};
  return parse_schema(texts);
}

TestStore::TestStore(std::shared_ptr<MemoryDisk> disk, SchemaPtr schema, WriterOptions options,
                     RecomputeOptions recompute_options) {
  std::shared_ptr<KvStore> kv = open_memory(std::move(disk));
  auto catalog = meta::load_catalog(*kv);
  if (!catalog) {
    catalog = make_catalog(*schema, format_schema(*schema), false);
    Store::initialize(*kv, *catalog, AgentId{{1, 2, 3}});
  }
  store = std::make_unique<Store>(kv, schema, *catalog);
  run_recent_fill(*store, {});
  sinks = std::make_unique<SinkRegistry>(store->kv());
  writer = std::make_unique<Writer>(*store, *sinks, options);
  recompute = std::make_unique<Recompute>(*store, *writer, *sinks, recompute_options);
  retention = std::make_unique<Retention>(*store, *writer, *recompute, *sinks);
  writer->recover();
}

SpanBatch TestStore::batch_of(const std::vector<TestSpan>& spans) const {
  SpanBatch batch;
  DecodeReport report;
  if (spans.empty()) return batch;
  SpanBuilder builder(store->schema(), batch, report, spans.front().way);
  const SourceDef& source = store->schema().sources[0];
  for (const TestSpan& span : spans) {
    builder.begin(0, DigestBuilder().add(span.id));
    builder.set_run(span.run);
    builder.set_text(source.field_index("owner"), span.owner);
    builder.set_text(source.field_index("job"), span.job);
    builder.set_text(source.field_index("result"), span.result);
    builder.set_labels(source.field_index("labels"), span.labels);
    builder.set_instant(source.field_index("ended_at"), span.ended);
    if (span.has_start) builder.set_instant(source.field_index("started_at"), span.ended - Micros{span.duration_us});
    // Not REQUIRE: Catch2 is for one thread, and some tests write from many.
    if (!builder.finish(span.id)) throw std::logic_error("the test's span " + span.id + " is refused");
  }
  return batch;
}

IngestReport TestStore::write(const std::vector<TestSpan>& spans, std::optional<Instant> now, bool backfill) {
  const SpanBatch batch = batch_of(spans);
  WriteRequest request;
  request.batch = &batch;
  request.end = batch.size();
  request.backfill = backfill;
  request.now = kStart + hours(1);
  for (const TestSpan& span : spans) request.now = std::max(request.now, span.ended);
  if (now) request.now = *now;
  return writer->write(request);
}

std::vector<Bucket> TestStore::buckets(const std::string& rollup, Instant now) const {
  StoreBuckets source(*store, &writer->table(), now);
  BucketFilter filter;
  filter.rollup = store->schema().rollup_index(rollup);
  REQUIRE(filter.rollup >= 0);
  std::vector<Bucket> buckets;
  source.scan(filter, [&](Bucket&& bucket) { buckets.push_back(std::move(bucket)); });
  return buckets;
}

Bucket TestStore::bucket(const std::string& rollup, const std::string& owner, Instant start) const {
  for (Bucket& bucket : buckets(rollup))
    if (bucket.dimensions[0].text == owner && bucket.start == start) return std::move(bucket);
  FAIL("there is no bucket of " << owner << " in " << rollup);
  return {};
}

std::string describe(const RollupDef& rollup, const Bucket& bucket) {
  std::string text = std::to_string(bucket.update_counter) + "/" + std::to_string(bucket.computed_counter);
  const auto cells = results_of(rollup, bucket);
  for (std::size_t c = 0; c < cells.size(); ++c) text += " " + rollup.columns[c].name + "=" + cell_text(cells[c]);
  return text;
}

std::map<std::string, std::string> describe_all(const TestStore& store) {
  std::map<std::string, std::string> all;
  for (const RollupDef& rollup : store.store->schema().rollups)
    for (const Bucket& bucket : store.buckets(rollup.name))
      all[key_text(rollup, bucket.dimensions, bucket.start)] = describe(rollup, bucket);
  return all;
}

namespace {

/// One column over the spans of a bucket, by its name; written without any of the product's aggregates.
std::string naive_column(const std::string& column, const std::vector<const TestSpan*>& spans) {
  std::vector<std::int64_t> durations;
  for (const TestSpan* span : spans)
    if (span->has_start) durations.push_back(span->duration_us);
  std::sort(durations.begin(), durations.end());
  const auto in_seconds = [](double us) { return to_text(us / 1e6); };
  const auto percentile = [&](double p) -> std::string {
    if (durations.empty()) return "NULL";
    const double rank = p * static_cast<double>(durations.size() - 1);
    const auto low = static_cast<std::size_t>(rank);
    const std::size_t high = static_cast<double>(low) == rank ? low : low + 1;
    const auto at = [&](std::size_t i) { return static_cast<double>(durations[i]); };
    return in_seconds(low == high ? at(low) : at(low) + (rank - static_cast<double>(low)) * (at(high) - at(low)));
  };
  const auto last = *std::max_element(spans.begin(), spans.end(), [](const TestSpan* a, const TestSpan* b) {
    const auto identity = [](const TestSpan* s) {
      return DigestBuilder().add("job").add(s->id).finish();
    };
    return std::pair(a->ended, identity(a)) < std::pair(b->ended, identity(b));
  });
  std::int64_t sum = 0;
  for (const std::int64_t d : durations) sum += d;
  if (column == "total_runs") return std::to_string(spans.size());
  if (column == "failed_runs")
    return std::to_string(std::count_if(spans.begin(), spans.end(), [](auto* s) { return s->result == "failure"; }));
  if (column == "sum_duration_seconds") return durations.empty() ? "NULL" : to_text(Decimal{sum, 1'000'000});
  if (column == "max_duration_seconds") return durations.empty() ? "NULL" : in_seconds(static_cast<double>(durations.back()));
  if (column == "min_duration_seconds") return durations.empty() ? "NULL" : in_seconds(static_cast<double>(durations.front()));
  if (column == "avg_duration_seconds")
    return durations.empty() ? "NULL"
                             : to_text(static_cast<double>(static_cast<long double>(sum) /
                                                           (static_cast<long double>(durations.size()) * 1e6L)));
  if (column == "median_duration_seconds") return percentile(0.5);
  if (column == "p95_duration_seconds") return percentile(0.95);
  if (column == "p99_duration_seconds") return percentile(0.99);
  if (column == "last_result") return "'" + last->result + "'";
  if (column == "first_run_at") {
    Instant first = spans[0]->ended;
    for (const TestSpan* span : spans) first = std::min(first, span->ended);
    return format_rfc3339(first);
  }
  if (column == "jobs") {
    std::set<std::string> jobs;
    for (const TestSpan* span : spans) jobs.insert(span->job);
    return std::to_string(jobs.size());
  }
  FAIL("the naive model does not know the column " << column);
  return {};
}

}  // namespace

std::map<std::string, std::string> describe_naively(const Schema& schema, const std::vector<TestSpan>& spans) {
  std::map<std::string, const TestSpan*> distinct;
  for (const TestSpan& span : spans) distinct.emplace(span.id, &span);
  std::map<std::string, std::string> all;
  for (const RollupDef& rollup : schema.rollups) {
    std::map<std::string, std::vector<const TestSpan*>> buckets;
    for (const auto& [id, span] : distinct) {
      std::vector<DimensionValue> dimensions;
      for (const int field : rollup.by) {
        const std::string& name = schema.sources[0].fields[static_cast<std::size_t>(field)].name;
        DimensionValue value;
        if (name == "owner") value.text = span->owner;
        if (name == "job") value.text = span->job;
        if (name == "labels") {
          const std::set<std::string> sorted(span->labels.begin(), span->labels.end());
          value.is_set = true;
          value.labels.assign(sorted.begin(), sorted.end());
        }
        dimensions.push_back(value);
      }
      const std::int64_t width = rollup.every ? rollup.every->count : 1;
      const Instant start = rollup.every ? Instant{span->ended.us / width * width} : Instant{0};
      buckets[key_text(rollup, dimensions, start)].push_back(span);
    }
    for (const auto& [key, of_bucket] : buckets) {
      const std::string n = std::to_string(of_bucket.size());
      std::string text = n + "/" + n;
      for (const ColumnDef& column : rollup.columns) text += " " + column.name + "=" + naive_column(column.name, of_bucket);
      all[key] = text;
    }
  }
  return all;
}

}  // namespace tidemark::test
