#include "read/query.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <tidemark/errors.hpp>

#include "model/text.hpp"

namespace tidemark {
namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

const RollupDef& find_rollup(const Schema& schema, const std::string& name) {
  const int index = schema.rollup_index(name);
  if (index >= 0) return schema.rollups[static_cast<std::size_t>(index)];
  std::vector<std::string> names;
  for (const RollupDef& rollup : schema.rollups) names.push_back(rollup.name);
  throw InputError("there is no rollup '" + name + "'; there are " + join(names));
}

std::vector<std::string> dimension_names(const SourceDef& source, const RollupDef& rollup) {
  std::vector<std::string> names;
  for (const int field : rollup.by) names.push_back(source.fields[static_cast<std::size_t>(field)].name);
  return names;
}

int find_dimension(const SourceDef& source, const RollupDef& rollup, const std::string& name) {
  const auto names = dimension_names(source, rollup);
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end())
    throw InputError(rollup.name + " has no dimension '" + name + "'; it has " + join(names));
  return static_cast<int>(at - names.begin());
}

/// A label set is written `a,b`, or `[]` for the empty one.
DimensionValue parse_dimension(FieldType type, const std::string& text) {
  DimensionValue value;
  value.is_set = type == FieldType::labels;
  if (!value.is_set) {
    value.text = text;
    return value;
  }
  std::vector<std::string> labels;
  for (std::size_t at = 0; at <= text.size() && text != "[]";) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    labels.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  value.labels = parse_labels(canonical_labels(std::move(labels)));
  return value;
}

Value dimension_value(const DimensionValue& dimension, FieldType type) {
  Value value;
  if (dimension.is_set) {
    value.kind = Value::Kind::text_list;
    value.list = dimension.labels;
  } else if (type == FieldType::boolean && !dimension.text.empty()) {
    value.kind = Value::Kind::boolean;
    value.boolean = dimension.text == "true";
  } else {
    value.kind = Value::Kind::text;
    value.text = dimension.text;
  }
  return value;
}

}  // namespace

Value to_value(const Cell& cell) {
  Value value;
  struct Visitor {
    Value& v;
    void operator()(std::monostate) const {}
    void operator()(std::int64_t n) const { v.kind = Value::Kind::integer, v.integer = n; }
    void operator()(const Decimal& d) const { v.kind = Value::Kind::decimal, v.text = to_text(d), v.real = to_double(d); }
    void operator()(double d) const { v.kind = Value::Kind::real, v.real = d; }
    void operator()(const std::string& s) const { v.kind = Value::Kind::text, v.text = s; }
    void operator()(const std::vector<std::string>& l) const { v.kind = Value::Kind::text_list, v.list = l; }
    void operator()(Instant t) const { v.kind = Value::Kind::instant, v.text = format_short(t), v.integer = t.us; }
    void operator()(bool b) const { v.kind = Value::Kind::boolean, v.boolean = b; }
  };
  std::visit(Visitor{value}, cell);
  return value;
}

QueryPlan::QueryPlan(const Schema& schema, const Query& query)
    : rollup_(find_rollup(schema, query.rollup)),
      source_(schema.sources[static_cast<std::size_t>(rollup_.source)]),
      windows_(query.windows),
      width_(query.width) {
  filter_.rollup = schema.rollup_index(query.rollup);
  for (const auto& [name, text] : query.where) {
    const int dimension = find_dimension(source_, rollup_, name);
    const int field = rollup_.by[static_cast<std::size_t>(dimension)];
    filter_.equals.emplace_back(dimension, parse_dimension(source_.fields[static_cast<std::size_t>(field)].type, text));
  }
  if (query.by) {
    for (const std::string& name : *query.by) by_.push_back(find_dimension(source_, rollup_, name));
  } else {
    by_.resize(rollup_.by.size());
    std::iota(by_.begin(), by_.end(), 0);
  }
  for (const std::string& name : query.columns) {
    const int column = rollup_.column_index(name);
    if (column < 0) throw InputError(rollup_.name + " has no column '" + name + "'");
    columns_.push_back(static_cast<std::size_t>(column));
  }
  if (columns_.empty()) {
    columns_.resize(rollup_.columns.size());
    std::iota(columns_.begin(), columns_.end(), std::size_t{0});
  }
  if (!rollup_.every) {
    if (query.from || query.to || windows_ == Query::Windows::width)
      throw InputError(rollup_.name + " has one bucket per key and no windows; leave out --from, --to and --every");
    return;
  }
  if (windows_ == Query::Windows::width && (width_.count <= 0 || width_.count % rollup_.every->count != 0))
    throw InputError("--every must be a multiple of " + format_duration(*rollup_.every) + ", the width of " + rollup_.name);
  if (query.from && query.to && *query.to <= *query.from) throw InputError("--to must be after --from");
  // Windows are cut to the buckets' width: a bucket belongs to the window that it starts in.
  filter_.from = query.from;
  filter_.to = query.to;
}

