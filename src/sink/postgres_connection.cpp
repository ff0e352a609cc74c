#include "sink/postgres_connection.hpp"

#include <libpq-fe.h>

#include <pqxx/connection>
#include <pqxx/dbtransaction>
#include <pqxx/except>

#include <tidemark/errors.hpp>

#include "sink/postgres_connect.hpp"
#include "sink/postgres_errors.hpp"

namespace tidemark {
namespace {

/// Bounds on what a transaction waits for, a commit that is on the server's disk when it returns, and nothing that depends
/// on the session's settings. SET LOCAL: a pooler may give the session to somebody else afterwards.
constexpr const char* kTransactionSettings =
    "SELECT pg_catalog.set_config('synchronous_commit', 'local', true)"
    " WHERE pg_catalog.current_setting('synchronous_commit') = 'off'; "
    "SET LOCAL statement_timeout = '300s'; SET LOCAL lock_timeout = '60s'; "
    "SET LOCAL idle_in_transaction_session_timeout = '300s'; SET LOCAL client_min_messages = warning";

/// pgbouncer has one code for whatever is wrong, a password too.
constexpr std::string_view kPoolersCode = "08P01";

/// libpqxx's way to be given a connection.
class ConnectPolicy : public pqxx::connectionpolicy {
 public:
  explicit ConnectPolicy(const PostgresUrl& url) : connectionpolicy(std::string()), url_(url) {}
  handle do_startconnect(handle) override { return connect_to_postgres(url_); }

 private:
  const PostgresUrl& url_;
};

/// libpqxx's connection, with the handle that COPY and streaming need.
class Connection : private ConnectPolicy, public pqxx::connection_base {
 public:
  explicit Connection(const PostgresUrl& url)
      : ConnectPolicy(url), pqxx::connection_base(static_cast<pqxx::connectionpolicy&>(*this)) {
    init();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    // A transaction must not go on over a second connection.
    inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }
  ~Connection() { close(); }

  PGconn* libpq() const { return libpq_; }

 private:
  // libpqxx asks a second time when it has one already.
  handle do_startconnect(handle existing) override {
    return libpq_ = existing != nullptr ? existing : ConnectPolicy::do_startconnect(nullptr);
  }

  PGconn* libpq_ = nullptr;
};

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

[[noreturn]] void fail_with(const PGresult* result, PGconn* connection) {
  const char* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  throw PostgresFailure(code != nullptr ? code : "", primary != nullptr ? primary : PQerrorMessage(connection));
}

/// Runs a statement that gives no rows.
void run(PGconn* connection, const char* sql) {
  const Result result(PQexec(connection, sql));
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) fail_with(result.get(), connection);
}

/// libpqxx's transaction, with statements of our own: libpqxx's leak a result when the connection dies in one.
class Transaction final : public pqxx::dbtransaction {
 public:
  explicit Transaction(Connection& connection)
      : namedclass("transaction"),
        dbtransaction(connection, std::string(), pqxx::read_write),
        libpq_(connection.libpq()) {
    Begin();
  }
  ~Transaction() { End(); }

 private:
  void do_begin() override { run(libpq_, "BEGIN"); }
  void do_abort() override { run(libpq_, "ROLLBACK"); }
  void do_commit() override {
    try {
      run(libpq_, "COMMIT");
    } catch (const PostgresFailure& e) {
      // Nobody can tell what happened at the other end.
      if (PQstatus(libpq_) != CONNECTION_OK) throw pqxx::in_doubt_error(e.message);
      throw;
    }
  }

  PGconn* libpq_;
};

/// The first line, without `ERROR:  `.
std::string first_line(const std::string& message) {
  std::string line = message.substr(0, message.find('\n'));
  if (line.starts_with("ERROR:  ")) line.erase(0, 8);
  return line;
}

/// A connection that was not made may say so over several lines, one per host.
std::string one_line(std::string message) {
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
  for (char& c : message)
    if (c == '\n' || c == '\t') c = ' ';
  return message;
}

/// Whatever ends it early is the next result.
void take_copied(PGconn* connection, const std::function<void(std::string_view)>& take) {
  struct Free {
    void operator()(char* bytes) const { PQfreemem(bytes); }
  };
  char* bytes = nullptr;
  for (int n = 0; (n = PQgetCopyData(connection, &bytes, 0)) > 0;) {
    const std::unique_ptr<char, Free> message(bytes);
    take({bytes, static_cast<std::size_t>(n)});
  }
}

}  // namespace

struct PostgresConnection::Impl {
  explicit Impl(const PostgresUrl& postgres_url) : url(postgres_url) {}

  /// Runs `work` and turns what libpq and libpqxx throw into SinkError.
  template <typename Work>
  void translated(const std::string& what, const Work& work) {
    try {
      work();
    } catch (const PostgresFailure& e) {
      fail(what, e);
    } catch (const pqxx::in_doubt_error&) {
      throw SinkError(SinkError::Kind::in_doubt, "sink " + url.name + ": " + what +
                                                     ": the connection was lost while committing, so the rows may be "
                                                     "there or not; sending them again settles it");
    } catch (const pqxx::broken_connection& e) {
      fail(what, {"", e.what()});
    } catch (const pqxx::sql_error& e) {
      fail(what, {e.sqlstate(), e.what()});
    } catch (const pqxx::pqxx_exception& e) {
      fail(what, {"XX000", e.base().what()});
    }
  }

