#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include "sink/postgres_connection.hpp"
#include "sink/row.hpp"
#include "sink/table_layout.hpp"

/// Rows into PostgreSQL by COPY. Only inside of a transaction.
namespace tidemark {

/// A temporary table for rows that are merged into another: it lives for one transaction, because a pooler may give the
/// next one another session.
inline constexpr const char* kPostgresStage = "pg_temp.tidemark_stage";
std::string create_stage_sql(const TableLayout& layout);
/// Merges the stage's rows into `table`, which `on_conflict` calls `stored`.
std::string merge_stage_sql(const TableLayout& layout, const std::string& table, const std::string& on_conflict);

/// `put` writes the i-th of `count` rows, in the order of the layout's columns. `table` is quoted.
void copy_in(PostgresConnection& connection, const TableLayout& layout, const std::string& table, std::size_t count,
             const std::function<void(std::size_t, ValueWriter&)>& put);

}  // namespace tidemark
