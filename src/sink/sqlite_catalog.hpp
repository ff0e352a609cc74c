#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sink/sink_database.hpp"
#include "sink/sqlite_database.hpp"
#include "sink/table_layout.hpp"

/// What a SQLite file has, against what is needed.
namespace tidemark {

std::optional<StoredTable> stored_table(SqliteDatabase& database, const std::string& table);

/// The numbered steps (migrations.hpp) that the file has not seen.
std::vector<std::string> missing_migrations(SqliteDatabase& database);

/// What has to be run so that the stored table is as the layout says; nothing when it is.
/// Errors: SinkError::permanent for a column of another type or another primary key. `sink`: its name.
std::vector<std::string> missing_statements(const TableLayout& layout, const std::optional<StoredTable>& stored,
                                            const std::string& sink);

/// Runs a statement. All rows, as texts.
std::vector<SinkDatabase::Row> rows_of(SqliteDatabase& database, const Statement& sql, const std::string& what);

}  // namespace tidemark
