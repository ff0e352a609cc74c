#include "read/merging.hpp"

#include <algorithm>
#include <utility>

namespace tidemark {
namespace {

bool is_dropped(const State& state) {
  const auto* held = state.get<DistributionState>();
  return held != nullptr && held->dropped;
}

}  // namespace

void DistinctMerger::add(const std::vector<Digest>& digests) {
  digests_.insert(digests_.end(), digests.begin(), digests.end());
  if (digests_.size() < limit_) return;
  unite();
  limit_ = std::max(limit_, 2 * digests_.size());
}

void DistinctMerger::unite() {
  std::sort(digests_.begin(), digests_.end());
  digests_.erase(std::unique(digests_.begin(), digests_.end()), digests_.end());
}

std::vector<Digest> DistinctMerger::finish() {
  unite();
  return std::exchange(digests_, {});
}

void Merging::add(std::uint32_t window, std::uint32_t dimensions, Bucket&& bucket) {
  MergedGroup& group = group_of(window, dimensions);
  group.update_counter += bucket.update_counter;
  group.computed_counter += bucket.computed_counter;
  if (!bucket.incomplete_slots.empty()) {
    group.incomplete.resize(rollup_.slots.size());
    for (std::size_t s = 0; s < bucket.incomplete_slots.size(); ++s)
      if (bucket.incomplete_slots[s]) group.incomplete[s] = true;
  }
  if (group.states.empty())
    group.states = std::move(bucket.states);
  else
    merge(group, bucket);
}

MergedGroup& Merging::group_of(std::uint32_t window, std::uint32_t dimensions) {
  const std::uint64_t numbers = static_cast<std::uint64_t>(window) << 32 | dimensions;
  if (last_ != nullptr && numbers == last_numbers_) return *last_;
  MergedGroup*& group = by_numbers_[numbers];
  if (group == nullptr) {
    group = &groups_.emplace_back();
    group->window = window;
    group->dimensions = dimensions;
  }
  last_numbers_ = numbers;
  last_ = group;
  return *group;
}

void Merging::merge(MergedGroup& group, Bucket& bucket) const {
  if (group.unmergeable.empty()) {
    group.unmergeable.resize(rollup_.slots.size());
    group.distributions.resize(rollup_.slots.size());
    group.sets.resize(rollup_.slots.size());
  }
  for (std::size_t slot = 0; slot < rollup_.slots.size(); ++slot) {
    const AggregateKind kind = rollup_.slots[slot].kind;
    if (kind == AggregateKind::percentile_cont) {
      merge_distribution(group, slot, bucket.states[slot]);
    } else if (uses_[slot] == SlotUse::none) {
      continue;
    } else if (kind == AggregateKind::count_distinct) {
      for (State* state : {&group.states[slot], &bucket.states[slot]}) {
        if (const auto* set = state->get<DistinctState>()) group.sets[slot].add(set->digests);
        *state = State{};
      }
    } else {
      aggregate_of(kind).merge(group.states[slot], bucket.states[slot]);
    }
  }
}

void Merging::merge_distribution(MergedGroup& group, std::size_t slot, State& other) const {
  State& into = group.states[slot];
  if (is_dropped(into) || is_dropped(other)) group.unmergeable[slot] = true;
  if (group.unmergeable[slot] || uses_[slot] == SlotUse::none) return;
  for (State* state : {&into, &other}) {
    auto& held = state->get_or_make<DistributionState>();
    held.results.clear();
    group.distributions[slot].add(std::exchange(held.distribution, {}));
  }
}

void Merging::finish_states(MergedGroup& group) const {
  for (std::size_t slot = 0; slot < group.distributions.size(); ++slot) {
    Distribution merged = group.distributions[slot].finish();
    if (!merged.empty()) group.states[slot].get_or_make<DistributionState>().distribution = std::move(merged);
    auto set = group.sets[slot].finish();
    if (!set.empty()) group.states[slot].get_or_make<DistinctState>().digests = std::move(set);
  }
}

void Merging::finish(const std::function<void(MergedGroup&& group)>& take) {
  by_numbers_.clear();
  last_ = nullptr;
  for (; !groups_.empty(); groups_.pop_front()) {
    finish_states(groups_.front());
    take(std::move(groups_.front()));
  }
}

}  // namespace tidemark
