#pragma once
#include <string>
#include <vector>

namespace tidemark {

/// A `postgresql://` URL, taken apart.
struct PostgresUrl {
  std::string libpq;   ///< What libpq gets: the URL without `schema=`.
  std::string schema;  ///< `tidemark` by default.
  /// `postgresql://db.example/ci?schema=tidemark`: host, port (unless 5432), database and schema; no user, no secret.
  /// What the URL leaves out comes from libpq's defaults (PGHOST and so on), as it does when connecting.
  std::string name;
  bool several_hosts = false;
  std::vector<std::string> secrets;  ///< Passwords, as they may appear in messages.
};

/// Errors: InputError when libpq cannot read the URL or the schema's name cannot be one; without repeating the URL.
PostgresUrl parse_postgres_url(const std::string& url);

/// `message` with every secret replaced by `***`.
std::string without_secrets(std::string message, const std::vector<std::string>& secrets);

}  // namespace tidemark
