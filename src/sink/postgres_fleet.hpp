#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sink/fleet_columns.hpp"
#include "sink/postgres_connection.hpp"

namespace tidemark {

/// The views and functions that merge rows over agents (docs/merging.md), against what this schema declares. They are for
/// people: a sink without them takes rows all the same. Only inside of a transaction.
class PostgresFleet {
 public:
  PostgresFleet(PostgresConnection& connection, const PostgresUrl& url, const Schema& schema)
      : connection_(connection), url_(url), schema_(schema) {}

  /// Statements that make what is missing, once the tables are there and the numbered steps (migrations.hpp) were taken;
  /// empty when nothing is, or when the role may not.
  /// Reads only. Columns that other agents have declared stay in.
  /// Errors: SinkError::permanent when a column means something else in another agent's definitions.
  std::vector<std::string> missing();

  /// All statements for a sink that has the tables and the steps.
  static std::vector<std::string> all(const PostgresUrl& url, const Schema& schema);

 private:
  /// What the sink has for one rollup.
  struct Made {
    std::vector<FleetColumn> columns;
    bool readable = true;  ///< This program knows what all of them are.
    bool there = false;    ///< The view and the function.
    int form = 0;
    std::size_t in_view = 0;
  };
  bool has_library();
  std::set<std::string> without_index();
  bool may_read();
  bool may_write();
  std::map<std::string, Made> made();
  void add_missing(const FleetRollup& wanted, const Made& made, std::vector<std::string>& statements);
  void refuse_other_meaning(const FleetRollup& wanted, const FleetColumn& ours, const FleetColumn& theirs);

  PostgresConnection& connection_;
  const PostgresUrl& url_;
  const Schema& schema_;
};

}  // namespace tidemark
