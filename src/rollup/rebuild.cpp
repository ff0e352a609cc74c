#include "rollup/rebuild.hpp"

#include <algorithm>
#include <numeric>

#include "rollup/fold.hpp"

namespace tidemark {

Rebuild::Rebuild(const Store& store, int rollup)
    : store_(store), rollup_(rollup), def_(store.schema().rollups[static_cast<std::size_t>(rollup)]) {
  const auto& rollups = store.map().rollups_of(def_.source);
  position_ = static_cast<std::size_t>(std::find(rollups.begin(), rollups.end(), rollup) - rollups.begin());
  slots_.resize(def_.slots.size());
  std::iota(slots_.begin(), slots_.end(), 0);
}

void Rebuild::add(const Commit& commit, std::uint64_t sequence, std::uint32_t epoch,
                  const std::function<bool(const BucketKey&)>& wanted, RebuiltBuckets& buckets) const {
  for (const SpanColumns& columns : commit.sources) {
    if (columns.source != def_.source || columns.dimensions[position_].empty()) continue;
    const SlotFolder folder(store_.schema(), def_, slots_, commit, columns);
    for (std::size_t row = 0; row < columns.size(); ++row) {
      const DimensionsId dimensions = columns.dimensions[position_][row];
      if (dimensions == kNotInRollup) continue;
      const BucketKey key = store_.bucket_key(rollup_, dimensions, def_.bucket_start(folder.time(row)), epoch);
      if (!wanted(key)) continue;
      RebuiltBucket& bucket = buckets[key];
      bucket.states.resize(slots_.size());
      folder.add(row, bucket.states);
      if (bucket.spans++ != 0) continue;
      bucket.first_block = sequence;
      bucket.first_states = bucket.states;
    }
  }
}

}  // namespace tidemark
