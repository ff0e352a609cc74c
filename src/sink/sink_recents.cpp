#include "sink/sink_recents.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <tuple>

#include <tidemark/errors.hpp>

#include "sink/read_model_layouts.hpp"
#include "sink/shown_values.hpp"

namespace tidemark {
namespace {

/// How many groups one statement looks through for what is beyond `keep`.
constexpr std::size_t kGroupsAtOnce = 500;

auto place_of(const RecentUse& use) { return std::tie(use.group, use.group_key, use.item_key); }

/// The last use of each thing, in the order of the primary key: of several agents none waits for another in a circle.
std::vector<const RecentUse*> last_uses(std::span<const RecentUse> uses) {
  std::vector<const RecentUse*> list;
  list.reserve(uses.size());
  for (const RecentUse& use : uses) list.push_back(&use);
  std::sort(list.begin(), list.end(), [](const RecentUse* a, const RecentUse* b) {
    if (place_of(*a) != place_of(*b)) return place_of(*a) < place_of(*b);
    return a->is_after(*b);
  });
  const auto same = [](const RecentUse* a, const RecentUse* b) { return place_of(*a) == place_of(*b); };
  list.erase(std::unique(list.begin(), list.end(), same), list.end());
  return list;
}

std::string on_conflict(const TableLayout& table) {
  std::string sql;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (std::find(table.key.begin(), table.key.end(), i) != table.key.end()) continue;
    const std::string name = quote_name(table.columns[i].name);
    sql += (sql.empty() ? "" : ", ") + name + " = excluded." + name;
  }
  return " ON CONFLICT (" + column_list(table, table.key) + ") DO UPDATE SET " + sql +
         " WHERE (stored.\"used_at\", stored.\"identity\") < (excluded.\"used_at\", excluded.\"identity\")";
}

Digest digest_of_column(const ValueReader& row, int column) {
  const std::string_view bytes = row.bytes(column);
  Digest digest;
  if (row.is_null(column) || bytes.size() != digest.bytes.size()) throw InputError("a key is not of 16 bytes");
  std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
  return digest;
}

}  // namespace

SinkRecents::SinkRecents(SinkDatabase& database, SchemaPtr schema) : database_(database), schema_(std::move(schema)) {
  for (const RecentDef& recent : schema_->recents)
    tables_.push_back(recent_table(*schema_, recent, database_.dialect()));
}

void SinkRecents::upsert(int recent, std::span<const RecentUse> uses) {
  if (uses.empty()) return;
  const RecentDef& def = this->def(recent);
  const TableLayout& table = tables_[static_cast<std::size_t>(recent)];
  const auto list = last_uses(uses);
  database_.write("writing " + def.name, [&] {
    database_.insert(table, on_conflict(table), list.size(), [&](std::size_t i, ValueWriter& out) {
      try {
        put(def, table, *list[i], out);
      } catch (const InputError& e) {
        throw SinkError(SinkError::Kind::row, "recent '" + def.name + "': " + e.what());
      }
    });
    const auto stored = database_.stored(def.name);
    if (stored && stored->may_delete) trim(def, list);
  });
}

void SinkRecents::put(const RecentDef& recent, const TableLayout& table, const RecentUse& use, ValueWriter& out) const {
  if (use.group.size() != recent.per.size() || use.item.size() != recent.item.size() ||
      use.columns.size() != recent.columns.size())
    throw InputError("a use has not as many values as the recent has fields");
  std::size_t column = 0;
  for (const auto* values : {&use.group, &use.item})
    for (const DimensionValue& value : *values) write_dimension(value, table.columns[column++].type, out);
  out.instant(use.used_at);
  for (std::size_t i = 0; i < use.columns.size(); ++i) write_cell(use.columns[i], shown(recent, i), out);
  for (const Digest* digest : {&use.group_key, &use.item_key, &use.identity}) out.bytes(digest->view());
}

/// Things that were used again meanwhile, which somebody else has written, are not taken for what they were: their
/// `used_at` is compared, too.
void SinkRecents::trim(const RecentDef& recent, const std::vector<const RecentUse*>& uses) {
  std::set<Digest> groups;
  for (const RecentUse* use : uses) groups.insert(use->group_key);
  const std::string table = database_.table(recent.name);
  const std::string key = R"("group_key", "item_key", "used_at", "identity")";
  for (auto group = groups.begin(); group != groups.end();) {
    std::string list;
    for (std::size_t n = 0; n < kGroupsAtOnce && group != groups.end(); ++n, ++group)
      list += (n == 0 ? "" : ", ") + quote_digest(*group, database_.dialect());
    database_.execute(
        "DELETE FROM " + table + " WHERE \"group_key\" IN (" + list + ") AND (" + key + ") IN (SELECT " + key +
        " FROM (SELECT " + key +
        ", row_number() OVER (PARTITION BY \"group_key\" ORDER BY \"used_at\" DESC, \"identity\" DESC) AS n"
        " FROM " +
        table + " WHERE \"group_key\" IN (" + list + ")) AS ranked WHERE n > " + std::to_string(recent.keep) + ")");
  }
}

std::vector<RecentUse> SinkRecents::newest(int recent, const Digest& group_key, std::size_t limit,
                                           std::optional<Instant> since) {
  const RecentDef& def = this->def(recent);
  const TableLayout& table = tables_[static_cast<std::size_t>(recent)];
  std::string sql = "SELECT " + column_list(table) + " FROM " + database_.table(def.name) +
                    " WHERE \"group_key\" = " + quote_digest(group_key, database_.dialect());
  if (since) sql += " AND \"used_at\" >= " + quote_text(format_rfc3339(*since));
  // A role that may not delete leaves more of them.
  sql +=
      " ORDER BY \"used_at\" DESC, \"identity\" DESC LIMIT " + std::to_string(std::min<std::size_t>(limit, def.keep));
  std::vector<SinkType> types;
  for (const SinkColumn& column : table.columns) types.push_back(column.type);
  std::vector<RecentUse> uses;
  database_.select("reading " + def.name, sql, types,
                   [&](const ValueReader& row) { uses.push_back(read(def, table, row)); });
  return uses;
}

RecentUse SinkRecents::read(const RecentDef& recent, const TableLayout& table, const ValueReader& row) const {
  RecentUse use;
  int column = 0;
  const auto read_next = [&] {
    const SinkType type = table.columns[static_cast<std::size_t>(column)].type;
    return read_dimension(row, column++, type);
  };
  for (std::size_t i = 0; i < recent.per.size(); ++i) use.group.push_back(read_next());
  for (std::size_t i = 0; i < recent.item.size(); ++i) use.item.push_back(read_next());
  use.used_at = row.instant(column++);
  for (std::size_t i = 0; i < recent.columns.size(); ++i)
    use.columns.push_back(read_cell(row, column++, shown(recent, i)));
  for (Digest* digest : {&use.group_key, &use.item_key, &use.identity}) *digest = digest_of_column(row, column++);
  return use;
}

ValueType SinkRecents::shown(const RecentDef& recent, std::size_t column) const {
  const SourceDef& source = schema_->sources.at(static_cast<std::size_t>(recent.source));
  return value_type_of(source.fields.at(static_cast<std::size_t>(recent.columns[column])));
}

}  // namespace tidemark
