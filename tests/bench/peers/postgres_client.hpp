#pragma once
#include <memory>
#include <string>

#include <libpq-fe.h>

namespace tidemark::bench {

struct PostgresFree {
  void operator()(PGconn* c) const { PQfinish(c); }
  void operator()(PGresult* r) const { PQclear(r); }
};
using PostgresResult = std::unique_ptr<PGresult, PostgresFree>;

/// libpq, and nothing around it. Every failure is a std::runtime_error with the server's words.
class PostgresClient {
 public:
  /// Refuses a server that does not make every commit durable: it would not be a comparison.
  explicit PostgresClient(const std::string& url);

  PostgresResult run(const std::string& sql);
  /// The first value of the first row.
  std::string value(const std::string& sql);
  /// COPY … FROM STDIN of rows that are ready; one transaction unless there is one already.
  void copy(const std::string& statement, const std::string& rows);
  /// COPY … TO STDOUT, appended to `out` line by line; returns false at the end.
  bool copy_line(std::string& out);

 private:
  [[noreturn]] void fail();
  void finish();

  std::unique_ptr<PGconn, PostgresFree> connection_;
};

}  // namespace tidemark::bench
