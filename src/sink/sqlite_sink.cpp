#include "sink/sqlite_sink.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "model/text.hpp"
#include "sink/json_list.hpp"
#include "sink/migrations.hpp"
#include "sink/read_model_layouts.hpp"
#include "sink/sink_read_models.hpp"
#include "sink/sink_recents.hpp"
#include "sink/sql.hpp"
#include "sink/sqlite_catalog.hpp"
#include "sink/sqlite_database.hpp"
#include "sink/sqlite_sink_database.hpp"
#include "sink/sqlite_values.hpp"

namespace tidemark {
namespace {

const std::string kAgents = "agents";

void bind_parameter(const SqliteStatement& statement, int at, const SqlParameter& parameter, std::string& held) {
  const auto bind_text = [&] {
    statement.check(sqlite3_bind_text64(statement.handle(), at, held.data(), held.size(), SQLITE_STATIC, SQLITE_UTF8));
  };
  if (parameter.instant) {
    held = format_rfc3339(*parameter.instant);
    return bind_text();
  }
  if (parameter.column->type == SinkType::boolean) {
    statement.check(sqlite3_bind_int(statement.handle(), at, parameter.value->text == "true"));
    return;
  }
  if (parameter.value->is_set)
    put_json_list(held, parameter.value->labels);
  else
    held = parameter.value->text;
  bind_text();
}

std::vector<const Bucket*> in_key_order(std::span<const Bucket> buckets) {
  std::vector<const Bucket*> order;
  order.reserve(buckets.size());
  for (const Bucket& bucket : buckets) order.push_back(&bucket);
  std::sort(order.begin(), order.end(), [](const Bucket* a, const Bucket* b) {
    if (a->dimensions[0] != b->dimensions[0]) return a->dimensions[0] < b->dimensions[0];
    return std::tie(a->key, a->start, a->agent, a->epoch) < std::tie(b->key, b->start, b->agent, b->epoch);
  });
  return order;
}

}  // namespace

/// The file and what was prepared on it. Statements go before it.
struct SqliteSink::Opened {
  SqliteDatabase database;
  bool created;
  std::map<int, SqliteStatement> upserts;
};

SqliteSink::SqliteSink(const std::string& path, SchemaPtr schema, std::int64_t schema_version)
    : path_(std::filesystem::weakly_canonical(std::filesystem::absolute(path)).string()),
      schema_(std::move(schema)),
      schema_version_(schema_version),
      database_(std::make_unique<SqliteSinkDatabase>(name(), [this](bool create, const auto& work) {
        with_database(create || (opened_ != nullptr && opened_->created), work);
      })) {
  for (std::size_t i = 0; i < schema_->rollups.size(); ++i)
    layouts_.push_back(table_layout(*schema_, static_cast<int>(i), Dialect::sqlite));
  for (const RecentDef& recent : schema_->recents) layouts_.push_back(recent_table(*schema_, recent, Dialect::sqlite));
  recents_ = std::make_unique<SinkRecents>(*database_, schema_);
  read_models_ = std::make_unique<SinkReadModels>(*database_);
}

SqliteSink::~SqliteSink() = default;

SqliteSink::Opened& SqliteSink::opened(bool create) {
  if (opened_ && create && !opened_->created) opened_.reset();
  if (!opened_)
    opened_.reset(new Opened{
        SqliteDatabase(path_, create ? SqliteDatabase::Mode::create : SqliteDatabase::Mode::existing), create, {}});
  return *opened_;
}

bool SqliteSink::prepare() {
  try {
    return create_or_extend(opened(true).database);
  } catch (const SinkError&) {
    opened_.reset();
    throw;
  }
}

bool SqliteSink::create_or_extend(SqliteDatabase& database) {
  const auto missing_tables = [&] {
    std::vector<std::string> statements;
    for (const TableLayout& layout : layouts_)
      for (std::string& sql : missing_statements(layout, stored_table(database, layout.table), name()))
        statements.push_back(std::move(sql));
    return statements;
  };
  // Asked twice: a file that has everything is not written to, and another process may be doing the same.
  const bool tables = !missing_tables().empty();
  if (!tables && missing_migrations(database).empty()) return false;
  database.transaction("creating its tables", [&] {
    for (const std::string& sql : missing_migrations(database)) database.execute(sql, "creating its tables");
    for (const std::string& sql : missing_tables()) database.execute(sql, "creating its tables");
  });
  return tables;
}

/// Runs `work` on the file, and opens it anew after a failure.
template <typename Work>
void SqliteSink::with_database(bool create, const Work& work) {
  try {
    work(opened(create).database);
  } catch (const SinkError&) {
    opened_.reset();
    throw;
  }
}

bool SqliteSink::upsert(int rollup, std::span<const Bucket> buckets, Instant synced_at) {
  return upsert_ready(rollup, buckets, synced_at, *make_ready(rollup, buckets, synced_at));
}

/// In the primary key's order: then each page of the index is visited once, not once per row.
std::unique_ptr<ReadyRows> SqliteSink::make_ready(int rollup, std::span<const Bucket> buckets,
                                                  Instant synced_at) const {
  const TableLayout& layout = layouts_[static_cast<std::size_t>(rollup)];
  auto rows = std::make_unique<SqliteRows>(layout.columns.size(), buckets.size());
  for (const Bucket* bucket : in_key_order(buckets))
    write_row(layout, schema_->rollups[static_cast<std::size_t>(rollup)], *bucket, schema_version_, synced_at, *rows);
  return rows;
}

bool SqliteSink::upsert_ready(int rollup, std::span<const Bucket> buckets, Instant synced_at, const ReadyRows& ready) {
  if (buckets.empty()) return true;
  const std::string what = "writing " + layouts_[static_cast<std::size_t>(rollup)].table;
  bool in_our_name = true;
  with_database(true, [&](SqliteDatabase& database) {
    database.transaction(what, [&] {
      in_our_name =
          !checked_in_ ||
          !rows_of(database, count_rows_sql(Dialect::sqlite, kAgents, *checked_in_, buckets.size(), synced_at), what)
               .empty();
      if (in_our_name) write(rollup, static_cast<const SqliteRows&>(ready));
    });
  });
  return in_our_name;
}

std::vector<AgentRow> SqliteSink::agents(const std::optional<AgentId>& agent) {
  return read_agents(select_agents_sql(Dialect::sqlite, kAgents, agent));
}

std::vector<AgentRow> SqliteSink::agents_in(const std::string& host, const std::string& store) {
  return read_agents(select_agents_in_sql(Dialect::sqlite, kAgents, host, store));
}

std::vector<AgentRow> SqliteSink::read_agents(const Statement& sql) {
  std::vector<AgentRow> agents;
  with_database(opened_ != nullptr && opened_->created, [&](SqliteDatabase& database) {
    agents = agent_rows_of(rows_of(database, sql, "reading its agents"), name());
  });
  return agents;
}

bool SqliteSink::check_in(const AgentRow& row, const std::optional<Nonce>& expected) {
  const Statement sql = expected ? swap_agent_sql(Dialect::sqlite, kAgents, row, *expected)
                                 : insert_agent_sql(Dialect::sqlite, kAgents, row);
  bool done = false;
  with_database(true, [&](SqliteDatabase& database) {
    database.transaction("checking in", [&] { done = !rows_of(database, sql, "checking in").empty(); });
  });
  if (done) checked_in_ = row;
  return done;
}

SqliteStatement& SqliteSink::upsert_statement(int rollup) {
  auto& upserts = opened_->upserts;
  if (const auto found = upserts.find(rollup); found != upserts.end()) return found->second;
  const TableLayout& layout = layouts_[static_cast<std::size_t>(rollup)];
  const std::string table = quote_name(layout.table);
  std::string marks;
  for (std::size_t i = 0; i < layout.columns.size(); ++i) marks += i == 0 ? "?" : ", ?";
  const std::string sql =
      "INSERT INTO " + table + " (" + column_list(layout) + ") VALUES (" + marks + ")" + on_conflict_sql(layout, table);
  return upserts.try_emplace(rollup, opened_->database, sql, "writing " + layout.table).first->second;
}

void SqliteSink::write(int rollup, const SqliteRows& rows) {
  SqliteStatement& statement = upsert_statement(rollup);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    rows.bind(row, statement);
    statement.step();
    statement.reset();
  }
}

