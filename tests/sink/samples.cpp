#include "sink/samples.hpp"

#include <bit>
#include <catch2/catch.hpp>

#include "model/digest.hpp"
#include "model/span_batch.hpp"

namespace tidemark::samples {
namespace {

FieldDef field(std::string name, FieldType type, std::int64_t divisor = 1'000'000) {
  FieldDef def;
  def.name = std::move(name);
  def.type = type;
  def.divisor = divisor;
  return def;
}

SourceDef sample_source() {
  SourceDef source;
  source.name = "event";
  source.fields = {field("owner", FieldType::text),        field("result", FieldType::result),
                   field("labels", FieldType::labels),     field("manual", FieldType::boolean),
                   field("ended_at", FieldType::instant),  field("duration", FieldType::duration),
                   field("size", FieldType::number, 1000), field("note", FieldType::text)};
  source.time_field = 4;
  return source;
}

/// Adds columns as the schema's parser does: columns of one aggregate, field and filter share a slot.
class RollupMaker {
 public:
  RollupMaker(const SourceDef& source, RollupDef& rollup) : source_(source), rollup_(rollup) {}

  void add(const std::string& name, AggregateKind kind, const std::string& field, ColumnUnit unit = ColumnUnit::none,
           double percentile = 0, bool filtered = false, const std::string& second = {}) {
    const int index = field.empty() ? -1 : source_.field_index(field);
    ColumnDef column;
    column.name = name;
    column.kind = kind;
    column.unit = unit;
    column.percentile = percentile;
    if (index >= 0) {
      column.type = source_.fields[static_cast<std::size_t>(index)].type;
      column.divisor = source_.fields[static_cast<std::size_t>(index)].divisor;
    }
    column.slot = slot(kind, field, index, filtered, second);
    if (kind == AggregateKind::percentile_cont) take_percentile(column);
    rollup_.columns.push_back(column);
  }

 private:
  int slot(AggregateKind kind, const std::string& field, int index, bool filtered, const std::string& second) {
    SlotDef def;
    def.kind = kind;
    def.field = index;
    def.second_field = second.empty() ? -1 : source_.field_index(second);
    def.text = std::string(std::to_string(static_cast<int>(kind))) + "(" + field + "," + second + ")";
    if (filtered) {
      Predicate::Node node;
      node.field = source_.field_index("result");
      node.literals = {"failure"};
      def.where.nodes.push_back(node);
      def.text += " where result = 'failure'";
    }
    for (std::size_t i = 0; i < rollup_.slots.size(); ++i)
      if (rollup_.slots[i].text == def.text) return static_cast<int>(i);
    rollup_.slots.push_back(def);
    return static_cast<int>(rollup_.slots.size()) - 1;
  }

  void take_percentile(const ColumnDef& column) {
    auto& percentiles = rollup_.slots[static_cast<std::size_t>(column.slot)].percentiles;
    const auto at = std::lower_bound(percentiles.begin(), percentiles.end(), column.percentile);
    if (at == percentiles.end() || *at != column.percentile) percentiles.insert(at, column.percentile);
  }

  const SourceDef& source_;
  RollupDef& rollup_;
};

RollupDef kinds_rollup(const SourceDef& source) {
  RollupDef rollup;
  rollup.name = "kinds";
  rollup.source = 0;
  rollup.every = hours(1);
  rollup.by = {0, 1, 2, 3};
  RollupMaker make(source, rollup);
  using enum AggregateKind;
  make.add("runs", count, "");
  make.add("noted_runs", count, "note");
  make.add("sum_duration_seconds", sum, "duration", ColumnUnit::scaled);
  make.add("sum_duration_us", sum, "duration", ColumnUnit::micros);
  make.add("sum_size", sum, "size", ColumnUnit::scaled);
  make.add("min_duration_us", min, "duration", ColumnUnit::micros);
  make.add("max_duration_seconds", max, "duration", ColumnUnit::scaled);
  make.add("max_duration_ms", max, "duration", ColumnUnit::millis);
  make.add("min_size", min, "size", ColumnUnit::scaled);
  make.add("last_ended_at", max, "ended_at", ColumnUnit::instant);
  make.add("avg_size", avg, "size", ColumnUnit::scaled);
  make.add("first_note", first, "note");
  make.add("last_labels", last, "labels");
  make.add("last_manual", last, "manual");
  make.add("first_ended_at", first, "ended_at", ColumnUnit::instant);
  make.add("last_size", last, "size", ColumnUnit::scaled);
  make.add("distinct_notes", count_distinct, "note");
  make.add("median_duration_seconds", percentile_cont, "duration", ColumnUnit::scaled, 0.5);
  make.add("p95_duration_seconds", percentile_cont, "duration", ColumnUnit::scaled, 0.95);
  make.add("p95_duration_ms", percentile_cont, "duration", ColumnUnit::millis, 0.95);
  make.add("p99_size", percentile_cont, "size", ColumnUnit::scaled, 0.99);
  make.add("median_failed_seconds", percentile_cont, "duration", ColumnUnit::scaled, 0.5, true);
  make.add("size_by_duration", corr, "size", ColumnUnit::none, 0, false, "duration");
  return rollup;
}

RollupDef totals_rollup(const SourceDef& source) {
  RollupDef rollup;
  rollup.name = "totals";
  rollup.source = 0;
  rollup.by = {0};
  RollupMaker make(source, rollup);
  make.add("runs", AggregateKind::count, "");
  make.add("sum_size", AggregateKind::sum, "size", ColumnUnit::scaled);
  make.add("last_result", AggregateKind::last, "result");
  return rollup;
}

DimensionValue dimension(const FieldDef& field, BucketMaker& make) {
  DimensionValue value;
  value.is_set = field.type == FieldType::labels;
  if (field.type == FieldType::boolean) {
    value.text = make.number(2) == 0 ? "true" : "false";
  } else if (!value.is_set) {
    value.text = make.text();
  } else {
    std::vector<std::string> labels;
    for (std::uint64_t i = make.number(4); i > 0; --i) labels.push_back(make.text());
    value.labels = parse_labels(canonical_labels(labels));
  }
  return value;
}

std::string encoded(const SlotDef& slot, const State& state) {
  State comparable = state;
  // How many values a sum is of is not kept, only whether there are any.
  if (slot.kind == AggregateKind::sum && comparable.n > 1) comparable.n = 1;
  std::string bytes;
  aggregate_of(slot.kind).encode(comparable, bytes);
  return bytes;
}

bool same_bits(const Cell& a, const Cell& b) {
  const auto* x = std::get_if<double>(&a);
  const auto* y = std::get_if<double>(&b);
  if (x == nullptr || y == nullptr) return a == b;
  return std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y);
}

bool is_dropped(const SlotDef& slot, const State& state) {
  if (slot.kind != AggregateKind::percentile_cont) return false;
  const auto* held = state.get<DistributionState>();
  return held != nullptr && held->dropped;
}

}  // namespace

