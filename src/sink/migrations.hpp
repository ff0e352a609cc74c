#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sink/table_layout.hpp"

namespace tidemark {

/// A numbered step of what a sink holds beside the rollups' tables: schemas/migrations/, built in. A step only ever adds,
/// so that agents of an older version go on syncing to a sink that a newer one has extended. The sink's table
/// `migrations` says which steps it has seen.
struct Migration {
  int number = 0;
  std::string_view name;
  std::string_view sql;  ///< Statements, each ending in a semicolon; `{schema}` stands for the schema's quoted name.
};
/// In order of their numbers.
const std::vector<Migration>& migrations(Dialect dialect);

/// The step's statements and the note that it was taken. May be run again. `schema` is quoted already; empty for SQLite.
std::string migration_sql(const Migration& migration, const std::string& schema);

/// Whether agents can do without what the step makes: it is for people's queries. A role that may not take it syncs on.
bool is_for_readers(const Migration& migration);

}  // namespace tidemark