void SqliteSink::scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) {
  const TableLayout& layout = layouts_.at(static_cast<std::size_t>(filter.rollup));
  const RollupDef& rollup = schema_->rollups[static_cast<std::size_t>(filter.rollup)];
  const auto columns = columns_to_read(layout, rollup, filter);
  const SelectSql select = select_sql(layout, quote_name(layout.table), columns, filter);
  if (select.nothing) return;
  // One SELECT sees one state of the file, however long it takes.
  SqliteStatement statement(opened(false).database, select.text, "reading " + layout.table);
  std::vector<std::string> held(select.parameters.size());
  for (std::size_t i = 0; i < held.size(); ++i)
    bind_parameter(statement, static_cast<int>(i) + 1, select.parameters[i], held[i]);
  const SqliteValueReader row(statement);
  const RowReader reader(layout, rollup, columns);
  while (statement.step()) {
    std::optional<Bucket> bucket;
    try {
      bucket = reader.read(row);
    } catch (const SinkError&) {
      throw;
    } catch (const Error& e) {
      throw SinkError(SinkError::Kind::permanent, "sink " + name() + ": a row of " + layout.table +
                                                      " cannot be read: " + e.what() + "; it was changed by others");
    }
    take(std::move(*bucket));
  }
}

void SqliteSink::upsert_recents(int recent, std::span<const RecentUse> uses) { recents_->upsert(recent, uses); }

std::vector<RecentUse> SqliteSink::recent(int recent, const Digest& group_key, std::size_t limit,
                                          std::optional<Instant> since) {
  return recents_->newest(recent, group_key, limit, since);
}

ReadModels& SqliteSink::read_models() { return *read_models_; }

std::string SqliteSink::ddl() const {
  std::string sql = "PRAGMA journal_mode = WAL;\n";
  for (const Migration& migration : migrations(Dialect::sqlite)) sql += "\n" + migration_sql(migration, {});
  for (const TableLayout& layout : layouts_) sql += "\n" + create_table_sql(layout, quote_name(layout.table)) + ";\n";
  return sql + read_model_tables_sql(*schema_, Dialect::sqlite, quote_name);
}

}  // namespace tidemark