SchemaPtr sample_schema() {
  auto schema = std::make_shared<Schema>();
  schema->sources.push_back(sample_source());
  schema->rollups = {kinds_rollup(schema->sources[0]), totals_rollup(schema->sources[0])};
  return schema;
}

SchemaPtr extended_schema() {
  auto schema = std::make_shared<Schema>(*sample_schema());
  RollupMaker kinds(schema->sources[0], schema->rollups[kKinds]);
  kinds.add("late_runs", AggregateKind::count, "", ColumnUnit::none, 0, true);
  kinds.add("late_notes", AggregateKind::count_distinct, "note", ColumnUnit::none, 0, true);
  kinds.add("late_median_size", AggregateKind::percentile_cont, "size", ColumnUnit::scaled, 0.5, true);
  RollupMaker totals(schema->sources[0], schema->rollups[kTotals]);
  totals.add("late_size", AggregateKind::sum, "size", ColumnUnit::scaled, 0, true);
  return schema;
}

std::string BucketMaker::text() {
  static const std::vector<std::string> kTexts = {"acme",
                                                  "x64",
                                                  "Linux",
                                                  "it's",
                                                  "say \"hi\"",
                                                  "back\\slash",
                                                  "tab\there",
                                                  "line\nbreak",
                                                  "comma,brace{}",
                                                  "NULL",
                                                  "null",
                                                  "\xc3\xa4\xc3\xb6",
                                                  "\xe6\x97\xa5\xe6\x9c\xac",
                                                  "\xf0\x9f\x9a\x80",
                                                  "\\N",
                                                  "\\.",
                                                  "a b",
                                                  "{a,b}",
                                                  "\x01\x1f\x7f",
                                                  "%s;--",
                                                  "[1]",
                                                  "true"};
  return kTexts[number(kTexts.size())];
}

