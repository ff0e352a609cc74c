#include "rollup/key_resolver.hpp"

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

void append_raw(std::string& out, std::int64_t v) { out.append(reinterpret_cast<const char*>(&v), sizeof v); }

}  // namespace

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
  memo_.clear();
  const RollupDef& def = store_.schema().rollups[static_cast<std::size_t>(rollup)];
  const auto& times = times_of(store_.schema(), columns);
  std::vector<std::uint64_t> ids(columns.size());
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const Instant time{times[row]};
    if (def.bucket_start(time) < from && def.every) {
      ids[row] = kNotInRollup;
      ++counts.sealed;
      continue;
    }
    ids[row] = def.guards.empty() ? plain_id(commit, columns, def, row)
                                  : guarded_id(commit, columns, def, rollup, row, counts);
  }
  return ids;
}

DimensionsId KeyResolver::plain_id(const Commit& commit, const SpanColumns& columns, const RollupDef& rollup,
                                   std::size_t row) {
  const SourceDef& source = store_.schema().sources[static_cast<std::size_t>(columns.source)];
  key_.clear();
  append_span_key(key_, commit.texts, source, columns, rollup.by, row);
  return dimensions_.id_of(key_);
}

DimensionsId KeyResolver::guarded_id(const Commit& commit, const SpanColumns& columns, const RollupDef& rollup,
                                     int index, std::size_t row, Counts& counts) {
  // The same field values in the same hour have the same key, so each combination is worked out once.
  const Instant time{times_of(store_.schema(), columns)[row]};
  key_.clear();
  for (const int field : rollup.by) append_raw(key_, columns.fields[static_cast<std::size_t>(field)][row]);
  append_raw(key_, window_start(time, hours(1)).us);
  const auto [at, is_new] = memo_.try_emplace(key_);
  if (is_new) {
    Counts of_span;
    at->second.id = id_of_span(commit, columns, rollup, index, row, of_span);
    at->second.guarded = of_span.guarded;
  }
  counts.guarded += at->second.guarded;
  return at->second.id;
}

DimensionsId KeyResolver::id_of_span(const Commit& commit, const SpanColumns& columns, const RollupDef& rollup,
                                     int index, std::size_t row, Counts& counts) {
  std::vector<DimensionValue> values;
  values.reserve(rollup.by.size());
  for (std::size_t d = 0; d < rollup.by.size(); ++d)
    values.push_back(value_of(commit, columns, rollup, static_cast<int>(d), row));
  for (const GuardDef& guard : rollup.guards) {
    auto& value = values[static_cast<std::size_t>(guard.dimension)];
    value = apply_patterns(guard, std::move(value), counts.guarded);
  }
  const Instant time{times_of(store_.schema(), columns)[row]};
  for (const GuardDef& guard : rollup.guards) {
    auto& value = values[static_cast<std::size_t>(guard.dimension)];
    if (is_other(value)) continue;
    const DimensionValue* owner = guard.per < 0 ? nullptr : &values[static_cast<std::size_t>(guard.per)];
    if (guards_.admit(index, guard, owner, time, value)) continue;
    ++counts.guarded;
    if (value.is_set)
      value.labels = {std::string(kOther)};
    else
      value.text = kOther;
  }
  return dimensions_.id_of(canonical_key(values));
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
