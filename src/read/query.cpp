#include "read/query.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <tidemark/errors.hpp>

#include "model/text.hpp"
#include "read/answer.hpp"
#include "read/dimension_text.hpp"
#include "read/merging.hpp"

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
  if (at == names.end()) throw InputError(rollup.name + " has no dimension '" + name + "'; it has " + join(names));
  return static_cast<int>(at - names.begin());
}

/// Indices of names, each of which may be there once. `find` looks one up, or throws.
template <typename Index, typename Find>
std::vector<Index> find_each(const std::vector<std::string>& names, const char* option, const Find& find) {
  std::vector<Index> found;
  for (const std::string& name : names) {
    const Index index = find(name);
    if (std::find(found.begin(), found.end(), index) != found.end())
      throw InputError(std::string(option) + " names '" + name + "' twice");
    found.push_back(index);
  }
  return found;
}

}  // namespace

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
    shown_.by =
        find_each<int>(*query.by, "--by", [&](const auto& name) { return find_dimension(source_, rollup_, name); });
  } else {
    shown_.by.resize(rollup_.by.size());
    std::iota(shown_.by.begin(), shown_.by.end(), 0);
  }
  shown_.columns = find_each<std::size_t>(query.columns, "--columns", [&](const auto& name) {
    const int column = rollup_.column_index(name);
    if (column < 0) throw InputError(rollup_.name + " has no column '" + name + "'");
    return static_cast<std::size_t>(column);
  });
  if (shown_.columns.empty()) {
    shown_.columns.resize(rollup_.columns.size());
    std::iota(shown_.columns.begin(), shown_.columns.end(), std::size_t{0});
  }
  shown_.windows = rollup_.every && windows_ != Query::Windows::all;
  filter_.keys = false;
  filter_.dimensions = shown_.by;
  if (!rollup_.every) {
    if (query.from || query.to || windows_ == Query::Windows::width)
      throw InputError(rollup_.name + " has one bucket per key and no windows; leave out --from, --to and --every");
    return;
  }
  if (windows_ == Query::Windows::width && (width_.count <= 0 || width_.count % rollup_.every->count != 0))
    throw InputError("--every must be a multiple of " + format_duration(*rollup_.every) + ", the width of " +
                     rollup_.name);
  if (query.from && query.to && *query.to <= *query.from) throw InputError("--to must be after --from");
  // Windows are cut to the buckets' width: a bucket belongs to the window that it starts in.
  filter_.from = query.from;
  filter_.to = query.to;
}

bool QueryPlan::one_bucket_a_row(const BucketSource& source) const {
  if (!source.gives_each_once()) return false;
  if (rollup_.every && windows_ == Query::Windows::all) return false;
  if (rollup_.every && windows_ == Query::Windows::width && width_ != *rollup_.every) return false;
  for (int dimension = 0; dimension < static_cast<int>(rollup_.by.size()); ++dimension) {
    const bool shown = std::find(shown_.by.begin(), shown_.by.end(), dimension) != shown_.by.end();
    const bool fixed = std::any_of(filter_.equals.begin(), filter_.equals.end(),
                                   [&](const auto& wanted) { return wanted.first == dimension; });
    if (!shown && !fixed) return false;
  }
  return true;
}

Instant QueryPlan::window_of(const Bucket& bucket) const {
  if (!shown_.windows) return {};
  return windows_ == Query::Windows::width ? window_start(bucket.start, width_) : bucket.start;
}

Table QueryPlan::run(BucketSource& source) const {
  const bool single = one_bucket_a_row(source);
  BucketFilter filter = filter_;
  filter.uses.resize(rollup_.slots.size(), SlotUse::none);
  for (const std::size_t column : shown_.columns)
    filter.uses[static_cast<std::size_t>(rollup_.columns[column].slot)] = single ? SlotUse::result : SlotUse::state;

  Answer answer(source_, rollup_, shown_);
  Merging merging(rollup_, filter.uses);
  source.scan(filter, [&](Bucket&& bucket) {
    const std::uint32_t window = answer.windows.of(window_of(bucket));
    const std::uint32_t dimensions = answer.dimensions.of(bucket);
    if (single)
      answer.add(window, dimensions, bucket.states, {bucket.update_counter, bucket.computed_counter}, {},
                 bucket.incomplete_slots);
    else
      merging.add(window, dimensions, std::move(bucket));
  });
  merging.finish([&](MergedGroup&& group) {
    answer.add(group.window, group.dimensions, group.states, {group.update_counter, group.computed_counter},
               group.unmergeable, group.incomplete);
  });
  return answer.finish();
}

}  // namespace tidemark