Bucket BucketMaker::make(const Schema& schema, int rollup, int spans) {
  const RollupDef& def = schema.rollups[static_cast<std::size_t>(rollup)];
  const SourceDef& source = schema.sources[static_cast<std::size_t>(def.source)];
  Bucket bucket;
  for (const int index : def.by)
    bucket.dimensions.push_back(dimension(source.fields[static_cast<std::size_t>(index)], *this));
  set_key(bucket);
  bucket.start = def.bucket_start(Instant{1'767'225'600'000'000} + hours(static_cast<std::int64_t>(number(48))));
  for (auto& byte : bucket.agent.bytes) byte = static_cast<std::uint8_t>(number(256));
  bucket.epoch = static_cast<std::uint32_t>(number(5));
  bucket.finished = true;
  bucket.states.resize(def.slots.size());
  for (int i = 0; i < spans; ++i) add_span(source, def, bucket);
  return bucket;
}

void BucketMaker::add_span(const SourceDef& source, const RollupDef& rollup, Bucket& bucket) {
  Fields fields;
  fields.time = bucket.start + Micros{static_cast<std::int64_t>(number(3'600'000'000))};
  fields.identity = digest_of(std::to_string(random_()));
  fields.numbers = {{"ended_at", fields.time.us}};
  if (number(4) != 0) fields.numbers.emplace_back("duration", static_cast<std::int64_t>(number(4'000'000)));
  if (number(3) != 0) fields.numbers.emplace_back("size", static_cast<std::int64_t>(random_()) >> number(60));
  if (number(2) != 0) fields.numbers.emplace_back("manual", static_cast<std::int64_t>(number(2)));
  if (number(3) != 0) fields.texts.emplace_back("note", text());
  if (number(3) != 0) fields.texts.emplace_back("labels", canonical_labels({text(), text()}));
  fields.texts.emplace_back("result", number(2) == 0 ? "failure" : "success");
  fold(source, rollup, fields, bucket);
}

void fold(const SourceDef& source, const RollupDef& rollup, const Fields& fields, Bucket& bucket) {
  const auto number_of = [&](int index) {
    if (index < 0) return std::int64_t{1};
    for (const auto& [name, value] : fields.numbers)
      if (source.field_index(name) == index) return value;
    for (const auto& [name, value] : fields.texts)
      if (source.field_index(name) == index) return std::int64_t{1};
    return kNull;
  };
  const auto text_of = [&](int index) {
    for (const auto& [name, value] : fields.texts)
      if (source.field_index(name) == index) return std::string_view(value);
    return std::string_view();
  };
  for (std::size_t i = 0; i < rollup.slots.size(); ++i) {
    const SlotDef& slot = rollup.slots[i];
    if (!slot.where.always() && text_of(source.field_index("result")) != "failure") continue;
    Contribution c;
    c.value = number_of(slot.field);
    c.second = number_of(slot.second_field);
    c.text = text_of(slot.field);
    c.time = fields.time;
    c.identity = &fields.identity;
    aggregate_of(slot.kind).add(bucket.states[i], c);
  }
  bucket.update_counter = ++bucket.computed_counter;
}

Bucket empty_bucket(const Schema& schema, int rollup, const std::string& owner) {
  const RollupDef& def = schema.rollups[static_cast<std::size_t>(rollup)];
  const SourceDef& source = schema.sources[static_cast<std::size_t>(def.source)];
  Bucket bucket;
  for (const int index : def.by) {
    const FieldType type = source.fields[static_cast<std::size_t>(index)].type;
    bucket.dimensions.push_back({type == FieldType::labels, type == FieldType::boolean ? "false" : "", {}});
  }
  bucket.dimensions[0].text = owner;
  set_key(bucket);
  bucket.start = def.bucket_start(Instant{1'767'225'600'000'000});
  bucket.finished = true;
  bucket.states.resize(def.slots.size());
  return bucket;
}

void set_key(Bucket& bucket) { bucket.key = key_digest(canonical_key(bucket.dimensions)); }

Distribution send_two_agents(const Schema& schema, Sink& sink) {
  const RollupDef& rollup = schema.rollups[kKinds];
  std::vector<Bucket> buckets;
  std::vector<std::int64_t> all;
  BucketMaker make(99);
  for (int i = 0; i < 7; ++i) {
    buckets.push_back(empty_bucket(schema, kKinds, i == 6 ? "other" : "acme"));
    buckets.back().start = buckets.back().start + hours(i / 2);
    buckets.back().agent.bytes[0] = static_cast<std::uint8_t>(i % 2);
    for (int span = 0; span < 20; ++span) {
      const auto duration = static_cast<std::int64_t>(make.number(i % 2 == 0 ? 50 : 3'000'000'000));
      fold(schema.sources[0], rollup, {{{"duration", duration}, {"size", duration}}, {}, {}, {}}, buckets.back());
      if (i < 6) all.push_back(duration);
    }
  }
  sink.upsert(kKinds, buckets, Instant{0});
  return Distribution::of(all);
}

void require_same(const RollupDef& rollup, const Bucket& expected, const Bucket& actual) {
  REQUIRE(expected.dimensions == actual.dimensions);
  REQUIRE(expected.key == actual.key);
  REQUIRE(expected.start == actual.start);
  REQUIRE(expected.agent == actual.agent);
  REQUIRE(expected.epoch == actual.epoch);
  REQUIRE(expected.update_counter == actual.update_counter);
  REQUIRE(expected.computed_counter == actual.computed_counter);
  REQUIRE(expected.finished == actual.finished);
  REQUIRE(expected.unmergeable == actual.unmergeable);
  REQUIRE(expected.incomplete_slots == actual.incomplete_slots);
  const auto wanted = results_of(rollup, expected);
  const auto got = results_of(rollup, actual);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    INFO(rollup.columns[i].name);
    REQUIRE(same_bits(wanted[i], got[i]));
  }
  for (std::size_t i = 0; i < rollup.slots.size(); ++i) {
    INFO(rollup.slots[i].text);
    if (!expected.incomplete_slots.empty() && expected.incomplete_slots[i]) continue;
    const bool dropped = is_dropped(rollup.slots[i], expected.states[i]);
    REQUIRE(dropped == is_dropped(rollup.slots[i], actual.states[i]));
    if (!dropped) REQUIRE(encoded(rollup.slots[i], expected.states[i]) == encoded(rollup.slots[i], actual.states[i]));
  }
}

}  // namespace tidemark::samples
