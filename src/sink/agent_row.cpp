#include "sink/agent_row.hpp"

#include <array>
#include <charconv>

#include <tidemark/errors.hpp>

namespace tidemark {
namespace {

enum Column : std::size_t {
  agent_id,
  epoch,
  nonce,
  check_ins,
  host,
  store,
  version,
  schema_version,
  began,
  state,
  first_seen,
  last_seen,
  spans,
  unproven_spans,
  rows_sent,
  kColumns
};
constexpr std::array<const char*, kColumns> kNames = {
    "agent_id", "epoch", "nonce",      "check_ins", "host",  "store",          "version",  "schema_version",
    "began",    "state", "first_seen", "last_seen", "spans", "unproven_spans", "rows_sent"};

std::string text_of(const Nonce& value) { return to_text(AgentId{value.bytes}); }

std::vector<std::string> values_of(const AgentRow& row) {
  return {to_text(row.agent),
          std::to_string(row.epoch),
          text_of(row.nonce),
          std::to_string(row.check_ins),
          row.host,
          row.store,
          row.version,
          std::to_string(row.schema_version),
          row.began,
          row.state,
          format_rfc3339(row.first_seen),
          format_rfc3339(row.last_seen),
          std::to_string(row.spans),
          std::to_string(row.unproven_spans),
          std::to_string(row.rows_sent)};
}

std::string mark(Dialect dialect, std::size_t n) { return parameter_mark(dialect, n); }

std::string selected(Dialect dialect, std::size_t column) {
  const std::string name = kNames[column];
  return column == first_seen || column == last_seen ? instant_as_text(dialect, name) : name;
}

std::string select_sql(Dialect dialect, const std::string& table, const std::string& where) {
  std::string sql = "SELECT ";
  for (std::size_t i = 0; i < kColumns; ++i) sql += (i == 0 ? "" : ", ") + selected(dialect, i);
  return sql + " FROM " + table + where + " ORDER BY agent_id, epoch";
}

Instant instant_of(const std::string& text) {
  const auto instant = parse_rfc3339(text);
  if (!instant) throw InputError("expected an instant, found '" + text + "'");
  return *instant;
}

template <typename Number>
Number number_of(const std::string& text) {
  Number n{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size())
    throw InputError("expected a number, found '" + text + "'");
  return n;
}

}  // namespace

Statement select_agents_sql(Dialect dialect, const std::string& table, const std::optional<AgentId>& agent) {
  if (!agent) return {select_sql(dialect, table, {}), {}};
  return {select_sql(dialect, table, " WHERE agent_id = " + mark(dialect, 1)), {to_text(*agent)}};
}

Statement select_agents_in_sql(Dialect dialect, const std::string& table, const std::string& host,
                               const std::string& store) {
  return {select_sql(dialect, table, " WHERE host = " + mark(dialect, 1) + " AND store = " + mark(dialect, 2)),
          {host, store}};
}

AgentRow agent_row_of(const std::vector<std::optional<std::string>>& values) {
  for (const auto& value : values)
    if (!value) throw InputError("a value of the table agents is NULL");
  AgentRow row;
  row.agent = parse_agent_id(*values.at(agent_id));
  row.epoch = number_of<std::uint32_t>(*values.at(epoch));
  row.nonce.bytes = parse_agent_id(*values.at(nonce)).bytes;
  row.check_ins = number_of<std::uint64_t>(*values.at(check_ins));
  row.host = *values.at(host);
  row.store = *values.at(store);
  row.version = *values.at(version);
  row.schema_version = number_of<std::int64_t>(*values.at(schema_version));
  row.began = *values.at(began);
  row.state = *values.at(state);
  row.first_seen = instant_of(*values.at(first_seen));
  row.last_seen = instant_of(*values.at(last_seen));
  row.spans = number_of<std::uint64_t>(*values.at(spans));
  row.unproven_spans = number_of<std::uint64_t>(*values.at(unproven_spans));
  row.rows_sent = number_of<std::uint64_t>(*values.at(rows_sent));
  return row;
}

std::vector<AgentRow> agent_rows_of(const std::vector<std::vector<std::optional<std::string>>>& rows,
                                    const std::string& sink) {
  std::vector<AgentRow> agents;
  agents.reserve(rows.size());
  try {
    for (const auto& row : rows) agents.push_back(agent_row_of(row));
  } catch (const InputError& e) {
    throw SinkError(SinkError::Kind::permanent, "sink " + sink + ": a row of its table agents cannot be read: " +
                                                    e.what() + "; it was changed by others");
  }
  return agents;
}

Statement insert_agent_sql(Dialect dialect, const std::string& table, const AgentRow& row) {
  Statement sql{"INSERT INTO " + table + " (", values_of(row)};
  std::string marks;
  for (std::size_t i = 0; i < kColumns; ++i) {
    sql.text += (i == 0 ? "" : ", ") + std::string(kNames[i]);
    marks += (i == 0 ? "" : ", ") + mark(dialect, i + 1);
  }
  sql.text += ") VALUES (" + marks + ") ON CONFLICT (agent_id, epoch) DO NOTHING RETURNING 1";
  return sql;
}

Statement swap_agent_sql(Dialect dialect, const std::string& table, const AgentRow& row, const Nonce& expected) {
  const std::vector<std::string> values = values_of(row);
  Statement sql{"UPDATE " + table + " SET ", {}};
  const auto add = [&](const std::string& before, std::string value) {
    sql.parameters.push_back(std::move(value));
    sql.text += before + mark(dialect, sql.parameters.size());
  };
  for (std::size_t i = nonce; i < kColumns; ++i)
    if (i != first_seen && i != rows_sent) add((i == nonce ? "" : ", ") + std::string(kNames[i]) + " = ", values[i]);
  add(" WHERE agent_id = ", values[agent_id]);
  add(" AND epoch = ", values[epoch]);
  add(" AND nonce = ", text_of(expected));
  sql.text += " RETURNING 1";
  return sql;
}

Statement count_rows_sql(Dialect dialect, const std::string& table, const AgentRow& row, std::uint64_t rows,
                         Instant now) {
  return {
      "UPDATE " + table + " SET rows_sent = rows_sent + " + mark(dialect, 1) + ", last_seen = " + mark(dialect, 2) +
          " WHERE agent_id = " + mark(dialect, 3) + " AND epoch = " + mark(dialect, 4) +
          " AND nonce = " + mark(dialect, 5) + " RETURNING 1",
      {std::to_string(rows), format_rfc3339(now), to_text(row.agent), std::to_string(row.epoch), text_of(row.nonce)}};
}

}  // namespace tidemark
