#include <sqlite3.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "sink/conformance.hpp"
#include "sink/samples.hpp"
#include "sink/sqlite_place.hpp"

using namespace tidemark;
using conformance::SqlitePlace;
using conformance::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

/// The superuser may write anywhere; for a while it is somebody who may not.
class AsNobody {
 public:
  AsNobody() : superuser_(geteuid() == 0) {
    if (superuser_) REQUIRE(seteuid(65534) == 0);
  }
  ~AsNobody() {
    if (superuser_) CHECK(seteuid(0) == 0);
  }

 private:
  bool superuser_;
};

/// Connections that are opened meanwhile take values of a million bytes at most, not of a thousand million.
class SmallValues {
 public:
  SmallValues() { REQUIRE(sqlite3_auto_extension(as_extension()) == SQLITE_OK); }
  ~SmallValues() { sqlite3_cancel_auto_extension(as_extension()); }
  SmallValues(const SmallValues&) = delete;
  SmallValues& operator=(const SmallValues&) = delete;

  static constexpr int kMostBytes = 1'000'000;

 private:
  static int limit(sqlite3* db, const char**, const sqlite3_api_routines*) {
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kMostBytes);
    return SQLITE_OK;
  }
  /// SQLite calls it with these arguments, and declares it with none.
  static void (*as_extension())() { return reinterpret_cast<void (*)()>(&limit); }
};

SinkError error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const SinkError& e) {
    return e;
  }
  FAIL("nothing was thrown");
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("SQLite keeps agents as every sink must") {
  for (const conformance::Case& c : conformance::agent_cases()) {
    SECTION(c.name) {
      SqlitePlace place;
      c.run(place);
    }
  }
}

TEST_CASE("SQLite does what every sink must") {
  for (const conformance::Case& c : conformance::cases()) {
    SECTION(c.name) {
      SqlitePlace place;
      c.run(place);
    }
  }
}

TEST_CASE("a SQLite sink's name is its absolute path") {
  const auto schema = samples::sample_schema();
  const std::string here = fs::current_path().string();
  CHECK(open_sink("sqlite:ci.db", schema, 1)->name() == "sqlite:" + here + "/ci.db");
  CHECK(open_sink("sqlite:./x/../ci.db", schema, 1)->name() == "sqlite:" + here + "/ci.db");
  CHECK_THROWS_AS(open_sink("sqlite:", schema, 1), InputError);
  CHECK_THROWS_AS(open_sink("sqlite::memory:", schema, 1), InputError);
}

TEST_CASE("a SQLite sink says what is wrong with its file") {
  const TemporaryFolder folder;
  const auto schema = samples::sample_schema();
  const auto prepare = [&](const std::string& name) {
    return error_of([&] { open_sink("sqlite:" + (folder / name).string(), schema, 1)->prepare(); });
  };
  SECTION("no such folder") {
    const SinkError e = prepare("missing/ci.db");
    CHECK(e.kind() == SinkError::Kind::permanent);
    CHECK_THAT(e.what(), Catch::Contains("does not exist") && Catch::Contains("missing"));
  }
  SECTION("no database") {
    std::ofstream(folder / "text.db") << std::string(4096, 'x');
    const SinkError e = prepare("text.db");
    CHECK(e.kind() == SinkError::Kind::permanent);
    CHECK_THAT(e.what(), Catch::Contains("no SQLite database"));
  }
  SECTION("a folder in its place") {
    fs::create_directory(folder / "ci.db");
    const SinkError e = prepare("ci.db");
    CHECK(e.kind() == SinkError::Kind::permanent);
    CHECK_THAT(e.what(), Catch::Contains("cannot be opened"));
  }
  SECTION("a read-only folder") {
    fs::permissions(folder / "", fs::perms(0555));
    const AsNobody nobody;
    const SinkError e = prepare("ci.db");
    CHECK(e.kind() == SinkError::Kind::permanent);
    CHECK_THAT(e.what(), Catch::Contains("check that they may be written"));
  }
  SECTION("a read-only file") {
    open_sink("sqlite:" + (folder / "ci.db").string(), schema, 1)->prepare();
    fs::permissions(folder / "ci.db", fs::perms(0444));
    fs::permissions(folder / "", fs::perms(0555));
    const AsNobody nobody;
    const Bucket bucket = samples::empty_bucket(*schema, samples::kKinds, "acme");
    const auto sink = open_sink("sqlite:" + (folder / "ci.db").string(), schema, 1);
    const SinkError e = error_of([&] { sink->upsert(samples::kKinds, {&bucket, 1}, Instant{0}); });
    CHECK(e.kind() == SinkError::Kind::permanent);
    CHECK_THAT(e.what(), Catch::Contains("read-only") || Catch::Contains("check that they may be written"));
  }
  SECTION("reading makes no file") {
    BucketFilter filter;
    filter.rollup = samples::kKinds;
    const auto sink = open_sink("sqlite:" + (folder / "none.db").string(), schema, 1);
    const SinkError e = error_of([&] { sink->scan(filter, [](Bucket&&) {}); });
    CHECK(e.kind() == SinkError::Kind::permanent);
    CHECK_FALSE(fs::exists(folder / "none.db"));
  }
}

