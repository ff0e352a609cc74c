#include "rollup/key_resolver.hpp"

#include "rollup/row_groups.hpp"
#include "rollup/span_key.hpp"

namespace tidemark {
namespace {

const std::vector<std::int64_t>& times_of(const Schema& schema, const SpanColumns& columns) {
  const int field = schema.sources[static_cast<std::size_t>(columns.source)].time_field;
  return columns.fields[static_cast<std::size_t>(field)];
}

bool is_other(const DimensionValue& value) {
  return value.is_set ? value.labels == std::vector<std::string>{std::string(kOther)} : value.text == kOther;
}

/// For each row the first one whose key is the same: by its values, and under a guard, which counts by the hour, its hour.
std::vector<std::uint32_t> rows_of_a_key(const RollupDef& rollup, const SpanColumns& columns,
                                         const std::vector<std::int64_t>& times) {
  std::vector<const std::vector<std::int64_t>*> values;
  for (const int field : rollup.by) values.push_back(&columns.fields[static_cast<std::size_t>(field)]);
  std::vector<std::int64_t> starts;
  if (!rollup.guards.empty()) {
    for (const std::int64_t time : times) starts.push_back(window_start(Instant{time}, hours(1)).us);
    values.push_back(&starts);
  }
  return first_rows_alike(values, columns.size());
}

}  // namespace

std::span<const std::string_view> KeyResolver::Keys::all() {
  views_.clear();
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    views_.push_back(std::string_view(text_).substr(begin, end - begin));
    begin = end;
  }
  return views_;
}

KeyResolver::Counts KeyResolver::resolve(Commit& commit) {
  Counts counts;
  for (SpanColumns& columns : commit.sources) {
    columns.dimensions.clear();
    for (const int rollup : store_.map().rollups_of(columns.source))
      columns.dimensions.push_back(resolve_rollup(commit, columns, rollup, store_.sealed_before(rollup), counts));
  }
  return counts;
}

std::vector<std::uint64_t> KeyResolver::resolve_rollup(const Commit& commit, const SpanColumns& columns, int rollup,
                                                       Instant from, Counts& counts) {
  const RollupDef& def = store_.schema().rollups[static_cast<std::size_t>(rollup)];
  const auto& times = times_of(store_.schema(), columns);
  const auto first = rows_of_a_key(def, columns, times);
  std::vector<Key> known(columns.size());  // by first row
  std::vector<std::uint64_t> ids(columns.size());
  keys_.clear();
  // All keys first: looking them up together costs less.
  for (std::size_t row = 0; row < ids.size(); ++row) {
    if (def.every && def.bucket_start(Instant{times[row]}) < from) {
      ++counts.sealed;
      continue;
    }
    Key& key = known[first[row]];
    if (key.number == 0) key = add_key(commit, columns, def, rollup, row);
    counts.guarded += key.guarded;
    ids[row] = key.number;
  }
  const auto id_of_key = dimensions_.ids_of(keys_.all());
  for (std::uint64_t& id : ids) id = id == 0 ? kNotInRollup : id_of_key[id - 1];
  return ids;
}

KeyResolver::Key KeyResolver::add_key(const Commit& commit, const SpanColumns& columns, const RollupDef& rollup,
                                      int index, std::size_t row) {
  Key key;
  const SourceDef& source = store_.schema().sources[static_cast<std::size_t>(columns.source)];
  if (rollup.guards.empty())
    append_span_key(keys_.text(), commit.texts, source, columns, rollup.by, row);
  else
    keys_.text() += guarded_key(commit, columns, rollup, index, row, key.guarded);
  keys_.end_key();
  key.number = keys_.size();
  return key;
}

std::string KeyResolver::guarded_key(const Commit& commit, const SpanColumns& columns, const RollupDef& rollup,
                                     int index, std::size_t row, std::uint64_t& guarded) {
  std::vector<DimensionValue> values;
  values.reserve(rollup.by.size());
  for (std::size_t d = 0; d < rollup.by.size(); ++d)
    values.push_back(value_of(commit, columns, rollup, static_cast<int>(d), row));
  for (const GuardDef& guard : rollup.guards) {
    auto& value = values[static_cast<std::size_t>(guard.dimension)];
    value = apply_patterns(guard, std::move(value), guarded);
  }
  const Instant time{times_of(store_.schema(), columns)[row]};
  for (const GuardDef& guard : rollup.guards) {
    auto& value = values[static_cast<std::size_t>(guard.dimension)];
    if (is_other(value)) continue;
    const DimensionValue* owner = guard.per < 0 ? nullptr : &values[static_cast<std::size_t>(guard.per)];
    if (guards_.admit(index, guard, owner, time, value)) continue;
    ++guarded;
    if (value.is_set)
      value.labels = {std::string(kOther)};
    else
      value.text = kOther;
  }
  return canonical_key(values);
}

DimensionValue KeyResolver::value_of(const Commit& commit, const SpanColumns& columns, const RollupDef& rollup,
                                     int dimension, std::size_t row) const {
  const int field = rollup.by[static_cast<std::size_t>(dimension)];
  const FieldDef& def =
      store_.schema().sources[static_cast<std::size_t>(columns.source)].fields[static_cast<std::size_t>(field)];
  const std::int64_t value = columns.fields[static_cast<std::size_t>(field)][row];
  DimensionValue result;
  result.is_set = def.type == FieldType::labels;
  if (value == kNull) return result;
  if (result.is_set)
    result.labels = parse_labels(commit.texts[static_cast<std::size_t>(value)]);
  else
    result.text = key_text_of(commit.texts, def.type, value);
  return result;
}

}  // namespace tidemark
