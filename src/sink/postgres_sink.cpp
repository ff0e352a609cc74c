#include "sink/postgres_sink.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "sink/migrations.hpp"
#include "sink/postgres_binary.hpp"
#include "sink/postgres_catalog.hpp"
#include "sink/postgres_connection.hpp"
#include "sink/postgres_copy.hpp"
#include "sink/postgres_fleet.hpp"
#include "sink/postgres_sink_database.hpp"
#include "sink/read_model_layouts.hpp"
#include "sink/sink_read_models.hpp"
#include "sink/sink_recents.hpp"
#include "sink/sql.hpp"

namespace tidemark {
namespace {

std::string array_literal(const std::vector<std::string>& items) {
  std::string out = "{";
  for (const std::string& item : items) {
    if (out.size() > 1) out.push_back(',');
    out.push_back('"');
    for (const char c : item) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out.push_back('"');
  }
  out.push_back('}');
  return out;
}

/// Of a statement, or of the first of several: what it does, without remarks and details.
std::string head_of(std::string_view sql) {
  while (sql.starts_with("--")) sql.remove_prefix(std::min(sql.find('\n'), sql.size() - 1) + 1);
  return std::string(sql.substr(0, sql.find(" (\n")));
}

std::string literal_of(const SqlParameter& parameter) {
  const std::string type(type_name(parameter.column->type, Dialect::postgres));
  if (parameter.instant) return quote_text(format_rfc3339(*parameter.instant)) + "::" + type;
  return quote_text(parameter.value->is_set ? array_literal(parameter.value->labels) : parameter.value->text) +
         "::" + type;
}

/// COPY takes no parameters: their values in the places of `$1`, `$2`, …, outside of quoted names.
std::string with_literals(const SelectSql& select) {
  std::string sql;
  bool quoted = false;
  for (std::size_t i = 0; i < select.text.size(); ++i) {
    const char c = select.text[i];
    if (c == '"') quoted = !quoted;
    if (c != '$' || quoted) {
      sql.push_back(c);
      continue;
    }
    std::size_t number = 0;
    for (; i + 1 < select.text.size() && select.text[i + 1] >= '0' && select.text[i + 1] <= '9'; ++i)
      number = number * 10 + static_cast<std::size_t>(select.text[i + 1] - '0');
    sql += literal_of(select.parameters.at(number - 1));
  }
  return sql;
}

/// No text at a sink has a NUL.
bool asks_for_nul(const SelectSql& select) {
  return std::any_of(select.parameters.begin(), select.parameters.end(), [](const SqlParameter& parameter) {
    if (parameter.value == nullptr) return false;
    const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    return has_nul(parameter.value->text) ||
           std::any_of(parameter.value->labels.begin(), parameter.value->labels.end(), has_nul);
  });
}

}  // namespace

PostgresSink::PostgresSink(const std::string& url, SchemaPtr schema, std::int64_t schema_version)
    : url_(parse_postgres_url(url)),
      schema_(std::move(schema)),
      schema_version_(schema_version),
      database_(std::make_unique<PostgresSinkDatabase>(
          url_, [this](const auto& work) { connected(work); }, [this] { take_migrations(); })) {
  for (std::size_t i = 0; i < schema_->rollups.size(); ++i)
    layouts_.push_back(table_layout(*schema_, static_cast<int>(i), Dialect::postgres));
  for (const RecentDef& recent : schema_->recents)
    layouts_.push_back(recent_table(*schema_, recent, Dialect::postgres));
  recents_ = std::make_unique<SinkRecents>(*database_, schema_);
  read_models_ = std::make_unique<SinkReadModels>(*database_);
}

PostgresSink::~PostgresSink() = default;

/// Runs `work` with a connection, and drops that when it throws.
template <typename Work>
void PostgresSink::connected(const Work& work) {
  try {
    if (!connection_) connection_ = std::make_unique<PostgresConnection>(url_);
    work(*connection_);
  } catch (...) {
    connection_.reset();
    throw;
  }
}

bool PostgresSink::prepare() {
  PostgresCatalog::Missing missing;
  connected([&](PostgresConnection& connection) {
    PostgresCatalog catalog(connection, url_, layouts_);
    PostgresFleet fleet(connection, url_, *schema_);
    bool merges = true;  // whether readers find what merges the rows
    connection.transaction("looking at its tables", [&] {
      missing = catalog.missing();
      if (missing.statements.empty()) merges = fleet.missing().empty();
    });
    if (!missing.statements.empty()) create(connection, layouts_, missing.statements[0]);
    if (!missing.statements.empty() || !merges) create_fleet(connection);
  });
  return missing.tables;
}

/// Of rollups no table is made: that one is missing tells the next sync that the sink was lost.
void PostgresSink::take_migrations() {
  const std::vector<TableLayout> none;
  connected([&](PostgresConnection& connection) {
    PostgresCatalog catalog(connection, url_, none);
    PostgresCatalog::Missing missing;
    connection.transaction("looking at its tables", [&] { missing = catalog.missing(); });
    if (!missing.statements.empty()) create(connection, none, missing.statements[0]);
  });
}

void PostgresSink::create(PostgresConnection& connection, const std::vector<TableLayout>& layouts,
                          const std::string& first_statement) {
  PostgresCatalog catalog(connection, url_, layouts);
  // The message of a refusal has the first statement in it: that is what lacks.
  const std::string first = head_of(first_statement);
  connection.transaction("`" + first + "`", [&] {
    begin_creating(connection);
    for (const std::string& sql : catalog.missing().statements) connection.execute(sql);
  });
}

void PostgresSink::create_fleet(PostgresConnection& connection) {
  PostgresFleet fleet(connection, url_, *schema_);
  connection.transaction("making its views", [&] {
    begin_creating(connection);
    for (const std::string& sql : fleet.missing()) connection.execute(sql);
  });
}

void PostgresSink::begin_creating(PostgresConnection& connection) {
  // Several agents may start at once: the second finds everything made.
  connection.rows("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('tidemark'), pg_catalog.hashtext($1))",
                  {url_.schema});
  // Names mean what they mean to PostgreSQL, whatever the role's search_path is.
  connection.execute("SET LOCAL search_path = pg_catalog");
}

bool PostgresSink::upsert(int rollup, std::span<const Bucket> buckets, Instant synced_at) {
  if (buckets.empty()) return true;
  const TableLayout& layout = layouts_.at(static_cast<std::size_t>(rollup));
  const RollupDef& def = schema_->rollups[static_cast<std::size_t>(rollup)];
  bool in_our_name = true;
  connected([&](PostgresConnection& connection) {
    connection.transaction("writing " + layout.table, [&] {
      // First, so that its lock makes a copy of this agent wait for its turn.
      in_our_name = count_rows(connection, buckets.size(), synced_at);
      if (!in_our_name) return;
      connection.execute(create_stage_sql(layout));
      copy_in(connection, layout, kPostgresStage, buckets.size(), [&](std::size_t i, ValueWriter& out) {
        write_row(layout, def, buckets[i], schema_version_, synced_at, out);
      });
      connection.execute(merge_stage_sql(layout, postgres_table(url_, layout), on_conflict_sql(layout, "stored")));
    });
  });
  return in_our_name;
}

bool PostgresSink::count_rows(PostgresConnection& connection, std::size_t rows, Instant now) {
  if (!checked_in_) return true;
  const Statement sql = count_rows_sql(Dialect::postgres, postgres_agents(url_), *checked_in_, rows, now);
  return !connection.rows(sql.text, sql.parameters).empty();
}

std::vector<AgentRow> PostgresSink::agents(const std::optional<AgentId>& agent) {
  return read_agents(select_agents_sql(Dialect::postgres, postgres_agents(url_), agent));
}

std::vector<AgentRow> PostgresSink::agents_in(const std::string& host, const std::string& store) {
  return read_agents(select_agents_in_sql(Dialect::postgres, postgres_agents(url_), host, store));
}

std::vector<AgentRow> PostgresSink::read_agents(const Statement& sql) {
  std::vector<PostgresConnection::Row> rows;
  connected([&](PostgresConnection& connection) {
    connection.transaction("reading its agents", [&] { rows = connection.rows(sql.text, sql.parameters); });
  });
  return agent_rows_of(rows, url_.name);
}

bool PostgresSink::check_in(const AgentRow& row, const std::optional<Nonce>& expected) {
  const std::string table = postgres_agents(url_);
  const Statement sql = expected ? swap_agent_sql(Dialect::postgres, table, row, *expected)
                                 : insert_agent_sql(Dialect::postgres, table, row);
  bool done = false;
  connected([&](PostgresConnection& connection) {
    connection.transaction("checking in", [&] { done = !connection.rows(sql.text, sql.parameters).empty(); });
  });
  if (done) checked_in_ = row;
  return done;
}

void PostgresSink::scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) {
  const TableLayout& layout = layouts_.at(static_cast<std::size_t>(filter.rollup));
  const RollupDef& rollup = schema_->rollups[static_cast<std::size_t>(filter.rollup)];
  const auto columns = columns_to_read(layout, rollup, filter);
  const SelectSql select = select_sql(layout, postgres_table(url_, layout), columns, filter);
  if (select.nothing || asks_for_nul(select)) return;
  const RowReader reader(layout, rollup, columns);
  std::vector<SinkType> types;
  std::vector<std::string> names;
  for (const std::size_t i : columns) {
    types.push_back(layout.columns[i].type);
    names.push_back(layout.table + "." + layout.columns[i].name);
  }
  PostgresRowReader row(columns.size());
  const auto read = [&](std::string_view message) {
    try {
      return row.next(message) ? std::optional(reader.read(row)) : std::nullopt;
    } catch (const SinkError&) {
      throw;
    } catch (const Error& e) {
      throw SinkError(SinkError::Kind::permanent, "sink " + url_.name + ": a row of " + layout.table +
                                                      " cannot be read: " + e.what() + "; it was changed by others");
    }
  };
  connected([&](PostgresConnection& connection) {
    connection.stream(
        "reading " + layout.table, with_literals(select),
        [&](const pg_result* shape) { check_postgres_types(shape, types, names, url_.name); },
        [&](std::string_view message) {
          if (auto bucket = read(message)) take(std::move(*bucket));
        });
  });
}

void PostgresSink::upsert_recents(int recent, std::span<const RecentUse> uses) { recents_->upsert(recent, uses); }

std::vector<RecentUse> PostgresSink::recent(int recent, const Digest& group_key, std::size_t limit,
                                            std::optional<Instant> since) {
  return recents_->newest(recent, group_key, limit, since);
}

ReadModels& PostgresSink::read_models() { return *read_models_; }

std::string PostgresSink::ddl() const {
  std::string sql = create_schema_sql(url_) + ";\n";
  for (const Migration& migration : migrations(Dialect::postgres))
    sql += "\n" + migration_sql(migration, quote_name(url_.schema));
  for (const TableLayout& layout : layouts_)
    sql += "\n" + create_table_sql(layout, postgres_table(url_, layout)) + ";\n";
  sql += read_model_tables_sql(*schema_, Dialect::postgres,
                               [&](const std::string& name) { return database_->table(name); });
  sql += "\n-- What merges the rows of all agents.\nSET search_path = pg_catalog;\n";
  for (const std::string& statement : PostgresFleet::all(url_, *schema_)) sql += "\n" + statement + ";\n";
  return sql;
}

}  // namespace tidemark
