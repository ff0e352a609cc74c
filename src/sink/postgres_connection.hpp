#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sink/postgres_url.hpp"

struct pg_result;

namespace tidemark {

/// One connection to PostgreSQL: libpqxx for its life and its transactions, libpq where libpqxx has no way to hand over
/// rows as they are (docs/decisions/postgres-bulk-paths.md).
/// Sets nothing for the whole session, so that it may come from a pool that is shared by transaction.
/// Errors: SinkError, with the sink's name, what failed and what to do. After one the connection must be dropped.
/// Threads: one caller at a time.
class PostgresConnection {
 public:
  /// Connects.
  explicit PostgresConnection(const PostgresUrl& url);
  ~PostgresConnection();

  /// Runs `work` in a transaction and commits it. `what` is what it does, for messages: `writing ci_job_metrics`.
  /// SinkError::in_doubt when the connection is lost between COMMIT and its answer.
  void transaction(const std::string& what, const std::function<void()>& work);

  // Inside of a transaction only:

  /// Runs statements that give no rows.
  void execute(const std::string& sql);
  /// Runs a query; NULL comes as nothing.
  using Row = std::vector<std::optional<std::string>>;
  std::vector<Row> rows(const std::string& sql, const std::vector<std::string>& parameters);
  /// `COPY … FROM STDIN`: begin, any number of pieces, end.
  void copy_begin(const std::string& sql);
  void copy_data(std::string_view bytes);
  void copy_end();

  /// Runs one SELECT outside of a transaction and gives its rows one by one, as COPY has them in binary, from one
  /// snapshot. First `begin` gets a result without rows, which has the columns' types. No more than a few rows are in
  /// memory. What both throw goes through.
  void stream(const std::string& what, const std::string& select, const std::function<void(const pg_result*)>& begin,
              const std::function<void(std::string_view)>& take);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark
