#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/bucket.hpp"

namespace tidemark {

/// How much of a slot's state a reader needs. A source may give more.
enum class SlotUse : std::uint8_t {
  none,    ///< Nothing: the state is any.
  result,  ///< What the slot's columns show (result_of). The state can't be merged, encoded or sent on.
  state,   ///< All of it.
};
/// By RollupDef::slots. Empty: all of every slot.
using SlotUses = std::vector<SlotUse>;

/// Which buckets of one rollup are wanted, and what of them.
struct BucketFilter {
  int rollup = -1;
  std::optional<Instant> from;  ///< Buckets that start at or after it.
  std::optional<Instant> to;    ///< Buckets that start before it.
  /// Dimensions (indices into RollupDef::by) that must have this value; a set must be equal.
  std::vector<std::pair<int, DimensionValue>> equals;
  SlotUses uses;
  bool keys = true;  ///< False: Bucket::key, agent and epoch are not wanted.
  /// Which dimensions are wanted (indices into RollupDef::by); others may be left empty. Not set: all of them.
  std::optional<std::vector<int>> dimensions;
};

/// Anything that has buckets: a store, or a sink. Queries are written once against it.
class BucketSource {
 public:
  virtual ~BucketSource() = default;
  /// Calls `take` for every bucket that matches, in no particular order, from one consistent state. Rows of several
  /// agents and epochs come one by one; merging is the caller's. What `take` does not move away, the source uses again.
  virtual void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) = 0;
  /// Whether no two buckets of a scan have the same dimensions and start: there is nothing to merge then.
  virtual bool gives_each_once() const { return false; }
};

}  // namespace tidemark
