#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <thread>

#include "model/schema_toml.hpp"
#include "sink/postgres_place.hpp"
#include "sink/sqlite_place.hpp"
#include "support/read_models_conformance.hpp"

namespace tidemark::conformance {
namespace {

constexpr Instant kNow{1'767'585'600'000'000};  // 2026-01-05T04:00:00Z

SchemaPtr schema_of(const std::string& more = {}) {
  return parse_schema({{"test.toml", R"toml(
[source.run]
time = "ended_at"
[source.run.fields]
account = "text"
ended_at = "instant"
[rollup.runs]
source = "run"
every = "1h"
by = ["account"]
[rollup.runs.columns]
total_runs = "count()"
)toml" + more}});
}

SinkError error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const SinkError& e) {
    return e;
  }
  FAIL("nothing was thrown");
  throw std::logic_error("unreachable");
}

void refresh(ReadModels& models, const ViewLayout& layout, const Table& rows) {
  models.complete_refresh(layout, models.begin_refresh(layout.view, "agent", kNow), kNow + seconds(2), rows);
}

/// Runs it in both kinds of place.
void at_both(const std::function<void(Place&)>& run) {
  SECTION("SQLite") {
    SqlitePlace place;
    run(place);
  }
  if (!postgres_is_there()) return;
  SECTION("PostgreSQL") {
    PostgresPlace place;
    run(place);
  }
}

/// Rows of one refresh say which it was, and how many they are.
constexpr int kFewest = 20;
Table rows_of(int refresh) { return small_rows(kFewest + refresh, refresh); }
/// Of a table that is whole: which refresh it is of; -1 otherwise.
int refresh_of(const Table& table) {
  std::set<std::int64_t> refreshes;
  for (const Row row : table.rows) refreshes.insert(row[1].integer());
  if (refreshes.size() != 1) return -1;
  const auto refresh = static_cast<int>(*refreshes.begin());
  return table.rows.size() == static_cast<std::size_t>(kFewest + refresh) ? refresh : -1;
}

/// 64 readers with a connection each, until `refreshes` are done. What went wrong; empty: nothing did.
std::vector<std::string> read_while_refreshing(Place& place, int refreshes) {
  const auto schema = std::make_shared<const Schema>();
  const auto writer = place.open(schema, 1);
  refresh(writer->read_models(), small_view("v"), rows_of(0));
  std::atomic<bool> done = false;
  std::vector<std::string> problems(64);
  std::vector<std::unique_ptr<Sink>> sinks;
  for (std::size_t i = 0; i < problems.size(); ++i) sinks.push_back(place.open(schema, 1));
  std::vector<std::thread> readers;
  for (std::size_t i = 0; i < problems.size(); ++i)
    readers.emplace_back([&, i] {
      int last = 0;
      try {
        while (!done && problems[i].empty()) {
          const auto table = sinks[i]->read_models().rows(small_view("v"));
          const int seen = table ? refresh_of(*table) : -1;
          if (seen < last) problems[i] = "after refresh " + std::to_string(last) + " it saw " + std::to_string(seen);
          last = seen;
        }
      } catch (const std::exception& e) {
        problems[i] = e.what();
      }
    });
  for (int i = 1; i <= refreshes; ++i) refresh(writer->read_models(), small_view("v"), rows_of(i));
  done = true;
  for (std::thread& reader : readers) reader.join();
  std::erase(problems, "");
  return problems;
}

}  // namespace

TEST_CASE("64 readers see the rows of one refresh or of the next, never none, never both") {
  at_both([](Place& place) { CHECK(read_while_refreshing(place, 20) == std::vector<std::string>{}); });
}

TEST_CASE("processes that refresh one view at the same time wait for each other") {
  at_both([](Place& place) {
    const auto schema = std::make_shared<const Schema>();
    place.open(schema, 1)->prepare();
    // Few enough that nobody waits for longer than a sink does, also where each commit takes a slow disk's time.
    constexpr int kRefreshes = 3;
    std::vector<std::string> problems(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < problems.size(); ++t)
      threads.emplace_back([&, t] {
        try {
          const auto sink = place.open(schema, 1);
          for (int i = 0; i < kRefreshes; ++i)
            refresh(sink->read_models(), small_view("v"), rows_of(i * 10 + static_cast<int>(t)));
        } catch (const std::exception& e) {
          problems[t] = e.what();
        }
      });
    for (std::thread& thread : threads) thread.join();
    for (const std::string& problem : problems) CHECK(problem == "");
    const auto sink = place.open(schema, 1);
    CHECK(refresh_of(sink->read_models().rows(small_view("v")).value()) >= 0);
    CHECK(place.sql("SELECT count(*) FROM " + place.table("refreshes"))[0][0] == "12");
    CHECK(sink->read_models().attempts("v").success->id ==
          static_cast<std::uint64_t>(std::stoll(place.sql("SELECT max(id) FROM " + place.table("refreshes"))[0][0])));
  });
}

TEST_CASE("a view's table is one that anybody may read") {
  at_both([](Place& place) {
    const auto sink = place.open(std::make_shared<const Schema>(), 1);
    ViewLayout layout = small_view("v");
    layout.columns.push_back({"cost", {ValueType::Kind::numeric, 2}, false});
    Table rows =
        table_of(layout, {{std::string("b"), std::int64_t{7}, Decimal{-5, 100}}, {std::string("a"), Cell(), Cell()}});
    rows.notes = {"a \"remark\"", "another"};
    refresh(sink->read_models(), layout, rows);
    CHECK(place.sql("SELECT account, runs, cost, row_number FROM " + place.table("v") + " ORDER BY row_number") ==
          std::vector<std::vector<std::string>>{{"b", "7", "-0.05", "1"}, {"a", "NULL", "NULL", "2"}});
    CHECK(place.sql("SELECT refreshed_by, duration_seconds, rows, status, error FROM " +
                    place.table("refreshes"))[0][3] == "success");
    CHECK(place.sql("SELECT v.view FROM " + place.table("views") + " AS v JOIN " + place.table("refreshes") +
                    " AS r ON r.id = v.refresh WHERE r.duration_seconds = 2 AND r.rows = 2") ==
          std::vector<std::vector<std::string>>{{"v"}});
    CHECK(sink->read_models().rows(layout)->notes == rows.notes);
  });
}

TEST_CASE("two rows of one key cannot be, and a refresh that would make them changes nothing") {
  at_both([](Place& place) {
    const auto sink = place.open(std::make_shared<const Schema>(), 1);
    ReadModels& models = sink->read_models();
    refresh(models, small_view("v"), small_rows(3, 1));
    const std::uint64_t id = models.begin_refresh("v", "agent", kNow);
    const Table twice =
        table_of(small_view("v"), {{std::string("a"), std::int64_t{1}}, {std::string("a"), std::int64_t{2}}});
    CHECK(error_of([&] { models.complete_refresh(small_view("v"), id, kNow, twice); }).kind() == SinkError::Kind::row);
    CHECK(exactly(models.rows(small_view("v")).value()) == exactly(small_rows(3, 1)));
    CHECK(std::string(name_of(models.log("v", 1)[0].status)) == "running");
    models.fail_refresh(id, kNow, "two rows of one key");
    CHECK(models.attempts("v").last->error == "two rows of one key");
  });
}

TEST_CASE("a value of another type than its column's is refused") {
  at_both([](Place& place) {
    const auto sink = place.open(std::make_shared<const Schema>(), 1);
    const std::uint64_t id = sink->read_models().begin_refresh("v", "agent", kNow);
    const Table rows = table_of(small_view("v"), {{std::string("a"), 0.5}});
    const SinkError e = error_of([&] { sink->read_models().complete_refresh(small_view("v"), id, kNow, rows); });
    CHECK_THAT(e.what(), Catch::Contains("view 'v', column runs: expected a bigint"));
    CHECK_FALSE(sink->read_models().rows(small_view("v")));
  });
}

TEST_CASE("an answer that was lost makes no failure of a refresh that is there") {
  at_both([](Place& place) {
    const auto sink = place.open(std::make_shared<const Schema>(), 1);
    ReadModels& models = sink->read_models();
    refresh(models, small_view("v"), small_rows(3, 1));
    models.fail_refresh(models.log("v", 1)[0].id, kNow + seconds(3), "the connection was lost");
    CHECK(std::string(name_of(models.attempts("v").last->status)) == "success");
  });
}

TEST_CASE("an attempt of somebody else is taken for stopped after a day") {
  at_both([](Place& place) {
    const auto sink = place.open(std::make_shared<const Schema>(), 1);
    ReadModels& models = sink->read_models();
    models.begin_refresh("v", "gone", kNow);
    models.begin_refresh("w", "agent", kNow + days(1));
    CHECK(std::string(name_of(models.log("v", 1)[0].status)) == "running");
    models.begin_refresh("w", "agent", kNow + days(1) + seconds(1));
    CHECK(std::string(name_of(models.log("v", 1)[0].status)) == "failed");
  });
}

TEST_CASE("a table that is no view's is never dropped") {
  at_both([](Place& place) {
    const auto sink = place.open(std::make_shared<const Schema>(), 1);
    ReadModels& models = sink->read_models();
    const std::uint64_t id = models.begin_refresh("precious", "agent", kNow);
    place.sql("CREATE TABLE " + place.table("precious") + " (account text PRIMARY KEY, runs bigint)");
    place.sql("INSERT INTO " + place.table("precious") + " VALUES ('a', 1)");
    const auto complete = [&] { models.complete_refresh(small_view("precious"), id, kNow, small_rows(1, 1)); };
    CHECK_THAT(error_of(complete).what(), Catch::Contains("that is no view's; rename the view"));
    TableDef table;
    table.name = "precious";
    table.key = "owner";
    CHECK_THAT(error_of([&] {
                 models.put_table(table, {{"x", {}}}, false);
               }).what(),
               Catch::Contains("whose primary key is not owner"));
    CHECK(place.sql("SELECT account, runs FROM " + place.table("precious")) ==
          std::vector<std::vector<std::string>>{{"a", "1"}});
  });
}

TEST_CASE("columns of a dimension table that other definitions have stay") {
  at_both([](Place& place) {
    FieldDef plan;
    plan.name = "plan";
    FieldDef region = plan;
    region.name = "region";
    TableDef ours{"account", "account", {plan}};
    TableDef theirs{"account", "account", {region}};
    const auto sink = place.open(std::make_shared<const Schema>(), 1);
    ReadModels& models = sink->read_models();
    models.put_table(theirs, {{"a", {std::string("eu")}}, {"b", {std::string("us")}}}, false);
    models.put_table(ours, {{"a", {std::string("free")}}}, false);
    CHECK(models.load_table(theirs) == DimensionRows{{"a", {std::string("eu")}}});
    CHECK(models.load_table(ours) == DimensionRows{{"a", {std::string("free")}}});
    theirs.columns[0].type = FieldType::boolean;
    CHECK_THAT(error_of([&] { models.put_table(theirs, {}, true); }).what(),
               Catch::Contains("column account.region is of type"));
  });
}

TEST_CASE("a sink that only older programs have synced to gets what is missing when a view is refreshed") {
  at_both([](Place& place) {
    const auto schema = schema_of();
    place.open(schema, 1)->prepare();
    for (const char* table : {"refreshes", "views"}) place.sql("DROP TABLE " + place.table(table));
    place.sql("DELETE FROM " + place.table("migrations") + " WHERE name = 'read_models'");
    const auto sink = place.open(schema, 1);
    CHECK(sink->read_models().log("", 10).empty());
    CHECK_FALSE(sink->read_models().rows(small_view("v")));
    refresh(sink->read_models(), small_view("v"), small_rows(3, 1));
    CHECK(exactly(sink->read_models().rows(small_view("v")).value()) == exactly(small_rows(3, 1)));
    CHECK_FALSE(sink->prepare());
  });
}

TEST_CASE("a refresh at a new sink leaves it one that needs every row") {
  at_both([](Place& place) {
    const auto schema = schema_of();
    refresh(place.open(schema, 1)->read_models(), small_view("v"), small_rows(3, 1));
    CHECK(place.open(schema, 1)->prepare());
    CHECK_FALSE(place.open(schema, 1)->prepare());
  });
}

TEST_CASE("the printed statements make the tables of views, dimension tables and recents, too") {
  at_both([](Place& place) {
    const auto schema = schema_of(R"toml(
[table.account]
[table.account.columns]
plan = "text"
seats = "number"
[view.totals]
from = "runs"
by = ["account", "account.plan"]
[view.totals.columns]
total_runs = "sum(total_runs)"
[recent.latest]
source = "run"
per = ["account"]
)toml");
    const auto sink = place.open(schema, 1);
    place.sql(sink->ddl());
    CHECK_FALSE(sink->prepare());
    for (const char* table : {"account", "totals", "latest"})
      CHECK(place.sql("SELECT count(*) FROM " + place.table(table))[0][0] == "0");
    // What was printed is what a refresh would have made: it is not made anew.
    const ViewLayout layout = view_layout(*schema, schema->views[0]);
    place.sql("CREATE INDEX of_somebody ON " + place.table("totals") + " (total_runs)");
    refresh(sink->read_models(), layout, table_of(layout, {{std::string("a"), Cell(), std::int64_t{1}}}));
    place.sql("DROP INDEX " + (place.table("of_somebody")));
    sink->read_models().put_table(schema->tables[0], {{"a", {std::string("free"), Decimal{5'000'000, 1'000'000}}}},
                                  false);
    CHECK(sink->read_models().load_table(schema->tables[0]).size() == 1);
  });
}

TEST_CASE("a role may refresh views with rights on their tables alone, and read with fewer", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const auto schema = std::make_shared<const Schema>();
  const auto owner = place.open(schema, 1);
  owner->prepare();
  refresh(owner->read_models(), small_view("v"), small_rows(3, 1));
  const Role role("tidemark_viewer");
  const auto grant = [&](const std::string& rights, const std::string& table) {
    place.sql("GRANT " + rights + " ON " + place.table(table) + " TO " + role.name());
  };
  place.sql("GRANT USAGE ON SCHEMA " + place.schema() + " TO " + role.name());
  const auto sink = open_sink(place.url(role.name()), schema, 1);
  ReadModels& models = sink->read_models();
  CHECK_THAT(error_of([&] { models.rows(small_view("v")); }).what(),
             Catch::Contains("permission denied for table views"));
  for (const char* table : {"v", "views", "refreshes"}) grant("SELECT", table);
  CHECK(exactly(models.rows(small_view("v")).value()) == exactly(small_rows(3, 1)));
  CHECK(models.attempts("v").success);

  CHECK_THAT(error_of([&] { models.begin_refresh("v", "agent", kNow); }).what(),
             Catch::Contains("permission denied for table refreshes") && Catch::Contains("grant the role"));
  grant("INSERT, UPDATE, DELETE", "refreshes");
  const std::uint64_t id = models.begin_refresh("v", "agent", kNow);
  const auto complete = [&] { models.complete_refresh(small_view("v"), id, kNow, small_rows(2, 2)); };
  CHECK_THAT(error_of(complete).what(), Catch::Contains("permission denied for table views"));
  grant("INSERT, UPDATE", "views");
  CHECK_THAT(error_of(complete).what(), Catch::Contains("permission denied for table v "));
  grant("INSERT, DELETE", "v");
  complete();
  CHECK(exactly(models.rows(small_view("v")).value()) == exactly(small_rows(2, 2)));

  ViewLayout changed = small_view("v");
  changed.columns.push_back({"note", {ValueType::Kind::text, 0}, false});
  const std::uint64_t next = models.begin_refresh("v", "agent", kNow);
  CHECK_THAT(error_of([&] { models.complete_refresh(changed, next, kNow, table_of(changed, {})); }).what(),
             Catch::Contains("the role does not own its table; drop table v"));
  const std::uint64_t of_new = models.begin_refresh("w", "agent", kNow);
  CHECK_THAT(error_of([&] { models.complete_refresh(small_view("w"), of_new, kNow, small_rows(1, 1)); }).what(),
             Catch::Contains("permission denied for schema") && Catch::Contains("tidemark sync --ddl"));
}

}  // namespace tidemark::conformance
