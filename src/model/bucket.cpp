#include "model/bucket.hpp"

#include <tidemark/errors.hpp>

namespace tidemark {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_text(const AgentId& id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kDigits[id.bytes[i] >> 4]);
    text.push_back(kDigits[id.bytes[i] & 15]);
  }
  return text;
}

AgentId parse_agent_id(std::string_view text) {
  AgentId id;
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const int v = hex_value(c);
    if (v < 0 || digits == 32) throw InputError("not an agent id: '" + std::string(text) + "'");
    id.bytes[digits / 2] = static_cast<std::uint8_t>(id.bytes[digits / 2] << 4 | v);
    ++digits;
  }
  if (digits != 32) throw InputError("not an agent id: '" + std::string(text) + "'");
  return id;
}

Cell result_of(const ColumnDef& column, const State& state) { return aggregate_of(column.kind).result(state, column); }

std::vector<Cell> results_of(const RollupDef& rollup, const Bucket& bucket) {
  std::vector<Cell> cells;
  cells.reserve(rollup.columns.size());
  for (const ColumnDef& column : rollup.columns) {
    const auto slot = static_cast<std::size_t>(column.slot);
    const bool incomplete = slot < bucket.incomplete_slots.size() && bucket.incomplete_slots[slot];
    cells.push_back(incomplete ? Cell{} : result_of(column, bucket.states[slot]));
  }
  return cells;
}

}  // namespace tidemark
