#include <vector>

#include "peers/postgres_client.hpp"
#include "peers/sink_limit.hpp"
#include "sink/postgres_url.hpp"
#include "sink/sql.hpp"

namespace tidemark::bench {
namespace {

class PostgresLimit final : public SinkLimit {
 public:
  PostgresLimit(const std::string& url, const TableLayout& layout)
      : layout_(layout),
        db_(parse_postgres_url(url).libpq),
        table_(quote_name(parse_postgres_url(url).schema) + "." + quote_name(layout.table)) {}

  std::size_t take_rows() override {
    db_.run("COPY (SELECT " + column_list(layout_) + " FROM " + table_ + " ORDER BY ctid) TO STDOUT");
    batches_.assign(1, {});
    std::size_t rows = 0;
    while (db_.copy_line(batches_.back()))
      if (++rows % kRowsPerTransaction == 0) batches_.emplace_back();
    return rows;
  }

  void clear() override {
    db_.run("TRUNCATE " + table_);
    db_.run("CHECKPOINT");
  }

  void age() override {
    db_.run("UPDATE " + table_ + " SET computed_counter = computed_counter - 1");
    db_.run("VACUUM FULL " + table_);
    db_.run("CHECKPOINT");
  }

  void send() override {
    std::string columns;
    for (const SinkColumn& c : layout_.columns)
      columns += (columns.empty() ? "" : ", ") + column_definition(c, Dialect::postgres);
    const std::string list = column_list(layout_);
    for (const std::string& batch : batches_) {
      if (batch.empty()) continue;
      db_.run("BEGIN");
      db_.run("CREATE TEMP TABLE stage (" + columns + ") ON COMMIT DROP");
      db_.copy("COPY stage FROM STDIN", batch);
      db_.run("INSERT INTO " + table_ + " AS stored (" + list + ") SELECT " + list + " FROM stage" +
              on_conflict_sql(layout_, "stored"));
      db_.run("COMMIT");
    }
  }

  double bytes_per_row() override {
    return std::stod(db_.value("SELECT pg_total_relation_size('" + table_ + "') / count(*) FROM " + table_));
  }

  std::size_t current_rows() override {
    return std::stoull(db_.value("SELECT count(*) FROM " + table_ + " WHERE computed_counter = update_counter"));
  }

 private:
  const TableLayout& layout_;
  PostgresClient db_;
  std::string table_;
  std::vector<std::string> batches_;
};

}  // namespace

std::unique_ptr<SinkLimit> make_postgres_limit(const std::string& url, const TableLayout& layout) {
  return std::make_unique<PostgresLimit>(url, layout);
}

}  // namespace tidemark::bench
