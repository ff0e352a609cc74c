#pragma once
#include <sys/types.h>

#include <string>

namespace tidemark::conformance {

/// False, with a warning, when pgbouncer is not installed; in CI (the variable CI is set) that fails the test.
bool pooler_is_there();

/// A pgbouncer in front of the tests' PostgreSQL that hands out sessions by transaction, with a database `pooled` for the one
/// that is named. It lets in the named user, and `locked`, who needs the password `right`.
class Pooler {
 public:
  Pooler(const std::string& database, int sessions, const std::string& user);
  ~Pooler();
  Pooler(const Pooler&) = delete;
  Pooler& operator=(const Pooler&) = delete;

  /// Of a sink behind it. `user` may have a password: `locked:right`.
  std::string url(const std::string& schema, const std::string& user, const std::string& database = "pooled") const;

 private:
  std::string folder_;
  pid_t process_ = -1;
};

}  // namespace tidemark::conformance
