#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tidemark/time.hpp>

#include "model/bucket.hpp"
#include "sink/sql.hpp"

namespace tidemark {

/// Drawn anew for every check-in. Two stores that were one have the same agent and the same epoch; the sink's nonce is
/// that of the one that checked in last, and so the other finds out.
struct Nonce {
  std::array<std::uint8_t, 16> bytes{};
  friend bool operator==(const Nonce&, const Nonce&) = default;
};

/// What a sink knows of one epoch of an agent: a row of its table `agents`. docs/fleet.md has the columns.
struct AgentRow {
  AgentId agent;
  std::uint32_t epoch = 0;
  Nonce nonce;
  std::uint64_t check_ins = 0;  ///< How often the nonce was swapped; it only grows.
  std::string host;
  std::string store;  ///< The store's folder there.
  std::string version;
  std::int64_t schema_version = 0;
  std::string began;  ///< Why the epoch began: `new`, `copied`, `forked`, `reopened`.
  std::string state;  ///< `active` or `sealed`.
  Instant first_seen, last_seen;
  std::uint64_t spans = 0;           ///< Accepted in this epoch, at the last check-in.
  std::uint64_t unproven_spans = 0;  ///< Of them, or beside them, those that may count twice.
  std::uint64_t rows_sent = 0;       ///< Repeats included.
};

/// All of them, or those of one agent; by agent and epoch. `table` is quoted.
Statement select_agents_sql(Dialect dialect, const std::string& table, const std::optional<AgentId>& agent);
/// Those of one place.
Statement select_agents_in_sql(Dialect dialect, const std::string& table, const std::string& host,
                               const std::string& store);
/// A row that select_agents_sql gave. Errors: InputError when it makes no sense.
AgentRow agent_row_of(const std::vector<std::optional<std::string>>& values);
/// Many of them. Errors: SinkError::permanent, with the sink's name, when one makes no sense.
std::vector<AgentRow> agent_rows_of(const std::vector<std::vector<std::optional<std::string>>>& rows,
                                    const std::string& sink);

// These give a row when they have done it, and none when there was nothing to do it to.

/// A new row; nothing when there is one.
Statement insert_agent_sql(Dialect dialect, const std::string& table, const AgentRow& row);
/// Replaces the row, but for `first_seen` and `rows_sent`, if its nonce is `expected`.
Statement swap_agent_sql(Dialect dialect, const std::string& table, const AgentRow& row, const Nonce& expected);
/// Counts `rows` more, if the row's nonce is still the given one's.
Statement count_rows_sql(Dialect dialect, const std::string& table, const AgentRow& row, std::uint64_t rows,
                         Instant now);

}  // namespace tidemark
