#include "sink/migrations.hpp"

namespace tidemark {

std::string migration_sql(const Migration& migration, const std::string& schema) {
  constexpr std::string_view kSchema = "{schema}";
  std::string sql(migration.sql);
  for (std::size_t at = 0; (at = sql.find(kSchema, at)) != std::string::npos; at += schema.size())
    sql.replace(at, kSchema.size(), schema);
  return sql + "INSERT INTO " + (schema.empty() ? "" : schema + ".") + "migrations (number, name) VALUES (" +
         std::to_string(migration.number) + ", '" + std::string(migration.name) +
         "') ON CONFLICT (number) DO NOTHING;\n";
}

bool is_for_readers(const Migration& migration) {
  return migration.name == "percentiles" || migration.name == "read_models";
}

}  // namespace tidemark
