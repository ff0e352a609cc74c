#include "peers/postgres_client.hpp"

#include <stdexcept>

namespace tidemark::bench {

PostgresClient::PostgresClient(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
  if (PQstatus(connection_.get()) != CONNECTION_OK) fail();
  run("SET client_min_messages = warning");
  for (const char* setting : {"fsync", "synchronous_commit", "full_page_writes"})
    if (value(std::string("SHOW ") + setting) != "on")
      throw std::runtime_error(std::string("the PostgreSQL server has ") + setting +
                               " off: it would not be a comparison");
}

void PostgresClient::fail() { throw std::runtime_error(PQerrorMessage(connection_.get())); }

PostgresResult PostgresClient::run(const std::string& sql) {
  PostgresResult result(PQexec(connection_.get(), sql.c_str()));
  switch (PQresultStatus(result.get())) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT: return result;
    default: fail();
  }
}

std::string PostgresClient::value(const std::string& sql) {
  const PostgresResult result = run(sql);
  if (PQntuples(result.get()) == 0) throw std::runtime_error("no row: " + sql);
  return PQgetvalue(result.get(), 0, 0);
}

void PostgresClient::copy(const std::string& statement, const std::string& rows) {
  run(statement);
  if (PQputCopyData(connection_.get(), rows.data(), static_cast<int>(rows.size())) != 1) fail();
  if (PQputCopyEnd(connection_.get(), nullptr) != 1) fail();
  finish();
}

bool PostgresClient::copy_line(std::string& out) {
  char* line = nullptr;
  const int n = PQgetCopyData(connection_.get(), &line, 0);
  if (n == -2) fail();
  if (n < 0) {
    finish();
    return false;
  }
  out.append(line, static_cast<std::size_t>(n));
  PQfreemem(line);
  return true;
}

void PostgresClient::finish() {
  while (const PostgresResult result{PQgetResult(connection_.get())})
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) fail();
}

}  // namespace tidemark::bench
