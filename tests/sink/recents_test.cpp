#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <random>

#include "model/schema_toml.hpp"
#include "sink/postgres_place.hpp"
#include "sink/sqlite_place.hpp"

namespace tidemark::conformance {
namespace {

constexpr Instant kNow{1'767'585'600'000'000};  // 2026-01-05T04:00:00Z
enum Recent { kUsed, kLatest, kLabelled };

/// `used` has a group and a thing, `latest` neither, and `labelled` both of the kinds that are no plain texts.
SchemaPtr recents_schema(int keep = 240) {
  return parse_schema({{"test.toml", R"toml(
[source.run]
time = "ended_at"
[source.run.fields]
workspace = "text"
published_run = "text"
title = "text"
labels = "labels"
manual = "boolean"
result = "result"
started_at = "instant"
ended_at = "instant"
took = "duration"
cost = "number(0.01)"
[rollup.runs]
source = "run"
by = ["workspace"]
[rollup.runs.columns]
total_runs = "count()"
[recent.used]
source = "run"
per = ["workspace"]
item = ["published_run"]
columns = ["title", "labels", "manual", "result", "started_at", "took", "cost"]
keep = )toml" + std::to_string(keep) + R"toml(
[recent.latest]
source = "run"
columns = ["title"]
keep = )toml" + std::to_string(keep) + R"toml(
[recent.labelled]
source = "run"
per = ["labels", "manual"]
item = ["result", "workspace"]
)toml"}});
}

Digest key_of_values(const std::vector<DimensionValue>& values) { return key_digest(canonical_key(values)); }

RecentUse use_of(const std::string& workspace, const std::string& run, Instant used_at, const std::string& identity) {
  RecentUse use;
  use.group = {{false, workspace, {}}};
  use.group_key = key_of_values(use.group);
  use.item = {{false, run, {}}};
  use.item_key = key_of_values(use.item);
  use.used_at = used_at;
  use.identity = digest_of(identity);
  use.columns = {"title of " + identity,
                 std::vector<std::string>{"a", "b,c"},
                 true,
                 std::string("success"),
                 used_at,
                 Decimal{1'500'000, 1'000'000},
                 Decimal{-5, 100}};
  return use;
}

/// What a use is, to the bit.
std::string text_of(const RecentUse& use) {
  std::string text = canonical_key(use.group) + "|" + canonical_key(use.item) + "|" + std::to_string(use.used_at.us);
  for (const Digest* digest : {&use.group_key, &use.item_key, &use.identity}) text += "|" + to_hex(*digest);
  for (const Cell& cell : use.columns) {
    text += "|" + std::to_string(cell.index()) + ":";
    if (const auto* v = std::get_if<Decimal>(&cell)) text += to_text(*v);
    if (const auto* v = std::get_if<std::string>(&cell)) text += *v;
    if (const auto* v = std::get_if<Instant>(&cell)) text += std::to_string(v->us);
    if (const auto* v = std::get_if<bool>(&cell)) text += *v ? "t" : "f";
    if (const auto* v = std::get_if<std::vector<std::string>>(&cell))
      for (const std::string& item : *v) text += std::to_string(item.size()) + "," + item;
  }
  return text;
}

std::vector<std::string> texts_of(const std::vector<RecentUse>& uses) {
  std::vector<std::string> texts;
  for (const RecentUse& use : uses) texts.push_back(text_of(use));
  return texts;
}

/// The last uses of each thing of a group, newest first.
std::vector<RecentUse> expected(const std::vector<RecentUse>& uses, const Digest& group, std::size_t limit) {
  std::map<Digest, RecentUse> last;
  for (const RecentUse& use : uses) {
    if (use.group_key != group) continue;
    const auto [held, is_new] = last.try_emplace(use.item_key, use);
    if (!is_new && use.is_after(held->second)) held->second = use;
  }
  std::vector<RecentUse> list;
  for (auto& [key, use] : last) list.push_back(use);
  std::sort(list.begin(), list.end(), [](const RecentUse& a, const RecentUse& b) { return a.is_after(b); });
  if (list.size() > limit) list.resize(limit);
  return list;
}

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

}  // namespace

TEST_CASE("uses of several agents, in any order and repeated, end as the last of each thing") {
  at_both([](Place& place) {
    std::mt19937_64 random(3);
    const SchemaPtr schema = recents_schema(7);
    std::vector<std::unique_ptr<Sink>> agents;
    for (int i = 0; i < 3; ++i) agents.push_back(place.open(schema, 1));
    agents[0]->prepare();
    std::vector<RecentUse> all;
    for (int i = 0; i < 300; ++i)
      all.push_back(use_of("w" + std::to_string(random() % 3), "r" + std::to_string(random() % 12),
                           kNow + seconds(static_cast<std::int64_t>(random() % 40)), std::to_string(i)));
    for (int round = 0; round < 25; ++round) {
      std::vector<RecentUse> some;
      for (int i = 0; i < 30; ++i) some.push_back(all[random() % all.size()]);
      agents[random() % 3]->upsert_recents(kUsed, some);
    }
    agents[1]->upsert_recents(kUsed, all);
    agents[2]->upsert_recents(kUsed, {});
    for (int w = 0; w < 3; ++w) {
      const Digest group = key_of_values({{false, "w" + std::to_string(w), {}}});
      CHECK(texts_of(agents[0]->recent(kUsed, group, 100, std::nullopt)) == texts_of(expected(all, group, 7)));
      CHECK(texts_of(agents[0]->recent(kUsed, group, 4, std::nullopt)) == texts_of(expected(all, group, 4)));
    }
    CHECK(place.sql("SELECT count(*) FROM " + place.table("used"))[0][0] == "21");
    CHECK(agents[0]->recent(kUsed, key_of_values({{false, "nobody", {}}}), 100, std::nullopt).empty());
  });
}

TEST_CASE("of two uses at one instant the larger identity's stays, and the window's edge is in it") {
  at_both([](Place& place) {
    const auto sink = place.open(recents_schema(), 1);
    sink->prepare();
    RecentUse first = use_of("w", "r", kNow, "1");
    RecentUse second = use_of("w", "r", kNow, "2");
    if (first.identity > second.identity) std::swap(first, second);
    sink->upsert_recents(kUsed, {&second, 1});
    sink->upsert_recents(kUsed, {&first, 1});
    CHECK(texts_of(sink->recent(kUsed, first.group_key, 9, kNow)) == texts_of({second}));
    CHECK(sink->recent(kUsed, first.group_key, 9, kNow + Micros{1}).empty());
  });
}

TEST_CASE("recents of one group, of spans that are things of their own, of label sets, and with values that lack") {
  at_both([](Place& place) {
    const auto sink = place.open(recents_schema(3), 1);
    sink->prepare();
    std::vector<RecentUse> uses;
    for (int i = 0; i < 5; ++i) {
      RecentUse use;
      use.group_key = key_of_values({});
      use.identity = use.item_key = digest_of(std::to_string(i));
      use.used_at = kNow + seconds(i);
      use.columns = {i % 2 == 0 ? Cell() : Cell("it's \"quoted\"\n\\")};
      uses.push_back(use);
    }
    sink->upsert_recents(kLatest, uses);
    CHECK(texts_of(sink->recent(kLatest, uses[0].group_key, 100, std::nullopt)) ==
          texts_of({uses[4], uses[3], uses[2]}));

    RecentUse use;
    use.group = {{true, {}, {"", "a\"b", "x,y"}}, {false, "", {}}};
    use.group_key = key_of_values(use.group);
    use.item = {{false, "failure", {}}, {false, "\t'", {}}};
    use.item_key = key_of_values(use.item);
    use.used_at = kNow;
    use.identity = digest_of("one");
    RecentUse other = use;
    other.group = {{true, {}, {}}, {false, "true", {}}};
    other.group_key = key_of_values(other.group);
    sink->upsert_recents(kLabelled, std::vector{use, other});
    CHECK(texts_of(sink->recent(kLabelled, use.group_key, 9, std::nullopt)) == texts_of({use}));
    CHECK(texts_of(sink->recent(kLabelled, other.group_key, 9, std::nullopt)) == texts_of({other}));
    CHECK(place.sql("SELECT count(*) FROM " + place.table("labelled") + " WHERE manual IS NULL")[0][0] == "1");
  });
}

TEST_CASE("a use that no sink can store leaves nothing of its batch") {
  at_both([](Place& place) {
    const auto sink = place.open(recents_schema(), 1);
    sink->prepare();
    std::vector<RecentUse> uses = {use_of("w", "r", kNow, "1"), use_of("w", "s", kNow, "2")};
    uses[1].columns[2] = std::string("perhaps");
    try {
      sink->upsert_recents(kUsed, uses);
      FAIL("it was stored");
    } catch (const SinkError& e) {
      CHECK(e.kind() == SinkError::Kind::row);
      CHECK_THAT(e.what(), Catch::Contains("recent 'used': expected a boolean"));
    }
    CHECK(sink->recent(kUsed, uses[0].group_key, 9, std::nullopt).empty());
  });
}

TEST_CASE("a recent's table is part of what a sink needs: without it everything goes again") {
  at_both([](Place& place) {
    const auto sink = place.open(recents_schema(), 1);
    CHECK(sink->prepare());
    CHECK_FALSE(sink->prepare());
    place.sql("DROP TABLE " + place.table("used"));
    CHECK(place.open(recents_schema(), 1)->prepare());
  });
}

TEST_CASE("the last uses are found by an index, however many things there are") {
  SECTION("SQLite") {
    SqlitePlace place;
    place.open(recents_schema(), 1)->prepare();
    const auto plan = place.sql(
        "EXPLAIN QUERY PLAN SELECT * FROM used WHERE group_key = x'00' ORDER BY used_at DESC, "
        "identity DESC LIMIT 4");
    REQUIRE(plan.size() == 1);  // no step that sorts
    CHECK_THAT(plan[0].back(), Catch::Contains("USING INDEX used_used (group_key=?)"));
  }
  if (!postgres_is_there()) return;
  SECTION("PostgreSQL") {
    PostgresPlace place;
    place.open(recents_schema(), 1)->prepare();
    place.sql("INSERT INTO " + place.table("used") +
              " (workspace, published_run, used_at, group_key, item_key, identity) SELECT 'w', n::text, now(), "
              "decode(md5((n % 2)::text), 'hex'), decode(md5(n::text), 'hex'), decode(md5(n::text), 'hex') "
              "FROM generate_series(1, 20000) AS n");
    std::string plan;
    place.sql("ANALYZE " + place.table("used"));
    for (const auto& row :
         place.sql("EXPLAIN SELECT * FROM " + place.table("used") +
                   " WHERE group_key = decode(md5('1'), 'hex') ORDER BY used_at DESC, identity DESC LIMIT 4"))
      plan += row[0] + "\n";
    CHECK_THAT(plan, Catch::Contains("Index Scan using used_used") && !Catch::Contains("Sort"));
  }
}

TEST_CASE("a role that may not delete leaves what is beyond a recent's keep, and nobody sees it", "[pg]") {
  if (!postgres_is_there()) return;
  PostgresPlace place;
  const SchemaPtr schema = recents_schema(2);
  place.open(schema, 1)->prepare();
  const Role role("tidemark_sender");
  place.sql("GRANT USAGE ON SCHEMA " + place.schema() + " TO " + role.name());
  place.sql("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA " + place.schema() + " TO " + role.name());
  const auto sink = open_sink(place.url(role.name()), schema, 1);
  CHECK_FALSE(sink->prepare());
  std::vector<RecentUse> uses;
  for (int i = 0; i < 5; ++i)
    uses.push_back(use_of("w", "r" + std::to_string(i), kNow + seconds(i), std::to_string(i)));
  sink->upsert_recents(kUsed, uses);
  CHECK(place.sql("SELECT count(*) FROM " + place.table("used"))[0][0] == "5");
  CHECK(sink->recent(kUsed, uses[0].group_key, 100, std::nullopt).size() == 2);
  place.sql("GRANT DELETE ON " + place.table("used") + " TO " + role.name());
  sink->upsert_recents(kUsed, {uses.data(), 1});
  CHECK(place.sql("SELECT count(*) FROM " + place.table("used"))[0][0] == "2");
  CHECK(texts_of(sink->recent(kUsed, uses[0].group_key, 100, std::nullopt)) == texts_of({uses[4], uses[3]}));
}

}  // namespace tidemark::conformance
