#include "sink/fleet_cases.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <limits>

#include "model/key.hpp"
#include "model/schema_toml.hpp"
#include "model/text.hpp"
#include "read/query.hpp"
#include "sink/table_layout.hpp"

namespace tidemark::fleet {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

using samples::BucketMaker;

constexpr std::string_view kSource = R"toml(
[source.event]
time = "ended_at"
[source.event.fields]
owner = "text"
result = "result"
labels = "labels"
manual = "boolean"
ended_at = "instant"
duration = "duration"
size = "number(0.001)"
note = "text"
)toml";

/// `aggregate`, and what its columns' names end in; `{}` takes a number that keeps names apart.
struct Kind {
  const char* name;
  const char* aggregate;
};
constexpr Kind kKinds[] = {
    {"runs{}", "count()"},
    {"noted{}", "count(note)"},
    {"sum_duration{}_us", "sum(duration)"},
    {"sum_duration{}_ms", "sum(duration)"},
    {"sum_duration{}", "sum(duration)"},
    {"sum_size{}", "sum(size)"},
    {"min_duration{}_us", "min(duration)"},
    {"min_duration{}", "min(duration)"},
    {"max_duration{}_ms", "max(duration)"},
    {"max_duration{}_us", "max(duration)"},
    {"max_size{}", "max(size)"},
    {"last_end{}", "max(ended_at)"},
    {"avg_size{}", "avg(size)"},
    {"avg_duration{}_ms", "avg(duration)"},
    {"avg_duration{}_us", "avg(duration)"},
    {"first_note{}", "first(note)"},
    {"last_note{}", "last(note)"},
    {"first_labels{}", "first(labels)"},
    {"last_labels{}", "last(labels)"},
    {"last_manual{}", "last(manual)"},
    {"last_size{}", "last(size)"},
    {"first_duration{}_us", "first(duration)"},
    {"first_duration{}_ms", "first(duration)"},
    {"first_end{}", "first(ended_at)"},
    {"last_result{}", "last(result)"},
    {"linked{}", "corr(size, duration)"},
    {"notes{}", "count_distinct(note)"},
    {"sizes{}", "count_distinct(size)"},
    {"p50_duration{}", "median(duration)"},
    {"p95_duration{}_us", "percentile_cont(0.95, duration)"},
    {"p95_duration{}_ms", "percentile_cont(0.95, duration)"},
    {"p99_size{}", "percentile_cont(0.99, size)"},
    {"p0_size{}", "percentile_cont(0, size)"},
    {"p100_size{}", "percentile_cont(1, size)"},
    {"p33_size{}", "percentile_cont(0.3333333333333333, size)"},
};

bool needs_hours(std::string_view aggregate) {
  return aggregate.starts_with("percentile") || aggregate.starts_with("median") ||
         aggregate.starts_with("count_distinct");
}

std::string column_text(const Kind& kind, std::size_t number, bool filtered) {
  std::string name = kind.name;
  name.replace(name.find("{}"), 2, "_" + std::to_string(number));
  return name + " = \"" + kind.aggregate + (filtered ? " where result = 'failure'" : "") + "\"\n";
}

/// As retention leaves a bucket of several spans: percentiles without the values.
void drop_distributions(const RollupDef& rollup, Bucket& bucket) {
  if (bucket.computed_counter == 1) return;  // it keeps its own
  for (std::size_t i = 0; i < rollup.slots.size(); ++i) {
    if (rollup.slots[i].kind != AggregateKind::percentile_cont) continue;
    const auto* held = bucket.states[i].get<DistributionState>();
    if (held == nullptr || held->distribution.empty()) continue;
    DistributionState dropped;
    dropped.dropped = true;
    for (const double p : rollup.slots[i].percentiles)
      dropped.results.emplace_back(p, held->distribution.percentile(p));
    bucket.states[i].get_or_make<DistributionState>() = dropped;
    bucket.unmergeable = true;
  }
}

