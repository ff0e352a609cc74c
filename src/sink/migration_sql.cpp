#include <algorithm>
#include <array>

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

bool is_for_readers(const Migration& migration) { return migration.name == "percentiles"; }

bool is_own_table(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kOwn = {"agents", "migrations", "rollup_columns", "fleet_views"};
  return std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
}

}  // namespace tidemark