QueryPlan::GroupKey QueryPlan::key_of(const Bucket& bucket) const {
  GroupKey key;
  if (rollup_.every && windows_ == Query::Windows::same) key.window = bucket.start;
  if (rollup_.every && windows_ == Query::Windows::width) key.window = window_start(bucket.start, width_);
  for (const int dimension : by_) key.dimensions.push_back(bucket.dimensions[static_cast<std::size_t>(dimension)]);
  return key;
}

void QueryPlan::merge(Group& group, Bucket&& bucket) const {
  bucket.incomplete_slots.resize(rollup_.slots.size());
  if (!group.any) {
    group.merged = std::move(bucket);
    group.unmergeable.resize(rollup_.slots.size());
    group.distributions.resize(rollup_.slots.size());
    group.any = true;
    return;
  }
  group.merged.update_counter += bucket.update_counter;
  group.merged.computed_counter += bucket.computed_counter;
  group.merged.finished &= bucket.finished;
  for (std::size_t slot = 0; slot < rollup_.slots.size(); ++slot) merge_slot(group, slot, bucket);
}

void QueryPlan::merge_slot(Group& group, std::size_t slot, Bucket& bucket) const {
  State& into = group.merged.states[slot];
  const State& other = bucket.states[slot];
  if (bucket.incomplete_slots[slot]) group.merged.incomplete_slots[slot] = true;
  const AggregateKind kind = rollup_.slots[slot].kind;
  if (kind == AggregateKind::percentile_cont) {
    const auto dropped = [](const State& state) {
      const auto* held = state.get<DistributionState>();
      return held != nullptr && held->dropped;
    };
    if (dropped(into) || dropped(other)) group.unmergeable[slot] = true;
    if (group.unmergeable[slot]) return;
    for (State* state : {&into, &bucket.states[slot]}) {
      auto& held = state->get_or_make<DistributionState>();
      held.results.clear();
      group.distributions[slot].add(std::exchange(held.distribution, {}));
    }
    return;
  }
  aggregate_of(kind).merge(into, other);
}

void QueryPlan::finish(Group& group) const {
  for (std::size_t slot = 0; slot < group.distributions.size(); ++slot) {
    Distribution merged = group.distributions[slot].finish();
    if (!merged.empty()) group.merged.states[slot].get_or_make<DistributionState>().distribution = std::move(merged);
  }
}

Table QueryPlan::run(BucketSource& source) const {
  std::map<GroupKey, Group> groups;
  source.scan(filter_, [&](Bucket&& bucket) { merge(groups[key_of(bucket)], std::move(bucket)); });
  for (auto& [key, group] : groups) finish(group);
  Table table = render(groups);
  add_notes(groups, table);
  return table;
}

Table QueryPlan::render(const std::map<GroupKey, Group>& groups) const {
  Table table;
  const bool windows = rollup_.every && windows_ != Query::Windows::all;
  const auto names = dimension_names(source_, rollup_);
  if (windows) table.columns.push_back("bucket_start");
  for (const int dimension : by_) table.columns.push_back(names[static_cast<std::size_t>(dimension)]);
  for (const std::size_t column : columns_) table.columns.push_back(rollup_.columns[column].name);
  table.columns.push_back("update_counter");
  table.columns.push_back("computed_counter");
  for (const auto& [key, group] : groups) {
    std::vector<Value> row;
    if (windows) row.push_back(to_value(key.window));
    for (std::size_t d = 0; d < by_.size(); ++d) {
      const int field = rollup_.by[static_cast<std::size_t>(by_[d])];
      row.push_back(dimension_value(key.dimensions[d], source_.fields[static_cast<std::size_t>(field)].type));
    }
    for (const std::size_t c : columns_) {
      const ColumnDef& column = rollup_.columns[c];
      const auto slot = static_cast<std::size_t>(column.slot);
      const bool unknown = group.unmergeable[slot] || group.merged.incomplete_slots[slot];
      row.push_back(unknown ? Value{} : to_value(result_of(column, group.merged.states[slot])));
    }
    row.push_back(to_value(static_cast<std::int64_t>(group.merged.update_counter)));
    row.push_back(to_value(static_cast<std::int64_t>(group.merged.computed_counter)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

void QueryPlan::add_notes(const std::map<GroupKey, Group>& groups, Table& table) const {
  std::size_t dirty = 0;
  std::size_t unmergeable = 0;
  std::size_t incomplete = 0;
  const auto any = [](const std::vector<bool>& flags) { return std::find(flags.begin(), flags.end(), true) != flags.end(); };
  for (const auto& [key, group] : groups) {
    dirty += group.merged.computed_counter < group.merged.update_counter;
    unmergeable += any(group.unmergeable);
    incomplete += any(group.merged.incomplete_slots);
  }
  const auto note = [&](std::size_t n, const std::string& what) {
    if (n > 0) table.notes.push_back(std::to_string(n) + (n == 1 ? " row " : " rows ") + what);
  };
  note(dirty, "wait for `tidemark recompute`: their percentiles cover computed_counter of update_counter spans");
  note(unmergeable, "hold several buckets whose distributions retention has dropped; their merged percentiles are NULL");
  note(incomplete, "begin before some column was declared; those columns are NULL there");
}

}  // namespace tidemark
