#include "peers/landing_sql.hpp"

#include <stdexcept>

namespace tidemark::bench {
namespace {

constexpr std::size_t kDocumentBytes = 1u << 20;

// `part(n, k)`: from 0 up to 1, a different one for each k, the same on every machine.
constexpr const char* kTables = R"(
CREATE SCHEMA tidemark_landing;
SET search_path = tidemark_landing;
CREATE FUNCTION part(n bigint, k int) RETURNS float8 IMMUTABLE PARALLEL SAFE LANGUAGE sql
  RETURN (hashint8extended(n, k) & 1048575) / 1048576.0::float8;
CREATE TABLE account AS SELECT 'account-' || n AS account,
    (ARRAY['free', 'free', 'team', 'enterprise'])[1 + floor(4 * part(n, 1))::int] AS plan, part(n, 2) < 0.01 AS internal
  FROM generate_series(0, 4999) AS n;
ALTER TABLE account ADD PRIMARY KEY (account);
)";

std::string runs_sql(std::uint64_t runs, const std::string& now) {
  return "CREATE TABLE workflow_run AS SELECT n AS id, 'account-' || floor(5000 * part(n, 1) ^ 3)::int AS account,"
         " (ARRAY['success', 'success', 'success', 'failure', 'cancelled'])[1 + floor(5 * part(n, 2))::int] AS result,"
         " timestamptz '" +
         now + "' - floor(35 * 86400e6 * part(n, 3)) * interval '1 microsecond' AS ended_at FROM generate_series(1, " +
         std::to_string(runs) +
         ") AS n; CREATE INDEX ON workflow_run (ended_at); VACUUM ANALYZE workflow_run; ANALYZE account";
}

constexpr const char* kRuns = R"(COPY (
  SELECT json_build_object('source', 'workflow_run', 'id', id, 'account', account, 'result', result, 'ended_at',
    to_char(ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) FROM workflow_run ORDER BY ended_at)
  TO STDOUT)";

// The join is with one row per account, so that no run counts twice.
std::string page_sql(const std::string& now) {
  return "COPY (SELECT to_char(date_trunc('day', r.ended_at, 'UTC') AT TIME ZONE 'UTC',"
         " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS bucket_start, count(DISTINCT r.account), count(*),"
         " count(*) FILTER (WHERE r.result = 'success'),"
         " count(*) FILTER (WHERE r.result IN ('failure', 'error', 'timeout'))"
         " FROM workflow_run AS r JOIN account AS a USING (account)"
         " WHERE a.plan <> 'free' AND NOT a.internal"
         " AND r.ended_at >= date_trunc('day', timestamptz '" +
         now + "' - interval '30 days', 'UTC') AND r.ended_at < date_trunc('day', timestamptz '" + now +
         "', 'UTC') + interval '1 day'"
         " GROUP BY GROUPING SETS ((1), ()) ORDER BY 1 NULLS LAST) TO STDOUT (FORMAT csv)";
}

}  // namespace

LandingSql::LandingSql(const std::string& url, std::uint64_t runs, Instant now) : db_(url), now_(format_rfc3339(now)) {
  db_.run("DROP SCHEMA IF EXISTS tidemark_landing CASCADE");
  db_.run(kTables);
  std::string sql = runs_sql(runs, now_);
  // VACUUM goes alone.
  for (std::size_t end; !sql.empty(); sql.erase(0, end == std::string::npos ? end : end + 1)) {
    end = sql.find(';');
    db_.run(sql.substr(0, end));
  }
}

LandingSql::~LandingSql() {
  try {
    db_.run("DROP SCHEMA tidemark_landing CASCADE");
  } catch (const std::exception&) {
    // The server ends with the run.
  }
}

void LandingSql::each_document(const std::function<void(const std::string&)>& take) {
  db_.run(kRuns);
  std::string document;
  while (db_.copy_line(document)) {
    if (document.size() < kDocumentBytes) continue;
    take(document);
    document.clear();
  }
  if (!document.empty()) take(document);
}

std::string LandingSql::accounts() {
  std::string csv;
  db_.run("COPY account TO STDOUT (FORMAT csv, HEADER)");
  while (db_.copy_line(csv)) {
  }
  return csv;
}

std::vector<std::string> LandingSql::page() {
  std::vector<std::string> lines;
  db_.run(page_sql(now_));
  for (std::string line; db_.copy_line(line); line.clear()) lines.push_back(line.substr(0, line.find_first_of("\r\n")));
  return lines;
}

}  // namespace tidemark::bench