/// A span's values at the ends of their ranges, and many of one value.
void add_unusual(const Schema& schema, const RollupDef& rollup, Bucket& bucket, BucketMaker& random) {
  constexpr std::int64_t kValues[] = {kMax, -kMax, (std::int64_t{1} << 53) + 1, (std::int64_t{1} << 50) + 1, 0, -1, 7};
  const std::int64_t value = kValues[random.number(std::size(kValues))];
  const std::uint64_t times = random.number(4) == 0 ? 300 : 1;
  for (std::uint64_t i = 0; i < times; ++i) {
    samples::Fields fields;
    fields.numbers = {{"duration", value}, {"size", value / 3}, {"ended_at", bucket.start.us}};
    fields.texts = {{"result", "failure"}, {"note", random.text()}};
    fields.time = bucket.start;
    fields.identity = digest_of(std::to_string(random.number(40)));
    samples::fold(schema.sources[0], rollup, fields, bucket);
  }
}

/// What a copied store makes of the same spans: other values under their identities.
void change_edges(const RollupDef& rollup, Bucket& bucket, BucketMaker& random) {
  for (std::size_t i = 0; i < rollup.slots.size(); ++i) {
    const bool edge = rollup.slots[i].kind == AggregateKind::first || rollup.slots[i].kind == AggregateKind::last;
    if (!edge || bucket.states[i].get<EdgeState>() == nullptr) continue;
    auto& held = bucket.states[i].get_or_make<EdgeState>();
    const FieldType type = rollup.columns[static_cast<std::size_t>(leading_column(rollup, static_cast<int>(i)))].type;
    if (type == FieldType::text || type == FieldType::result)
      held.text = random.text();
    else if (type == FieldType::labels)
      held.text = canonical_labels({random.text(), std::string(random.number(300), 'x')});
    else if (type == FieldType::boolean)
      held.value = static_cast<std::int64_t>(random.number(2));
    else if (held.value > -kMax && held.value < kMax)
      held.value += static_cast<std::int64_t>(random.number(3)) - 1;
  }
}

void set_dimensions(const RollupDef& rollup, Bucket& bucket, BucketMaker& random) {
  static const char* const kOwners[] = {"acme", "it's \"b\"\\", ""};
  static const std::vector<std::string> kLabels[] = {{}, {"a,b", "x64"}, {"linux"}};
  static const char* const kManual[] = {"true", "false", ""};
  bucket.dimensions[0].text = kOwners[random.number(3)];
  if (rollup.by.size() > 1) {
    bucket.dimensions[1].text = random.number(2) == 0 ? "failure" : "success";
    bucket.dimensions[2].labels = kLabels[random.number(3)];
    bucket.dimensions[3].text = kManual[random.number(3)];
  }
  samples::set_key(bucket);
}

std::string bits_of(double v) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(v)));
  return digits;
}

std::string text_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return "NULL";
    case Value::Kind::real: return bits_of(value.real());
    case Value::Kind::instant: return std::to_string(value.instant().us);
    case Value::Kind::boolean: return value.boolean() ? "true" : "false";
    case Value::Kind::text_list: {
      std::string text = "set";
      for (const std::string& item : value.list()) text += "\x1f" + item;
      return text;
    }
    default: return value.to_string();
  }
}

std::string text_sql(const std::string& column, SinkType type) {
  switch (type) {
    case SinkType::real: return "encode(float8send(" + column + "), 'hex')";
    case SinkType::instant: return "(extract(epoch FROM " + column + ") * 1000000)::bigint::text";
    case SinkType::text_list:
      return "'set' || coalesce(E'\\x1f' || nullif(array_to_string(" + column + ", E'\\x1f'), ''), CASE WHEN " +
             column + " IS NOT NULL THEN '' END)";
    default: return column + "::text";
  }
}

const RollupDef& rollup_of(const Schema& schema, const Query& query) {
  return schema.rollups[static_cast<std::size_t>(schema.rollup_index(query.rollup))];
}

SinkType dimension_type(const FieldDef& field) {
  if (field.type == FieldType::labels) return SinkType::text_list;
  return field.type == FieldType::boolean ? SinkType::boolean : SinkType::text;
}

