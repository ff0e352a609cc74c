#include "sink/postgres_place.hpp"

#include <postgresql/libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>

namespace tidemark::conformance {
namespace {

std::string server() {
  const char* url = std::getenv("TIDEMARK_TEST_PG");
  return url == nullptr ? "" : url;
}

PGconn* connect(const std::string& database) {
  const std::string url = server();
  const char* keys[] = {"dbname", database.empty() ? nullptr : "dbname", nullptr};
  const char* values[] = {url.c_str(), database.c_str(), nullptr};
  PGconn* connection = PQconnectdbParams(keys, values, 1);
  if (PQstatus(connection) != CONNECTION_OK) FAIL(PQerrorMessage(connection));
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  return connection;
}

}  // namespace

bool postgres_is_there() {
  if (!server().empty()) return true;
  if (std::getenv("CI") != nullptr) FAIL("TIDEMARK_TEST_PG is not set, and CI must test with PostgreSQL");
  WARN("TIDEMARK_TEST_PG is not set: not tested with PostgreSQL");
  return false;
}

std::string postgres_url(const std::string& schema, const std::string& user, const std::string& database,
                         const std::string& more) {
  std::string url = server();
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += "schema=" + schema;
  if (!user.empty()) url += "&user=" + user;
  if (!database.empty()) url += "&dbname=" + database;
  return url + more;
}

PostgresServer postgres_server() {
  PGconn* connection = connect({});
  PostgresServer server{PQhost(connection), PQport(connection)};
  PQfinish(connection);
  return server;
}

std::vector<std::vector<std::string>> postgres_sql(const std::string& text, const std::string& database) {
  PGconn* connection = connect(database);
  PGresult* result = PQexec(connection, text.c_str());
  const ExecStatusType status = PQresultStatus(result);
  INFO(text);
  INFO(PQresultErrorMessage(result));
  CHECK((status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK));
  std::vector<std::vector<std::string>> rows(static_cast<std::size_t>(PQntuples(result)));
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (int c = 0; c < PQnfields(result); ++c)
      rows[r].emplace_back(PQgetisnull(result, static_cast<int>(r), c) ? "NULL"
                                                                       : PQgetvalue(result, static_cast<int>(r), c));
  PQclear(result);
  PQfinish(connection);
  return rows;
}

Role::Role(const std::string& name) : name_(name + "_" + std::to_string(getpid())) {
  postgres_sql("CREATE ROLE " + name_ + " LOGIN");
}

Role::~Role() { postgres_sql("DROP OWNED BY " + name_ + "; DROP ROLE " + name_); }

PostgresPlace::PostgresPlace(std::string database) : database_(std::move(database)) {
  static std::atomic<int> count{0};
  schema_ = "tidemark_test_" + std::to_string(getpid()) + "_" + std::to_string(++count);
}

PostgresPlace::~PostgresPlace() { postgres_sql("DROP SCHEMA IF EXISTS " + schema_ + " CASCADE", database_); }

std::unique_ptr<Sink> PostgresPlace::open(SchemaPtr schema, std::int64_t version) {
  return open_sink(url(), std::move(schema), version);
}

}  // namespace tidemark::conformance
