#include "read/view_groups.hpp"

#include <algorithm>
#include <set>

namespace tidemark {
namespace {

constexpr std::uint32_t kWhole = UINT32_MAX;

std::uint64_t number_of(std::uint32_t window, std::uint32_t key) {
  return static_cast<std::uint64_t>(window) << 32 | key;
}

template <typename Take>
void for_each_operand(const ViewDef& view, const Take& take) {
  for (const auto& set : view.sets) {
    for (const ViewColumn& column : set) {
      if (column.kind == ViewColumn::Kind::operand || column.kind == ViewColumn::Kind::ratio) take(column.operand);
      if (column.kind == ViewColumn::Kind::ratio) take(column.divisor);
    }
  }
}

const State& no_spans() {
  static const State none;
  return none;
}

}  // namespace

ViewGroups::Parts ViewGroups::parts_of(const RollupDef& rollup, const ViewDef& view) {
  static const Predicate kAlways;
  Parts all;
  const auto part_of = [&](const Predicate& where) {
    for (std::size_t p = 0; p < all.parts.size(); ++p)
      if (*all.parts[p].where == where) return p;
    Part& part = all.parts.emplace_back();
    part.where = &where;
    part.uses.resize(rollup.slots.size(), SlotUse::none);
    all.conditions.push_back(&where);
    return all.parts.size() - 1;
  };
  part_of(kAlways);  // decides which groups there are
  for_each_operand(view, [&](const ViewOperand& operand) {
    const std::size_t part = part_of(operand.where);
    if (operand.kind != ViewOperand::Kind::count_distinct) {
      const ColumnDef& column = rollup.columns[static_cast<std::size_t>(operand.column)];
      all.parts[part].uses[static_cast<std::size_t>(column.slot)] = SlotUse::state;
      return;
    }
    const auto same = [&](const Distinct& known) { return known.part == part && known.field == operand.field; };
    if (std::any_of(all.distinct.begin(), all.distinct.end(), same)) return;
    Distinct distinct;
    distinct.part = part;
    distinct.field = operand.field;
    distinct.counted = all.counted.size();
    all.distinct.push_back(std::move(distinct));
    all.counted.push_back(operand.field);
  });
  return all;
}

ViewGroups::ViewGroups(const RollupDef& rollup, const ViewDef& view, const std::vector<DimensionRows>& tables)
    : rollup_(rollup),
      view_(view),
      parts_(parts_of(rollup, view)),
      scope_(view, tables, parts_.conditions, parts_.counted) {
  for (Part& part : parts_.parts) part.merging.emplace(rollup_, part.uses);
}

BucketFilter ViewGroups::filter() const {
  BucketFilter filter;
  filter.rollup = view_.rollup;
  filter.keys = false;
  filter.dimensions = dimensions_of(view_);
  filter.uses.resize(rollup_.slots.size(), SlotUse::none);
  for (const Part& part : parts_.parts)
    for (std::size_t s = 0; s < part.uses.size(); ++s) filter.uses[s] = std::max(filter.uses[s], part.uses[s]);
  return filter;
}

void ViewGroups::add(Bucket&& bucket) {
  const ViewScope::Place& place = scope_.of(bucket);
  if (!place.wanted) return;
  if (!view_.every) return add_to(kWhole, place, std::move(bucket));
  if (view_.total) {
    Bucket copy = bucket;
    add_to(kWhole, place, std::move(copy));
  }
  add_to(windows_.of(window_start(bucket.start, *view_.every)), place, std::move(bucket));
}

void ViewGroups::add_to(std::uint32_t window, const ViewScope::Place& place, Bucket&& bucket) {
  for (Distinct& distinct : parts_.distinct)
    if (place.holds[distinct.part] && place.counted[distinct.counted] != ViewScope::kNone)
      count(distinct, number_of(window, place.key), place.counted[distinct.counted]);
  // The first part takes every bucket, so it comes last and takes the bucket itself.
  for (std::size_t p = parts_.parts.size(); p-- > 0;) {
    if (!place.holds[p]) continue;
    if (p > 0) {
      Bucket copy = bucket;
      parts_.parts[p].merging->add(window, place.key, std::move(copy));
    } else {
      parts_.parts[p].merging->add(window, place.key, std::move(bucket));
    }
  }
}

void ViewGroups::count(Distinct& distinct, std::uint64_t group, std::uint32_t value) {
  // A key's buckets come one after the other, mostly.
  if (!distinct.values.empty() && distinct.values.back() == std::pair(group, value)) return;
  distinct.values.emplace_back(group, value);
  if (distinct.values.size() < distinct.limit) return;
  unite(distinct);
  distinct.limit = std::max(distinct.limit, 2 * distinct.values.size());
}

void ViewGroups::unite(Distinct& distinct) {
  std::sort(distinct.values.begin(), distinct.values.end());
  distinct.values.erase(std::unique(distinct.values.begin(), distinct.values.end()), distinct.values.end());
}

void ViewGroups::finish(const std::optional<Instant>& from, Instant to) {
  for (Part& part : parts_.parts)
    part.merging->finish([&](MergedGroup&& group) {
      const std::uint64_t number = number_of(group.window, group.dimensions);
      part.merged.emplace(number, std::move(group));
    });
  for (Distinct& distinct : parts_.distinct) {
    unite(distinct);
    for (const auto& value : distinct.values) ++distinct.counts[value.first];
    distinct.values = {};
  }
  std::set<std::uint64_t> numbers;
  for (const auto& [number, group] : parts_.parts.front().merged) numbers.insert(number);
  // As SQL's aggregates without a key have a row also where there is nothing.
  if (view_.by.empty() && (!view_.every || view_.total)) numbers.insert(number_of(kWhole, scope_.empty_key()));
  if (view_.fill && from) {
    if (view_.by.empty()) scope_.empty_key();
    for (Instant at = window_start(*from, *view_.every); at < to; at = at + *view_.every)
      for (std::uint32_t key = 0; key < scope_.keys(); ++key) numbers.insert(number_of(windows_.of(at), key));
  }
  for (const std::uint64_t number : numbers) {
    const auto window = static_cast<std::uint32_t>(number >> 32);
    groups_.push_back(
        {window == kWhole ? std::nullopt : std::optional(windows_.at(window)), static_cast<std::uint32_t>(number)});
    numbers_.push_back(number);
  }
}

std::size_t ViewGroups::part_of(const Predicate& where) const {
  std::size_t part = 0;
  while (!(*parts_.parts[part].where == where)) ++part;
  return part;
}

ViewGroups::Value ViewGroups::value(std::size_t group, const ViewOperand& operand) const {
  const std::size_t p = part_of(operand.where);
  const std::uint64_t number = numbers_[group];
  Value value;
  if (operand.kind == ViewOperand::Kind::count_distinct) {
    for (const Distinct& distinct : parts_.distinct) {
      if (distinct.part != p || distinct.field != operand.field) continue;
      const auto found = distinct.counts.find(number);
      if (found != distinct.counts.end()) value.number = found->second;
    }
    return value;
  }
  value.state = &no_spans();
  const auto found = parts_.parts[p].merged.find(number);
  if (found == parts_.parts[p].merged.end()) return value;
  const MergedGroup& merged = found->second;
  const auto slot = static_cast<std::size_t>(rollup_.columns[static_cast<std::size_t>(operand.column)].slot);
  const auto flagged = [&](const std::vector<bool>& flags) { return slot < flags.size() && flags[slot]; };
  value.state = &merged.states[slot];
  value.known = !flagged(merged.unmergeable) && !flagged(merged.incomplete);
  return value;
}

}  // namespace tidemark