std::vector<std::string> dimension_names(const Schema& schema, const Query& query) {
  if (query.by) return *query.by;
  std::vector<std::string> names;
  for (const int field : rollup_of(schema, query).by)
    names.push_back(schema.sources[0].fields[static_cast<std::size_t>(field)].name);
  return names;
}

bool has_windows(const Schema& schema, const Query& query) {
  return rollup_of(schema, query).every && query.windows != Query::Windows::all;
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out.push_back(c);
    out.push_back(c);
  }
  return out + "'";
}

std::string names_sql(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  return quoted("{" + list + "}");
}

/// A filter in JSON. None of the texts here has a control character.
std::string json_of(const FieldDef& field, const std::string& text) {
  const auto string = [](std::string_view s) {
    std::string out = "\"";
    for (const char c : s) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    return out + "\"";
  };
  if (field.type == FieldType::boolean) return text.empty() ? "null" : text;
  if (field.type != FieldType::labels) return string(text);
  // As queries write the sets of set_dimensions.
  if (text == "[]") return "[]";
  return text == "linux" ? R"([" linux ", "linux", ""])" : R"(["x64", "a,b"])";
}

}  // namespace

Definitions::Definitions(std::uint64_t seed) {
  BucketMaker random(seed);
  const std::size_t count = 4 + random.number(24);
  for (std::size_t i = 0; i < count; ++i) {
    const Kind& kind = kKinds[random.number(std::size(kKinds))];
    const bool filtered = random.number(4) == 0;
    columns_.push_back(column_text(kind, i, filtered));
    if (!needs_hours(kind.aggregate)) total_columns_.push_back(column_text(kind, i, filtered));
  }
  total_columns_.push_back("all_runs = \"count()\"\n");
}

SchemaPtr Definitions::parsed(std::size_t columns, std::size_t total_columns) const {
  std::string toml(kSource);
  toml +=
      "[rollup.kinds]\nsource = \"event\"\nevery = \"1h\"\nby = [\"owner\", \"result\", \"labels\", \"manual\"]\n"
      "[rollup.kinds.columns]\n";
  for (std::size_t i = 0; i < std::min(columns, columns_.size()); ++i) toml += columns_[i];
  toml += "[rollup.totals]\nsource = \"event\"\nby = [\"owner\"]\n[rollup.totals.columns]\n";
  for (std::size_t i = 0; i < std::min(total_columns, total_columns_.size()); ++i) toml += total_columns_[i];
  return parse_schema({{"fleet.toml", toml}});
}

