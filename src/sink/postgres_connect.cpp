#include "sink/postgres_connect.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "sink/postgres_errors.hpp"
#include "sink/postgres_url.hpp"

namespace tidemark {
namespace {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, Finish>;

/// What libpq gets: our defaults, which the URL may override, the URL, and what must not be overridden.
struct Parameters {
  std::vector<const char*> keys;
  std::vector<const char*> values;
  void add(const char* key, const char* value) {
    keys.push_back(key);
    values.push_back(value);
  }
};

Parameters parameters_for(const PostgresUrl& url) {
  Parameters p;
  p.add("fallback_application_name", "tidemark");
  if (std::getenv("PGCONNECT_TIMEOUT") == nullptr) p.add("connect_timeout", "10");
  // A peer that is gone without a word is noticed within a minute.
  p.add("keepalives_idle", "30");
  p.add("keepalives_interval", "10");
  p.add("keepalives_count", "3");
  p.add("tcp_user_timeout", "60000");
  p.add("dbname", url.libpq.c_str());
  p.add("client_encoding", "UTF8");
  p.add(nullptr, nullptr);
  return p;
}

[[noreturn]] void fail_connecting(PGconn* connection) {
  std::string message = PQerrorMessage(connection);
  std::string code = take_sqlstate(message);
  throw PostgresFailure(std::move(code), std::move(message), true);
}

std::chrono::seconds connect_timeout(PGconn* connection) {
  long seconds = 10;
  PQconninfoOption* options = PQconninfo(connection);
  for (const PQconninfoOption* o = options; o != nullptr && o->keyword != nullptr; ++o)
    if (std::strcmp(o->keyword, "connect_timeout") == 0 && o->val != nullptr) seconds = std::atol(o->val);
  PQconninfoFree(options);
  return std::chrono::seconds(seconds > 0 ? seconds : 3600);
}

/// False when the deadline came first.
bool wait_for_socket(PGconn* connection, PostgresPollingStatusType wants,
                     std::chrono::steady_clock::time_point deadline) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd socket{PQsocket(connection), static_cast<short>(wants == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    const int ready = poll(&socket, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

/// Step by step, because only so can libpq be told, before it fails, to put the error code into its message. The code
/// is what tells a wrong password from a server that is starting up, in any language.
void connect_step_by_step(PGconn* connection) {
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
  const auto deadline = std::chrono::steady_clock::now() + connect_timeout(connection);
  PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
  while (wants != PGRES_POLLING_OK) {
    if (!wait_for_socket(connection, wants, deadline)) throw PostgresFailure("", "no answer in time", true);
    wants = PQconnectPoll(connection);
    if (wants == PGRES_POLLING_FAILED) fail_connecting(connection);
  }
  PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
}

}  // namespace

pg_conn* connect_to_postgres(const PostgresUrl& url) {
  const Parameters p = parameters_for(url);
  // Only the whole call goes on to the next host when one does not answer.
  const auto connect = url.several_hosts ? PQconnectdbParams : PQconnectStartParams;
  Connection connection(connect(p.keys.data(), p.values.data(), 1));
  if (!connection) throw std::bad_alloc();
  if (PQstatus(connection.get()) == CONNECTION_BAD) fail_connecting(connection.get());
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  if (!url.several_hosts) connect_step_by_step(connection.get());
  return connection.release();
}

}  // namespace tidemark
