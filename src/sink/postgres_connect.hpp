#pragma once
#include <exception>
#include <string>
#include <utility>

struct pg_conn;

namespace tidemark {

struct PostgresUrl;

/// A failure as PostgreSQL or libpq reports it; SinkError is made of it where the sink's name is known.
struct PostgresFailure : std::exception {
  PostgresFailure(std::string code, std::string text, bool while_connecting = false)
      : sqlstate(std::move(code)), message(std::move(text)), connecting(while_connecting) {}
  const char* what() const noexcept override { return message.c_str(); }

  std::string sqlstate;  ///< Empty: the connection was lost, or was not made.
  std::string message;
  bool connecting;
};

/// Connects, within the URL's connect_timeout (10 s by default; PGCONNECT_TIMEOUT). The caller finishes it.
/// Errors: PostgresFailure.
pg_conn* connect_to_postgres(const PostgresUrl& url);

}  // namespace tidemark