std::vector<Bucket> agents_buckets(const Schema& schema, int rollup, int count, std::uint64_t seed) {
  const RollupDef& def = schema.rollups[static_cast<std::size_t>(rollup)];
  BucketMaker random(seed);
  std::vector<Bucket> buckets;
  while (buckets.size() < static_cast<std::size_t>(count)) {
    Bucket bucket = random.make(schema, rollup, static_cast<int>(random.number(6)));
    set_dimensions(def, bucket, random);
    // A few hours around the turn of a week.
    if (def.every)
      bucket.start = Instant{1'767'571'200'000'000} + hours(static_cast<std::int64_t>(random.number(5)) - 2);
    if (random.number(5) == 0) add_unusual(schema, def, bucket, random);
    bucket.finished = random.number(8) != 0;
    if (random.number(10) == 0) drop_distributions(def, bucket);
    if (random.number(8) == 0) {
      bucket.incomplete_slots.assign(def.slots.size(), false);
      bucket.incomplete_slots[random.number(def.slots.size())] = true;
    }
    buckets.push_back(bucket);
    if (random.number(6) != 0) continue;
    bucket.agent.bytes[0] ^= 1;
    change_edges(def, bucket, random);
    buckets.push_back(bucket);
  }
  return buckets;
}

Texts from_cpp(Sink& sink, const Schema& schema, const Query& query) {
  const Table table = QueryPlan(schema, query).run(sink);
  Texts texts;
  for (const auto& row : table.rows) {
    auto& line = texts.emplace_back();
    for (std::size_t c = 0; c < row.size(); ++c) line.push_back(text_of(row[c]));
  }
  return texts;
}

std::string columns_sql(const Schema& schema, const Query& query) {
  const RollupDef& rollup = rollup_of(schema, query);
  std::string list;
  const auto add = [&](const std::string& name, SinkType type) {
    list += (list.empty() ? "" : ", ") + text_sql("v." + name, type);
  };
  if (has_windows(schema, query)) add("bucket_start", SinkType::instant);
  for (const std::string& name : dimension_names(schema, query))
    add(name, dimension_type(schema.sources[0].fields[static_cast<std::size_t>(schema.sources[0].field_index(name))]));
  for (const ColumnDef& column : rollup.columns)
    if (query.columns.empty() ||
        std::find(query.columns.begin(), query.columns.end(), column.name) != query.columns.end())
      add(column.name, result_type(column, Dialect::postgres));
  add("update_counter", SinkType::bigint);
  add("computed_counter", SinkType::bigint);
  return list;
}

std::string order_sql(const Schema& schema, const Query& query) {
  std::string order;
  if (has_windows(schema, query)) order = "v.bucket_start";
  for (const std::string& name : dimension_names(schema, query))
    order += (order.empty() ? "" : ", ") + ("v." + name) + " NULLS FIRST";
  return order.empty() ? "" : " ORDER BY " + order;
}

std::string window_sql(const Schema& schema, const Query& query, const std::string& place) {
  std::string arguments;
  const auto add = [&](const std::string& argument) { arguments += (arguments.empty() ? "" : ", ") + argument; };
  if (query.from) add("window_from => '" + format_rfc3339(*query.from) + "'");
  if (query.to) add("window_to => '" + format_rfc3339(*query.to) + "'");
  if (query.windows == Query::Windows::all && rollup_of(schema, query).every) add("width => '0'");
  if (query.windows == Query::Windows::width)
    add("width => '" + std::to_string(query.width.count / hours(1).count) + " hours'");
  if (query.by) add("by_dimensions => " + names_sql(*query.by));
  if (!query.columns.empty()) add("columns => " + names_sql(query.columns));
  std::string filters;
  for (const auto& [name, text] : query.where)
    filters += (filters.empty() ? "" : ", ") + ("\"" + name + "\": ") +
               json_of(schema.sources[0].fields[static_cast<std::size_t>(schema.sources[0].field_index(name))], text);
  if (!filters.empty()) add("filters => " + quoted("{" + filters + "}"));
  return place + "." + query.rollup + "_window(" + arguments + ")";
}

Query random_query(const Schema& schema, int rollup, BucketMaker& random) {
  const RollupDef& def = schema.rollups[static_cast<std::size_t>(rollup)];
  Query query;
  query.rollup = def.name;
  if (def.every) {
    query.windows = static_cast<Query::Windows>(random.number(3));
    constexpr std::int64_t kWidths[] = {1, 2, 5, 24, 7 * 24};
    if (query.windows == Query::Windows::width) query.width = hours(kWidths[random.number(5)]);
    if (random.number(3) == 0) query.from = Instant{1'767'571'200'000'000} - minutes(30);
    if (random.number(3) == 0) query.to = Instant{1'767'571'200'000'000} + hours(2);
  }
  const auto all = dimension_names(schema, query);
  if (random.number(2) == 0) {
    query.by.emplace();
    for (const std::string& name : all)
      if (random.number(2) == 0) query.by->push_back(name);
  }
  if (random.number(2) == 0) query.where.emplace_back("owner", random.number(2) == 0 ? "acme" : "it's \"b\"\\");
  if (def.by.size() > 1 && random.number(4) == 0)
    query.where.emplace_back("manual", random.number(3) == 0 ? "" : random.number(2) == 0 ? "true" : "false");
  if (def.by.size() > 1 && random.number(4) == 0)
    query.where.emplace_back("labels", random.number(3) == 0 ? "[]" : random.number(2) == 0 ? "linux" : R"(x64,a\,b)");
  for (const ColumnDef& column : def.columns)
    if (random.number(4) == 0) query.columns.push_back(column.name);
  if (random.number(2) == 0) query.columns.clear();
  return query;
}

}  // namespace tidemark::fleet