  [[noreturn]] void fail(const std::string& what, const PostgresFailure& failure) const {
    const bool words_only = failure.connecting && (failure.sqlstate.empty() || failure.sqlstate == kPoolersCode);
    const SinkError::Kind kind =
        words_only ? kind_of_connect_message(failure.message) : kind_of_sqlstate(failure.sqlstate);
    const std::string text = failure.connecting ? one_line(failure.message) : first_line(failure.message);
    std::string message = "sink " + url.name + ": " + what + " failed: " + text;
    if (!failure.sqlstate.empty()) message += " (SQLSTATE " + failure.sqlstate + ")";
    message += "; ";
    message += words_only && kind == SinkError::Kind::permanent
                   ? "correct the URL, the password or the files that the URL names"
                   : advice_for(failure.sqlstate);
    throw SinkError(kind, without_secrets(std::move(message), url.secrets));
  }

  PostgresUrl url;
  std::unique_ptr<Connection> connection;
  std::unique_ptr<pqxx::quiet_errorhandler> quiet;
  std::unique_ptr<Transaction> transaction;
};

PostgresConnection::PostgresConnection(const PostgresUrl& url) : impl_(std::make_unique<Impl>(url)) {
  impl_->translated("connecting", [&] {
    impl_->connection = std::make_unique<Connection>(impl_->url);
    impl_->quiet = std::make_unique<pqxx::quiet_errorhandler>(*impl_->connection);
  });
}

PostgresConnection::~PostgresConnection() = default;

void PostgresConnection::transaction(const std::string& what, const std::function<void()>& work) {
  impl_->translated(what, [&] {
    impl_->transaction = std::make_unique<Transaction>(*impl_->connection);
    try {
      execute(kTransactionSettings);
      work();
      impl_->transaction->commit();
    } catch (...) {
      impl_->transaction.reset();
      throw;
    }
    impl_->transaction.reset();
  });
}

void PostgresConnection::execute(const std::string& sql) { run(impl_->connection->libpq(), sql.c_str()); }

std::vector<PostgresConnection::Row> PostgresConnection::rows(const std::string& sql,
                                                              const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  PGconn* libpq = impl_->connection->libpq();
  const Result result(
      PQexecParams(libpq, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0));
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) fail_with(result.get(), libpq);
  std::vector<Row> rows(static_cast<std::size_t>(PQntuples(result.get())));
  for (int r = 0; r < PQntuples(result.get()); ++r)
    for (int c = 0; c < PQnfields(result.get()); ++c) {
      std::optional<std::string>& value = rows[static_cast<std::size_t>(r)].emplace_back();
      if (PQgetisnull(result.get(), r, c) == 0) value = PQgetvalue(result.get(), r, c);
    }
  return rows;
}

void PostgresConnection::copy_begin(const std::string& sql) {
  PGconn* libpq = impl_->connection->libpq();
  const Result result(PQexec(libpq, sql.c_str()));
  if (PQresultStatus(result.get()) != PGRES_COPY_IN) fail_with(result.get(), libpq);
}

void PostgresConnection::copy_data(std::string_view bytes) {
  PGconn* libpq = impl_->connection->libpq();
  if (PQputCopyData(libpq, bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw PostgresFailure("", PQerrorMessage(libpq));
}

void PostgresConnection::copy_end() {
  PGconn* libpq = impl_->connection->libpq();
  if (PQputCopyEnd(libpq, nullptr) != 1) throw PostgresFailure("", PQerrorMessage(libpq));
  Result failed;
  while (PGresult* next = PQgetResult(libpq)) {
    Result result(next);
    if (PQresultStatus(next) != PGRES_COMMAND_OK && !failed) failed = std::move(result);
  }
  if (failed) fail_with(failed.get(), libpq);
}

void PostgresConnection::stream(const std::string& what, const std::string& select,
                                const std::function<void(const pg_result*)>& begin,
                                const std::function<void(std::string_view)>& take) {
  PGconn* libpq = impl_->connection->libpq();
  // COPY says nothing of types; in one message, so that there is one way and back.
  const std::string sql =
      "SELECT * FROM (" + select + ") AS s LIMIT 0; COPY (" + select + ") TO STDOUT (FORMAT binary)";
  impl_->translated(what, [&] {
    if (PQsendQuery(libpq, sql.c_str()) != 1) throw PostgresFailure("", PQerrorMessage(libpq));
    while (PGresult* next = PQgetResult(libpq)) {
      const Result result(next);
      switch (PQresultStatus(next)) {
        case PGRES_TUPLES_OK: begin(next); break;
        case PGRES_COPY_OUT: take_copied(libpq, take); break;
        case PGRES_COMMAND_OK: break;
        default: fail_with(next, libpq);
      }
    }
  });
}

}  // namespace tidemark
