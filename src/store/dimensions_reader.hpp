#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/key.hpp"
#include "store/forward_reader.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Reads interned dimensions through one cursor, best by ascending ids: those of one lead are neighbours.
class DimensionsReader {
 public:
  DimensionsReader(const Store& store, const SnapshotPtr& at) : entries_(store.kv().cursor(Family::dimensions, at)) {}

  /// The canonical bytes of `id`, until the next call. StoreError when it is unknown.
  std::string_view get(DimensionsId id);

  /// The ids in [first, end), ascending, whose values are `wanted` at those positions, which ascend. Some may be another
  /// rollup's.
  using Wanted = std::vector<std::pair<int, std::string>>;
  std::vector<DimensionsId> with_values(DimensionsId first, DimensionsId end, const Wanted& wanted);

 private:
  ForwardReader entries_;
  DimensionsId last_ = 0;
  std::string key_;
};

}  // namespace tidemark
