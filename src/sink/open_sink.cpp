#include <tidemark/errors.hpp>

#include "sink/postgres_sink.hpp"
#include "sink/sink.hpp"
#include "sink/sqlite_sink.hpp"

namespace tidemark {
namespace {

std::unique_ptr<Sink> open_sqlite(const std::string& path, SchemaPtr schema, std::int64_t schema_version) {
  if (path.empty()) throw InputError("sqlite: needs a path after it, as in sqlite:ci.db");
  if (path == ":memory:")
    throw InputError("sqlite::memory: would be gone after the sync; name a file, as in sqlite:ci.db");
  return std::make_unique<SqliteSink>(path, std::move(schema), schema_version);
}

}  // namespace

std::unique_ptr<Sink> open_sink(const std::string& url, SchemaPtr schema, std::int64_t schema_version) {
  if (url.starts_with("sqlite:")) return open_sqlite(url.substr(7), std::move(schema), schema_version);
  if (url.starts_with("postgresql://") || url.starts_with("postgres://"))
    return std::make_unique<PostgresSink>(url, std::move(schema), schema_version);
  // The URL is not repeated: it may hold a password.
  throw InputError("a sink's URL begins with sqlite: or postgresql://");
}

std::string sink_name(const std::string& url) { return open_sink(url, std::make_shared<const Schema>(), 0)->name(); }

}  // namespace tidemark
