#pragma once
#include <functional>
#include <string>
#include <vector>

#include "sink/postgres_connection.hpp"
#include "sink/sink_database.hpp"

namespace tidemark {

/// Throws unless the columns of `row`, a result of libpq, are of these types: binary values mean nothing without them.
/// `names`: for the message, `ci_job_metrics.owner`.
void check_postgres_types(const pg_result* row, const std::vector<SinkType>& types,
                          const std::vector<std::string>& names, const std::string& sink);

/// A PostgreSQL sink's schema. It sets nothing for a session, so that a pooler may hand sessions out by transaction.
class PostgresSinkDatabase final : public SinkDatabase {
 public:
  /// Runs its argument with a connection, and drops that when it throws.
  using Connected = std::function<void(const std::function<void(PostgresConnection&)>&)>;
  /// `url` has to outlive it, and what the functions refer to.
  /// `take_migrations` looks at more than a role that only refreshes views need have rights on, and creates what lacks.
  PostgresSinkDatabase(const PostgresUrl& url, Connected connected, std::function<void()> take_migrations)
      : url_(url), connected_(std::move(connected)), take_migrations_(std::move(take_migrations)) {}

  Dialect dialect() const override { return Dialect::postgres; }
  std::string name() const override { return url_.name; }
  std::string table(const std::string& name) const override;
  void take_migrations() override;
  void write(const std::string& what, const std::function<void()>& work) override;
  void read(const std::string& what, const std::function<void()>& work) override { write(what, work); }
  void execute(const std::string& sql) override { connection_->execute(sql); }
  void create(const std::string& sql) override;
  std::vector<Row> rows(const Statement& statement) override;
  std::optional<StoredTable> stored(const std::string& table) override;
  void insert(const TableLayout& layout, const std::string& on_conflict, std::size_t count,
              const std::function<void(std::size_t, ValueWriter&)>& put) override;
  void select(const std::string& what, const std::string& sql, const std::vector<SinkType>& types,
              const std::function<void(const ValueReader&)>& take) override;

 private:
  const PostgresUrl& url_;
  Connected connected_;
  std::function<void()> take_migrations_;
  PostgresConnection* connection_ = nullptr;  ///< Inside of a transaction.
};

}  // namespace tidemark