TEST_CASE("a row that is too large leaves the SQLite sink as it was") {
  const SmallValues small_values;
  SqlitePlace place;
  const auto schema = samples::sample_schema();
  const auto sink = place.open(schema, 1);
  sink->prepare();
  std::vector<Bucket> buckets = {
      samples::empty_bucket(*schema, samples::kKinds, "small"),
      samples::empty_bucket(*schema, samples::kKinds, std::string(SmallValues::kMostBytes + 1, 'x'))};
  const SinkError e = error_of([&] { sink->upsert(samples::kKinds, buckets, Instant{0}); });
  CHECK(e.kind() == SinkError::Kind::row);
  CHECK_THAT(e.what(), Catch::Contains("1 GB"));
  CHECK(place.sql("SELECT count(*) FROM kinds")[0][0] == "0");
}

TEST_CASE("rows that another thread makes ready beside an upsert are taken as if they were upserted") {
  const auto schema = samples::sample_schema();
  samples::BucketMaker maker(7);
  std::vector<std::vector<Bucket>> transactions(4);
  for (auto& buckets : transactions)
    for (int i = 0; i < 300; ++i) buckets.push_back(maker.make(*schema, samples::kKinds, i % 5));
  SqlitePlace plain;
  SqlitePlace ahead;
  const auto plain_sink = plain.open(schema, 1);
  const auto sink = ahead.open(schema, 1);
  plain_sink->prepare();
  sink->prepare();
  auto ready = sink->make_ready(samples::kKinds, transactions[0], Instant{1});
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    plain_sink->upsert(samples::kKinds, transactions[i], Instant{1});
    std::unique_ptr<ReadyRows> next;
    {
      std::jthread making([&] {
        if (i + 1 < transactions.size()) next = sink->make_ready(samples::kKinds, transactions[i + 1], Instant{1});
      });
      REQUIRE(sink->upsert_ready(samples::kKinds, transactions[i], Instant{1}, *ready));
    }
    ready = std::move(next);
  }
  const std::string all = "SELECT * FROM kinds ORDER BY 1, 2, 3, 4, 5, 6, 7, 8";
  CHECK(ahead.sql("SELECT count(*) FROM kinds")[0][0] != "0");
  CHECK(ahead.sql(all) == plain.sql(all));
}

TEST_CASE("a SQLite file that another process is writing to is tried again later", "[slow]") {
  SqlitePlace place;
  const auto schema = samples::sample_schema();
  const auto sink = place.open(schema, 1);
  sink->prepare();
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(place.path().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const Bucket bucket = samples::empty_bucket(*schema, samples::kKinds, "acme");
  const SinkError e = error_of([&] { sink->upsert(samples::kKinds, {&bucket, 1}, Instant{0}); });
  CHECK(e.kind() == SinkError::Kind::transient);
  REQUIRE(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(other);
  sink->upsert(samples::kKinds, {&bucket, 1}, Instant{0});
  CHECK(place.sql("SELECT owner FROM kinds")[0][0] == "acme");
}

TEST_CASE("a SQLite commit is durable when it returns") {
  SqlitePlace place;
  place.open(samples::sample_schema(), 1)->prepare();
  CHECK(place.sql("PRAGMA journal_mode")[0][0] == "wal");
}

TEST_CASE("plain SQL gives exact percentiles over hours and agents in SQLite") {
  SqlitePlace place;
  const auto schema = samples::sample_schema();
  const auto sink = place.open(schema, 1);
  sink->prepare();
  const auto merged = samples::send_two_agents(*schema, *sink);
  // docs/sinks.md, "Reading distributions"
  const auto p95 = place.sql(R"(
    WITH d AS (
      SELECT v.value AS value, sum(coalesce(c.value, 1)) AS count
      FROM kinds AS m, json_each(m.duration_us_values) AS v
      LEFT JOIN json_each(m.duration_us_counts) AS c ON c.key = v.key
      WHERE m.owner = 'acme'
      GROUP BY v.value),
    ranked AS (SELECT value, sum(count) OVER (ORDER BY value) AS up_to, sum(count) OVER () AS n FROM d),
    ends AS (
      SELECT 0.95 * (n - 1) AS position,
             min(value) FILTER (WHERE up_to > CAST(0.95 * (n - 1) AS INTEGER)) AS low,
             min(value) FILTER (WHERE up_to > CAST(0.95 * (n - 1) AS INTEGER) + 1) AS high
      FROM ranked)
    SELECT format('%!.17g', (low + (position - CAST(position AS INTEGER)) * (coalesce(high, low) - low)) / 1e6) FROM ends)");
  CHECK(std::stod(p95[0][0]) == merged.percentile(0.95) / 1e6);
}

TEST_CASE("a URL's place has its name before anybody opens it, without a secret") {
  CHECK(sink_name("sqlite:/srv/ci.db") == "sqlite:/srv/ci.db");
  CHECK(sink_name("postgresql://u:hunter2@db.example/ci") == "postgresql://db.example/ci?schema=tidemark");
  CHECK_THROWS_AS(sink_name("mysql://u:hunter2@db.example/ci"), InputError);
  CHECK_THROWS_AS(sink_name("sqlite:"), InputError);
}
