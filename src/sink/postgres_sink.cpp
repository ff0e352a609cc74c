#include "sink/postgres_sink.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "sink/fleet_view.hpp"
#include "sink/migrations.hpp"
#include "sink/postgres_binary.hpp"
#include "sink/postgres_catalog.hpp"
#include "sink/postgres_connection.hpp"
#include "sink/postgres_fleet.hpp"
#include "sink/sql.hpp"

namespace tidemark {
namespace {

/// Rows are sent in pieces of about this size. Larger takes memory and gains nothing.
constexpr std::size_t kPieceBytes = 256u << 10;

constexpr const char* kStage = "pg_temp.tidemark_stage";

/// The stage lives for one transaction: a pooler may give the next one another session.
std::string create_stage_sql(const TableLayout& layout) {
  std::string columns;
  for (const SinkColumn& column : layout.columns)
    columns += (columns.empty() ? "" : ", ") + column_definition(column, Dialect::postgres);
  return "CREATE TEMPORARY TABLE tidemark_stage (" + columns + ") ON COMMIT DROP";
}

std::string upsert_sql(const TableLayout& layout, const std::string& table) {
  const std::string columns = column_list(layout);
  return "INSERT INTO " + table + " AS stored (" + columns + ") SELECT " + columns + " FROM " + kStage +
         on_conflict_sql(layout, "stored");
}

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

/// Binary values mean nothing without their types.
void check_types(const pg_result* row, const TableLayout& layout, const std::vector<std::size_t>& columns,
                 const std::string& sink) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const SinkColumn& column = layout.columns[columns[i]];
    const bool wider =
        column.type == SinkType::integer && PQftype(row, static_cast<int>(i)) == type_oid(SinkType::bigint);
    if (PQftype(row, static_cast<int>(i)) != type_oid(column.type) && !wider)
      throw SinkError(SinkError::Kind::permanent, "sink " + sink + ": column " + layout.table + "." + column.name +
                                                      " is not of type " +
                                                      std::string(type_name(column.type, Dialect::postgres)));
  }
}

}  // namespace

PostgresSink::PostgresSink(const std::string& url, SchemaPtr schema, std::int64_t schema_version)
    : url_(parse_postgres_url(url)), schema_(std::move(schema)), schema_version_(schema_version) {
  for (std::size_t i = 0; i < schema_->rollups.size(); ++i)
    layouts_.push_back(table_layout(*schema_, static_cast<int>(i), Dialect::postgres));
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
    if (!missing.statements.empty()) create(connection, missing.statements[0]);
    if (!missing.statements.empty() || !merges) create_fleet(connection);
  });
  return missing.tables;
}

void PostgresSink::create(PostgresConnection& connection, const std::string& first_statement) {
  PostgresCatalog catalog(connection, url_, layouts_);
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
  bool in_our_name = true;
  connected([&](PostgresConnection& connection) {
    connection.transaction("writing " + layout.table, [&] {
      // First, so that its lock makes a copy of this agent wait for its turn.
      in_our_name = count_rows(connection, buckets.size(), synced_at);
      if (!in_our_name) return;
      connection.execute(create_stage_sql(layout));
      copy_rows(connection, rollup, buckets, synced_at);
      connection.execute(upsert_sql(layout, postgres_table(url_, layout)));
    });
  });
  return in_our_name;
}

bool PostgresSink::count_rows(PostgresConnection& connection, std::size_t rows, Instant now) {
  if (!checked_in_) return true;
  const AgentSql sql = count_rows_sql(Dialect::postgres, postgres_agents(url_), *checked_in_, rows, now);
  return !connection.rows(sql.text, sql.parameters).empty();
}

std::vector<AgentRow> PostgresSink::agents(const std::optional<AgentId>& agent) {
  return read_agents(select_agents_sql(Dialect::postgres, postgres_agents(url_), agent));
}

std::vector<AgentRow> PostgresSink::agents_in(const std::string& host, const std::string& store) {
  return read_agents(select_agents_in_sql(Dialect::postgres, postgres_agents(url_), host, store));
}

std::vector<AgentRow> PostgresSink::read_agents(const AgentSql& sql) {
  std::vector<PostgresConnection::Row> rows;
  connected([&](PostgresConnection& connection) {
    connection.transaction("reading its agents", [&] { rows = connection.rows(sql.text, sql.parameters); });
  });
  return agent_rows_of(rows, url_.name);
}

bool PostgresSink::check_in(const AgentRow& row, const std::optional<Nonce>& expected) {
  const std::string table = postgres_agents(url_);
  const AgentSql sql = expected ? swap_agent_sql(Dialect::postgres, table, row, *expected)
                                : insert_agent_sql(Dialect::postgres, table, row);
  bool done = false;
  connected([&](PostgresConnection& connection) {
    connection.transaction("checking in", [&] { done = !connection.rows(sql.text, sql.parameters).empty(); });
  });
  if (done) checked_in_ = row;
  return done;
}

void PostgresSink::copy_rows(PostgresConnection& connection, int rollup, std::span<const Bucket> buckets,
                             Instant synced_at) {
  const TableLayout& layout = layouts_[static_cast<std::size_t>(rollup)];
  const RollupDef& def = schema_->rollups[static_cast<std::size_t>(rollup)];
  connection.copy_begin(std::string("COPY ") + kStage + " FROM STDIN (FORMAT binary)");
  PostgresRowWriter row;
  row.begin_copy();
  for (const Bucket& bucket : buckets) {
    row.begin_row(layout.columns.size());
    write_row(layout, def, bucket, schema_version_, synced_at, row);
    if (row.bytes().size() < kPieceBytes) continue;
    connection.copy_data(row.bytes());
    row.clear();
  }
  row.end_copy();
  connection.copy_data(row.bytes());
  connection.copy_end();
}

void PostgresSink::scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) {
  const TableLayout& layout = layouts_.at(static_cast<std::size_t>(filter.rollup));
  const RollupDef& rollup = schema_->rollups[static_cast<std::size_t>(filter.rollup)];
  const auto columns = columns_to_read(layout, rollup, filter);
  const SelectSql select = select_sql(layout, postgres_table(url_, layout), columns, filter);
  if (select.nothing || asks_for_nul(select)) return;
  const RowReader reader(layout, rollup, columns);
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
        [&](const pg_result* shape) { check_types(shape, layout, columns, url_.name); },
        [&](std::string_view message) {
          if (auto bucket = read(message)) take(std::move(*bucket));
        });
  });
}

std::string PostgresSink::ddl() const {
  std::string sql = create_schema_sql(url_) + ";\n";
  for (const Migration& migration : migrations(Dialect::postgres))
    sql += "\n" + migration_sql(migration, quote_name(url_.schema));
  for (const TableLayout& layout : layouts_)
    sql += "\n" + create_table_sql(layout, postgres_table(url_, layout)) + ";\n";
  sql += "\n-- What merges the rows of all agents.\nSET search_path = pg_catalog;\n";
  for (const std::string& statement : PostgresFleet::all(url_, *schema_)) sql += "\n" + statement + ";\n";
  return sql;
}

}  // namespace tidemark
