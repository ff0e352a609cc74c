#pragma once
#include <string>
#include <vector>

#include <tidemark/time.hpp>

#include "model/cell.hpp"
#include "model/digest.hpp"
#include "model/key.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// The last use of one thing in one group of a recent.
/// Two uses of one thing merge to the later one, by time and then by identity: in any order and grouping, over agents and
/// epochs, and however often they come.
struct RecentUse {
  std::vector<DimensionValue> group;  ///< By RecentDef::per.
  Digest group_key;                   ///< Of `group` (model/key.hpp).
  std::vector<DimensionValue> item;   ///< By RecentDef::item; empty when every span is a thing of its own.
  Digest item_key;                    ///< Of `item`, or the span's identity.
  Instant used_at;                    ///< The span's time.
  Digest identity;                    ///< Of the span.
  std::vector<Cell> columns;          ///< By RecentDef::columns: texts, booleans, instants; numbers and durations as Decimals.

  /// Whether this one is the later use.
  bool is_after(const RecentUse& other) const {
    return used_at != other.used_at ? used_at > other.used_at : identity > other.identity;
  }
};

}  // namespace tidemark
