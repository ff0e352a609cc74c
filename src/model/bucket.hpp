#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/aggregate.hpp"
#include "model/cell.hpp"
#include "model/key.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// One agent's identity: random, made with the store.
struct AgentId {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const AgentId&, const AgentId&) = default;
};
/// `6f1c0c0e-3b52-4b0e-9d5a-1f6f2f0f6a11`.
std::string to_text(const AgentId& id);
/// InputError when it is not of that form.
AgentId parse_agent_id(std::string_view text);

/// One row of a rollup, as every reader gives it: from a store or from a sink, of one agent and epoch.
struct Bucket {
  std::vector<DimensionValue> dimensions;  ///< In the order of RollupDef::by.
  /// Not 0: within one scan, buckets with the same id have the same dimensions.
  std::uint64_t dimensions_id = 0;
  Digest key;
  Instant start;
  AgentId agent;
  std::uint32_t epoch = 0;
  std::uint64_t update_counter = 0;
  std::uint64_t computed_counter = 0;
  bool finished = false;
  bool unmergeable = false;                ///< Its distributions were dropped by retention; percentiles are final.
  std::vector<State> states;               ///< One per RollupDef::slots.
  /// Slots that were declared after this bucket's spans began to be dropped: their columns are NULL. Empty: none.
  std::vector<bool> incomplete_slots;
};

/// The bucket's columns, in the order of RollupDef::columns.
std::vector<Cell> results_of(const RollupDef& rollup, const Bucket& bucket);
Cell result_of(const ColumnDef& column, const State& state);

}  // namespace tidemark
