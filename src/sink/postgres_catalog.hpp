#pragma once
#include <map>
#include <string>
#include <vector>

#include "sink/postgres_connection.hpp"
#include "sink/table_layout.hpp"

namespace tidemark {

/// What a database has, against what the layouts need. Only inside of a transaction.
class PostgresCatalog {
 public:
  PostgresCatalog(PostgresConnection& connection, const PostgresUrl& url, const std::vector<TableLayout>& layouts)
      : connection_(connection), url_(url), layouts_(layouts) {}

  struct Missing {
    std::vector<std::string> statements;  ///< That create it; empty when nothing is missing.
    bool tables = false;                  ///< A rollup's table or column is among it.
  };
  /// Errors: SinkError::permanent for a column of another type, another primary key, or a missing right.
  Missing missing();

 private:
  struct Table;
  using Tables = std::map<std::string, Table>;
  Tables stored();
  std::vector<std::string> missing(const TableLayout& layout, const Tables& tables);
  void check_type(const TableLayout& layout, const SinkColumn& column, const std::string& stored_type);
  void check_key(const TableLayout& layout, const Table& table);
  std::vector<std::string> missing_migrations(const Tables& tables);
  void check_rights(const std::string& name, const Table& table);
  [[noreturn]] void refuse_rights(const std::string& name, const std::string& lacking, const std::string& all);
  [[noreturn]] void refuse(const std::string& what);

  PostgresConnection& connection_;
  const PostgresUrl& url_;
  const std::vector<TableLayout>& layouts_;
};

/// `"tidemark"."agents"`.
std::string postgres_agents(const PostgresUrl& url);
/// `"tidemark"."ci_job_metrics"`.
std::string postgres_table(const PostgresUrl& url, const TableLayout& layout);
std::string create_schema_sql(const PostgresUrl& url);

}  // namespace tidemark
