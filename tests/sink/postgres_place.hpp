#pragma once
#include <string>

#include "sink/conformance.hpp"

/// The throwaway PostgreSQL of the tests: the superuser's URL in TIDEMARK_TEST_PG, without `schema=`.
namespace tidemark::conformance {

/// False, with a warning, when there is none; in CI (the variable CI is set) that fails the test.
bool postgres_is_there();

/// The test server's URL with another user, database or parameters.
std::string postgres_url(const std::string& schema, const std::string& user = {}, const std::string& database = {},
                         const std::string& more = {});

/// Where it listens: a folder with its socket or an address, and its port.
struct PostgresServer {
  std::string host;
  std::string port;
};
PostgresServer postgres_server();

/// Runs SQL there; the rows as text.
std::vector<std::vector<std::string>> postgres_sql(const std::string& text, const std::string& database = {});

/// A role that is gone after the test, with whatever it was granted in the test server's own database.
class Role {
 public:
  explicit Role(const std::string& name);
  ~Role();
  Role(const Role&) = delete;
  Role& operator=(const Role&) = delete;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
};

/// A schema of its own.
class PostgresPlace final : public Place {
 public:
  /// `database`: another one than the URL's.
  explicit PostgresPlace(std::string database = {});
  ~PostgresPlace() override;

  std::unique_ptr<Sink> open(SchemaPtr schema, std::int64_t version) override;
  std::vector<std::vector<std::string>> sql(const std::string& text) override { return postgres_sql(text, database_); }
  std::string table(const std::string& rollup) const override { return schema_ + ".\"" + rollup + "\""; }
  const std::string& schema() const { return schema_; }
  std::string url(const std::string& user = {}, const std::string& more = {}) const {
    return postgres_url(schema_, user, database_, more);
  }

 private:
  std::string schema_;
  std::string database_;
};

}  // namespace tidemark::conformance
