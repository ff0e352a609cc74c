#include "sink/conformance.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <map>

#include "sink/row.hpp"
#include "sink/samples.hpp"

namespace tidemark::conformance {
namespace {

using namespace samples;

constexpr Instant kSyncedAt{1'767'300'000'123'456};
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min() + 1;  // the minimum itself stands for NULL

using RowKey = std::tuple<std::string, Instant, AgentId, std::uint32_t>;
RowKey key_of(const Bucket& bucket) { return {to_hex(bucket.key), bucket.start, bucket.agent, bucket.epoch}; }

std::map<RowKey, Bucket> stored(Sink& sink, const BucketFilter& filter) {
  std::map<RowKey, Bucket> buckets;
  sink.scan(filter, [&](Bucket&& bucket) {
    const RowKey key = key_of(bucket);
    REQUIRE(buckets.emplace(key, std::move(bucket)).second);
  });
  return buckets;
}

std::map<RowKey, Bucket> stored(Sink& sink, int rollup = kKinds) {
  BucketFilter filter;
  filter.rollup = rollup;
  return stored(sink, filter);
}

void require_stored(Sink& sink, const Schema& schema, int rollup, const std::vector<Bucket>& expected) {
  const auto actual = stored(sink, rollup);
  REQUIRE(actual.size() == expected.size());
  for (const Bucket& bucket : expected) {
    const auto found = actual.find(key_of(bucket));
    REQUIRE(found != actual.end());
    require_same(schema.rollups[static_cast<std::size_t>(rollup)], bucket, found->second);
  }
}

/// The place's prepared sink.
std::unique_ptr<Sink> prepared(Place& place, const SchemaPtr& schema, std::int64_t version = 1) {
  auto sink = place.open(schema, version);
  sink->prepare();
  return sink;
}

std::vector<Bucket> many(const Schema& schema, int rollup, int count, std::uint64_t seed) {
  BucketMaker make(seed);
  std::vector<Bucket> buckets;
  for (int i = 0; i < count; ++i) buckets.push_back(make.make(schema, rollup, static_cast<int>(make.number(12))));
  return buckets;
}

void fresh_rows(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  const auto kinds = many(*schema, kKinds, 300, 1);
  const auto totals = many(*schema, kTotals, 50, 2);
  sink->upsert(kKinds, kinds, kSyncedAt);
  sink->upsert(kTotals, totals, kSyncedAt);
  require_stored(*sink, *schema, kKinds, kinds);
  require_stored(*sink, *schema, kTotals, totals);
  const auto reopened = place.open(schema, 1);
  require_stored(*reopened, *schema, kKinds, kinds);
}

void nothing_to_write(Place& place) {
  const auto sink = prepared(place, sample_schema());
  sink->upsert(kKinds, {}, kSyncedAt);
  REQUIRE(stored(*sink).empty());
}

void replay(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  const auto buckets = many(*schema, kKinds, 40, 3);
  sink->upsert(kKinds, buckets, kSyncedAt);
  const std::string everything =
      "SELECT * FROM " + place.table("kinds") + " ORDER BY bucket_key, bucket_start, agent_id";
  const auto before = place.sql(everything);
  sink->upsert(kKinds, buckets, kSyncedAt + hours(5));
  REQUIRE(place.sql(everything) == before);
}

/// The guard: (computed_counter, schema_version, finished), compared in this order.
void only_newer_replaces(Place& place) {
  const SchemaPtr schema = sample_schema();
  struct Step {
    std::uint64_t computed;
    std::int64_t version;
    bool finished;
    bool replaces;
  };
  const std::vector<Step> steps = {
      {5, 1, false, true},  {5, 1, false, false}, {4, 9, true, false}, {5, 1, true, true},
      {5, 1, false, false}, {5, 2, false, true},  {5, 1, true, false}, {6, 1, false, true},
  };
  prepared(place, schema);
  Bucket current;
  std::uint64_t marker = 100;  // falls, so that it never makes a row the newer one
  for (const Step& step : steps) {
    Bucket bucket = empty_bucket(*schema, kKinds, "acme");
    bucket.computed_counter = step.computed;
    bucket.update_counter = --marker;  // tells which row is there
    bucket.finished = step.finished;
    place.open(schema, step.version)->upsert(kKinds, {&bucket, 1}, kSyncedAt);
    if (step.replaces) current = bucket;
    require_stored(*place.open(schema, 1), *schema, kKinds, {current});
  }
}

/// A bucket whose states are at the ends of their ranges.
Bucket extreme_bucket(const Schema& schema, std::int64_t value, int times) {
  Bucket bucket = empty_bucket(schema, kKinds, "extreme " + std::to_string(value) + " " + std::to_string(times));
  bucket.epoch = std::numeric_limits<std::int32_t>::max();
  for (int i = 0; i < times; ++i) {
    Fields fields;
    fields.numbers = {{"duration", value}, {"size", value}, {"ended_at", 253'402'300'799'999'999}};
    fields.texts = {{"result", "failure"}, {"note", ""}, {"labels", canonical_labels({})}};
    fields.identity = digest_of(std::to_string(i));
    fields.time = Instant{0};
    fold(schema.sources[0], schema.rollups[kKinds], fields, bucket);
  }
  return bucket;
}

void extremes(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  std::vector<Bucket> buckets = {empty_bucket(*schema, kKinds, "no spans")};
  for (const std::int64_t value : {kMax, kMin, kExactInDouble, -kExactInDouble, kExactInDouble + 1, -kExactInDouble - 1,
                                   std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, (std::int64_t{1} << 53) + 1,
                                   std::int64_t{999'999'999'999'999'999}, std::int64_t{9'999}, std::int64_t{10'000}})
    for (const int times : {1, 3}) buckets.push_back(extreme_bucket(*schema, value, times));
  sink->upsert(kKinds, buckets, kSyncedAt);
  require_stored(*sink, *schema, kKinds, buckets);
}

void wide_sums(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  const Int128 largest = ~(Int128{1} << 127);
  std::vector<Bucket> buckets;
  for (const Int128 value :
       {largest, -largest - 1, largest / 7, Int128{kMax} + 1, Int128{-1}, Int128{10'000} * 10'000}) {
    Bucket bucket = empty_bucket(*schema, kKinds, "sum " + to_text(value));
    const auto& slots = schema->rollups[kKinds].slots;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (slots[i].kind != AggregateKind::sum && slots[i].kind != AggregateKind::avg) continue;
      bucket.states[i].n = 1;
      bucket.states[i].v = value;
    }
    buckets.push_back(bucket);
  }
  sink->upsert(kKinds, buckets, kSyncedAt);
  require_stored(*sink, *schema, kKinds, buckets);
}

void wide_moments(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  Bucket wide = extreme_bucket(*schema, kMax / 2, 2);
  Bucket overflowed = extreme_bucket(*schema, kMax, 9);
  const auto& slots = schema->rollups[kKinds].slots;
  const auto corr =
      std::find_if(slots.begin(), slots.end(), [](const SlotDef& s) { return s.kind == AggregateKind::corr; });
  REQUIRE(overflowed.states[static_cast<std::size_t>(corr - slots.begin())].get<MomentState>()->overflowed);
  const std::vector<Bucket> buckets = {wide, overflowed};
  sink->upsert(kKinds, buckets, kSyncedAt);
  require_stored(*sink, *schema, kKinds, buckets);
}

void texts_and_labels(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  const std::vector<std::string> texts = {"",
                                          " ",
                                          "'",
                                          "\"",
                                          "\\",
                                          "\\\\",
                                          "\t",
                                          "\n",
                                          "\r\n",
                                          ",",
                                          "{}",
                                          "{\"a\"}",
                                          "\\N",
                                          "NULL",
                                          "\\.",
                                          "\x01",
                                          "\x7f",
                                          "\xc3\xa4",
                                          "a\xcc\x88",
                                          "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
                                          "\xf0\x9f\x9a\x80",
                                          "\xef\xbf\xbd",
                                          std::string(512, 'x'),
                                          "%00",
                                          "$1",
                                          "?1",
                                          ";--"};
  std::vector<Bucket> buckets;
  for (const std::string& text : texts) {
    Bucket bucket = empty_bucket(*schema, kKinds, text);
    bucket.dimensions[1].text = "result of " + text;
    bucket.dimensions[2].labels = parse_labels(canonical_labels({text, "plain", "z" + text}));
    bucket.dimensions[3].text = buckets.size() % 3 == 0 ? "true" : buckets.size() % 3 == 1 ? "false" : "";
    set_key(bucket);
    Fields fields;
    fields.texts = {{"note", text}, {"labels", canonical_labels({text, "b" + text})}};
    fold(schema->sources[0], schema->rollups[kKinds], fields, bucket);
    buckets.push_back(bucket);
  }
  sink->upsert(kKinds, buckets, kSyncedAt);
  require_stored(*sink, *schema, kKinds, buckets);
  for (const Bucket& bucket : buckets) {
    BucketFilter filter;
    filter.rollup = kKinds;
    for (int d = 0; d < 4; ++d) filter.equals.emplace_back(d, bucket.dimensions[static_cast<std::size_t>(d)]);
    const auto found = stored(*sink, filter);
    REQUIRE(found.size() == 1);
    REQUIRE(found.begin()->second.key == bucket.key);
  }
}

void distributions(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  std::vector<Bucket> buckets;
  for (const int n : {1, 2, 1000, 200'000}) {
    Bucket distinct = empty_bucket(*schema, kKinds, "distinct " + std::to_string(n));
    Bucket repeated = empty_bucket(*schema, kKinds, "repeated " + std::to_string(n));
    std::vector<std::int64_t> values;
    for (int i = 0; i < n; ++i) values.push_back(std::int64_t{i} * 1'000'003 - 5);
    std::vector<std::int64_t> twice = values;
    twice.insert(twice.end(), values.begin(), values.begin() + n / 2 + 1);
    const auto& slots = schema->rollups[kKinds].slots;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (slots[i].kind != AggregateKind::percentile_cont) continue;
      distinct.states[i].get_or_make<DistributionState>().distribution = Distribution::of(values);
      repeated.states[i].get_or_make<DistributionState>().distribution = Distribution::of(twice);
    }
    buckets.push_back(distinct);
    buckets.push_back(repeated);
  }
  sink->upsert(kKinds, buckets, kSyncedAt);
  require_stored(*sink, *schema, kKinds, buckets);
  const auto rows = place.sql("SELECT owner, CASE WHEN duration_us_counts IS NULL THEN 'none' ELSE 'some' END FROM " +
                              place.table("kinds"));
  for (const auto& row : rows) REQUIRE(row[1] == (row[0].starts_with("distinct") ? "none" : "some"));
}

/// As retention leaves the buckets: percentiles without the values.
void drop_distributions(const RollupDef& rollup, std::vector<Bucket>& buckets) {
  for (Bucket& bucket : buckets) {
    if (bucket.computed_counter == 1) continue;  // a bucket of one span keeps its own
    for (std::size_t i = 0; i < rollup.slots.size(); ++i) {
      const SlotDef& slot = rollup.slots[i];
      if (slot.kind != AggregateKind::percentile_cont) continue;
      const auto* held = bucket.states[i].get<DistributionState>();
      if (held == nullptr || held->distribution.empty()) continue;
      DistributionState dropped;
      dropped.dropped = true;
      for (const double p : slot.percentiles) dropped.results.emplace_back(p, held->distribution.percentile(p));
      bucket.states[i].get_or_make<DistributionState>() = dropped;
      bucket.unmergeable = true;
    }
  }
}

void dropped_distributions(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  std::vector<Bucket> buckets = many(*schema, kKinds, 200, 7);
  buckets.push_back(extreme_bucket(*schema, 0, 2));
  drop_distributions(schema->rollups[kKinds], buckets);
  sink->upsert(kKinds, buckets, kSyncedAt);
  require_stored(*sink, *schema, kKinds, buckets);
}

void kept_distributions(Place& place) {
  const SchemaPtr schema = sample_schema();
  const std::vector<Bucket> whole = many(*schema, kKinds, 50, 11);
  prepared(place, schema)->upsert(kKinds, whole, kSyncedAt);
  // After a change of definitions all rows go again; by then the agent has the percentiles only.
  std::vector<Bucket> again = whole;
  drop_distributions(schema->rollups[kKinds], again);
  const auto newer = place.open(schema, 1000);
  newer->prepare();
  newer->upsert(kKinds, again, kSyncedAt);
  require_stored(*newer, *schema, kKinds, whole);
}

void incomplete_columns(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  BucketMaker make(8);
  std::vector<Bucket> buckets;
  for (std::size_t slot = 0; slot < schema->rollups[kKinds].slots.size(); ++slot) {
    buckets.push_back(make.make(*schema, kKinds, static_cast<int>(slot % 3)));
    buckets.back().incomplete_slots.assign(schema->rollups[kKinds].slots.size(), false);
    buckets.back().incomplete_slots[slot] = true;
  }
  sink->upsert(kKinds, buckets, kSyncedAt);
  require_stored(*sink, *schema, kKinds, buckets);
}

void lacking_columns(Place& place) {
  prepared(place, sample_schema());
  const auto newer = place.open(extended_schema(), 1);
  BucketFilter all;
  all.rollup = kKinds;
  const auto read = [&] { stored(*newer, all); };
  REQUIRE_THROWS_AS(read(), SinkError);
}

void unfinished_rows(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  std::vector<Bucket> buckets = many(*schema, kKinds, 1, 3);
  buckets[0].finished = false;
  sink->upsert(kKinds, buckets, kSyncedAt);
  // More spans have come and are not computed yet.
  ++buckets[0].update_counter;
  sink->upsert(kKinds, buckets, kSyncedAt);
  require_stored(*sink, *schema, kKinds, buckets);
}

void agents_and_epochs(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  std::vector<Bucket> buckets;
  for (std::uint8_t agent = 0; agent < 3; ++agent)
    for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
      Bucket bucket = empty_bucket(*schema, kKinds, "acme");
      bucket.agent.bytes[15] = agent;
      bucket.epoch = epoch;
      bucket.computed_counter = bucket.update_counter = agent * 3u + epoch + 1;
      buckets.push_back(bucket);
    }
  sink->upsert(kKinds, buckets, kSyncedAt);
  require_stored(*sink, *schema, kKinds, buckets);
}

void windows(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  std::vector<Bucket> buckets;
  for (int hour = 0; hour < 10; ++hour) {
    buckets.push_back(empty_bucket(*schema, kKinds, hour % 2 == 0 ? "even" : "odd"));
    buckets.back().start = Instant{0} + hours(hour);
  }
  sink->upsert(kKinds, buckets, kSyncedAt);
  BucketFilter filter;
  filter.rollup = kKinds;
  filter.from = Instant{0} + hours(3);
  filter.to = Instant{0} + hours(7);
  REQUIRE(stored(*sink, filter).size() == 4);
  filter.equals = {{0, {false, "even", {}}}};
  REQUIRE(stored(*sink, filter).size() == 2);
  filter.equals = {{0, {false, "neither", {}}}};
  REQUIRE(stored(*sink, filter).empty());
  filter.equals = {{3, {false, "perhaps", {}}}};
  REQUIRE(stored(*sink, filter).empty());

  Bucket total = empty_bucket(*schema, kTotals, "acme");
  sink->upsert(kTotals, {&total, 1}, kSyncedAt);
  BucketFilter totals;
  totals.rollup = kTotals;
  totals.from = Instant{0};
  REQUIRE(stored(*sink, totals).size() == 1);
  totals.from = Instant{1};
  REQUIRE(stored(*sink, totals).empty());
}

/// One row that cannot be stored takes the whole batch with it.
void all_or_nothing(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  auto buckets = many(*schema, kKinds, 2000, 9);
  const auto impossible = GENERATE(as<std::string>(), "dimension", "NUL", "counter");
  if (impossible == "dimension") buckets[1500].dimensions[3].text = "perhaps";
  if (impossible == "NUL") buckets[1500].dimensions[0].text = std::string("a\0b", 3);
  if (impossible == "counter") buckets[1500].update_counter = ~std::uint64_t{0};
  try {
    sink->upsert(kKinds, buckets, kSyncedAt);
    FAIL("it was stored");
  } catch (const SinkError& e) {
    REQUIRE(e.kind() == SinkError::Kind::row);
  }
  REQUIRE(stored(*sink).empty());
  const auto good = many(*schema, kKinds, 20, 10);
  sink->upsert(kKinds, good, kSyncedAt);
  require_stored(*sink, *schema, kKinds, good);
}

void a_failing_reader(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  const auto buckets = many(*schema, kKinds, 100, 11);
  sink->upsert(kKinds, buckets, kSyncedAt);
  BucketFilter filter;
  filter.rollup = kKinds;
  int seen = 0;
  REQUIRE_THROWS_AS(sink->scan(filter,
                               [&](Bucket&&) {
                                 if (++seen == 3) throw StoreError("enough");
                               }),
                    StoreError);
  require_stored(*sink, *schema, kKinds, buckets);
}

void preparing_twice(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto first = prepared(place, schema);
  const auto buckets = many(*schema, kKinds, 5, 12);
  first->upsert(kKinds, buckets, kSyncedAt);
  const auto second = prepared(place, schema);
  second->prepare();
  require_stored(*second, *schema, kKinds, buckets);
}

void added_columns(Place& place) {
  const SchemaPtr old_schema = sample_schema();
  const SchemaPtr new_schema = extended_schema();
  const auto old_sink = prepared(place, old_schema);
  const auto old_kinds = many(*old_schema, kKinds, 10, 13);
  const auto old_totals = many(*old_schema, kTotals, 10, 14);
  old_sink->upsert(kKinds, old_kinds, kSyncedAt);
  old_sink->upsert(kTotals, old_totals, kSyncedAt);

  const auto new_sink = prepared(place, new_schema, 2);
  const auto new_kinds = many(*new_schema, kKinds, 10, 15);
  new_sink->upsert(kKinds, new_kinds, kSyncedAt);
  // An agent that still has the older schema goes on.
  const auto more = many(*old_schema, kKinds, 10, 16);
  old_sink->upsert(kKinds, more, kSyncedAt);

  // Rows that do not know the new columns say so, and know the others.
  const auto rows = stored(*new_sink);
  REQUIRE(rows.size() == 30);
  const std::size_t old_slots = old_schema->rollups[kKinds].slots.size();
  for (const auto* batch : {&old_kinds, &more}) {
    for (Bucket expected : *batch) {
      expected.states.resize(new_schema->rollups[kKinds].slots.size());
      expected.incomplete_slots.assign(expected.states.size(), false);
      for (std::size_t i = old_slots; i < expected.states.size(); ++i) expected.incomplete_slots[i] = true;
      require_same(new_schema->rollups[kKinds], expected, rows.at(key_of(expected)));
    }
  }
  for (const Bucket& expected : new_kinds)
    require_same(new_schema->rollups[kKinds], expected, rows.at(key_of(expected)));
  for (const auto& [key, bucket] : stored(*new_sink, kTotals)) REQUIRE(bucket.incomplete_slots.back());
}

void missing_tables(Place& place) {
  const auto sink = place.open(sample_schema(), 1);
  try {
    stored(*sink);
    FAIL("it read a table that is not there");
  } catch (const SinkError& e) {
    REQUIRE(e.kind() == SinkError::Kind::permanent);
    REQUIRE_THAT(e.what(), Catch::Contains("tidemark sync"));
  }
}

void another_type(Place& place) {
  prepared(place, sample_schema());
  place.sql("ALTER TABLE " + place.table("totals") + " RENAME COLUMN runs TO saved_runs");
  place.sql("ALTER TABLE " + place.table("totals") + " ADD COLUMN runs text");
  try {
    prepared(place, sample_schema());
    FAIL("it took a column of another type");
  } catch (const SinkError& e) {
    REQUIRE(e.kind() == SinkError::Kind::permanent);
    REQUIRE_THAT(e.what(), Catch::Contains("totals.runs"));
  }
}

void printed_ddl(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = place.open(schema, 1);
  place.sql(sink->ddl());
  // What was printed is what prepare() would have made: it finds nothing to do, and rows fit.
  sink->prepare();
  const auto buckets = many(*schema, kKinds, 20, 17);
  sink->upsert(kKinds, buckets, kSyncedAt);
  require_stored(*sink, *schema, kKinds, buckets);
}

/// Replays in any order and any grouping end in the same rows.
void any_order(Place& place) {
  const SchemaPtr schema = sample_schema();
  const auto sink = prepared(place, schema);
  BucketMaker make(18);
  std::vector<std::vector<Bucket>> versions;
  std::vector<Bucket> newest;
  for (int key = 0; key < 20; ++key) {
    Bucket bucket = make.make(*schema, kKinds, 1);
    std::vector<Bucket> history;
    for (std::uint64_t counter = 1; counter <= 5; ++counter) {
      bucket.computed_counter = bucket.update_counter = counter;
      history.push_back(bucket);
    }
    newest.push_back(history.back());
    versions.push_back(history);
  }
  for (int round = 0; round < 60; ++round) {
    std::vector<Bucket> batch;
    for (const auto& history : versions)
      if (round == 59 || make.number(2) == 0) batch.push_back(history[round == 30 ? 4 : make.number(5)]);
    sink->upsert(kKinds, batch, kSyncedAt);
  }
  std::vector<Bucket> all;
  for (const auto& history : versions) all.push_back(history.back());
  sink->upsert(kKinds, all, kSyncedAt);
  require_stored(*sink, *schema, kKinds, newest);
}

}  // namespace

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {
      {"fresh rows come back as they were", fresh_rows},
      {"an empty batch is nothing", nothing_to_write},
      {"sending again changes nothing", replay},
      {"only a newer row replaces a stored one", only_newer_replaces},
      {"rows sent in any order end as the newest", any_order},
      {"values at the ends of their ranges", extremes},
      {"sums of 128 bits", wide_sums},
      {"moments of 128 bits, and beyond", wide_moments},
      {"texts and label sets of any characters, also as filters", texts_and_labels},
      {"distributions large and small; no counts when all are 1", distributions},
      {"dropped distributions keep their percentiles", dropped_distributions},
      {"a sink keeps the distribution of a row that comes again without it", kept_distributions},
      {"a column that the sink lacks is an error when it is read, not a value", lacking_columns},
      {"of unfinished rows the one that has seen more spans replaces the other", unfinished_rows},
      {"incomplete columns are told from empty ones", incomplete_columns},
      {"rows of several agents and epochs stay apart", agents_and_epochs},
      {"windows and dimensions as filters", windows},
      {"a batch with an impossible row leaves nothing", all_or_nothing},
      {"a reader that throws leaves the sink usable", a_failing_reader},
      {"preparing again changes nothing", preparing_twice},
      {"columns are added, and older agents go on", added_columns},
      {"reading before anything was prepared", missing_tables},
      {"a column of another type is refused", another_type},
      {"the printed statements make the same tables", printed_ddl},
  };
  return kCases;
}

}  // namespace tidemark::conformance
