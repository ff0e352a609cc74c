#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/key.hpp"
#include "store/forward_reader.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Reads interned dimensions by ascending ids, through one cursor: those of one lead are neighbours.
class DimensionsReader {
 public:
  /// Ids count from 1, so `end` without a successor is none.
  DimensionsReader(const Store& store, const SnapshotPtr& at) : entries_(store.kv().cursor(Family::dimensions, at)) {}

  /// The canonical bytes of `id`, until the next call. StoreError when it is unknown.
  std::string_view get(DimensionsId id);

  /// The first id at or after `from`, and before `end`, whose values are `wanted` at those positions; `end` when there
  /// is none. It may be another rollup's.
  using Wanted = std::vector<std::pair<int, std::string>>;
  DimensionsId next_wanted(DimensionsId from, DimensionsId end, const Wanted& wanted);

 private:
  ForwardReader entries_;
  std::string key_;
};

}  // namespace tidemark
