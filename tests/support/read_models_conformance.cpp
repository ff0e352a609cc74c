#include "support/read_models_conformance.hpp"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <numeric>
#include <random>

#include "model/rows_builder.hpp"

namespace tidemark::conformance {
namespace {

constexpr Instant kStart{1'767'585'600'000'000};  // 2026-01-05T04:00:00Z
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
using Kind = ValueType::Kind;
using Status = Refresh::Status;

const std::vector<std::string> kTexts = {"",
                                         " ",
                                         "'",
                                         "\"",
                                         "\\",
                                         "\\N",
                                         "\t",
                                         "\n",
                                         "{}",
                                         "NULL",
                                         "a,b",
                                         "$1",
                                         "\x01",
                                         "\x7f",
                                         "--",
                                         "\xc3\xa4",
                                         "\xf0\x9f\x9a\x80",
                                         "?1",
                                         "\\x00",
                                         ";"};

/// A view with a column of every type; `place` is its key.
ViewLayout every_type() {
  ViewLayout layout;
  layout.view = "every_type";
  layout.columns = {{"bucket_start", {Kind::instant, 0}, true}, {"place", {Kind::integer, 0}, true},
                    {"label_set", {Kind::text_list, 0}, true},  {"note", {Kind::text, 0}, false},
                    {"total", {Kind::numeric, 6}, false},       {"whole", {Kind::numeric, 0}, false},
                    {"share", {Kind::real, 0}, false},          {"manual", {Kind::boolean, 0}, false}};
  return layout;
}

std::string bits_of(const Value& value) {
  std::string text = std::to_string(static_cast<int>(value.kind())) + ":";
  if (value.kind() == Value::Kind::real) return text + std::to_string(std::bit_cast<std::uint64_t>(value.real()));
  if (value.kind() == Value::Kind::instant) return text + std::to_string(value.instant().us);
  if (value.kind() != Value::Kind::text_list) return text + value.to_string();
  for (const std::string& item : value.list()) text += std::to_string(item.size()) + "," + item;
  return text;
}

/// Refreshes a view from beginning to end, in a second.
std::uint64_t refresh(ReadModels& models, const ViewLayout& layout, const Table& rows, Instant started = kStart,
                      const std::string& by = "agent-1") {
  const std::uint64_t id = models.begin_refresh(layout.view, by, started);
  models.complete_refresh(layout, id, started + seconds(1), rows);
  return id;
}

void require_rows(ReadModels& models, const ViewLayout& layout, const Table& expected) {
  const auto rows = models.rows(layout);
  REQUIRE(rows);
  REQUIRE(exactly(*rows) == exactly(expected));
}

void require_same(const Refresh& actual, const Refresh& expected) {
  CHECK(actual.id == expected.id);
  CHECK(actual.view == expected.view);
  CHECK(actual.by == expected.by);
  CHECK(actual.started == expected.started);
  CHECK(actual.completed == expected.completed);
  CHECK(std::string(name_of(actual.status)) == name_of(expected.status));
  CHECK(actual.rows == expected.rows);
  CHECK(actual.error == expected.error);
}

void nothing_yet(ReadModelsPlace& place) {
  const auto models = place.open();
  models->begin_refresh("another", "agent-1", kStart);
  CHECK_FALSE(models->rows(small_view("v")));
  CHECK(models->log("v", 10).empty());
  CHECK_FALSE(models->attempts("v").last);
  CHECK_FALSE(models->attempts("v").success);
  CHECK(models->trim_log(kStart + days(1000)) == 0);
}

void rows_of_every_type(ReadModelsPlace& place) {
  const auto models = place.open();
  const ViewLayout layout = every_type();
  const Int128 widest = ~(Int128{1} << 127);
  std::vector<std::vector<Cell>> rows = {
      {Instant{0}, std::int64_t{0}, std::vector<std::string>{}, std::string(), Decimal{0, 1'000'000}, Decimal{0, 1},
       0.0, false},
      {Cell(), std::int64_t{1}, Cell(), Cell(), Cell(), Cell(), Cell(), Cell()},
      {Instant{-1}, kMax, std::vector<std::string>{""}, std::string("x"), Decimal{-1, 1'000'000}, Decimal{widest, 1},
       5e-324, true},
      {Instant{253'402'300'799'999'999}, -kMax, std::vector<std::string>{"a", "a,b"}, std::string(70'000, 'y'),
       Decimal{widest, 1'000'000}, Decimal{-widest, 1}, -1.7976931348623157e308, true}};
  for (const std::string& text : kTexts)
    rows.push_back({kStart, static_cast<std::int64_t>(rows.size()), std::vector<std::string>{text, text + "z"}, text,
                    Decimal{-12'345'678, 1'000'000}, Decimal{static_cast<Int128>(rows.size()), 1},
                    static_cast<double>(rows.size()) / 3, rows.size() % 2 == 0});
  const Table table = table_of(layout, rows);
  refresh(*models, layout, table);
  require_rows(*models, layout, table);
  require_rows(*place.open(), layout, table);
  CHECK(models->rows(layout)->columns == table.columns);
  CHECK(models->rows(layout)->key_columns == 3);
}

void order_of_rows(ReadModelsPlace& place) {
  const auto models = place.open();
  const ViewLayout layout = small_view("v");
  std::vector<std::vector<Cell>> rows;
  for (const int account : {7, 3, 9, 1, 5, 100, 20})
    rows.push_back({"account " + std::to_string(account), std::int64_t{0}});
  refresh(*models, layout, table_of(layout, rows));
  require_rows(*models, layout, table_of(layout, rows));
}

/// Rows may differ in one NULL, and NULL is not the empty text.
void keys_with_nulls(ReadModelsPlace& place) {
  const auto models = place.open();
  ViewLayout layout = small_view("v");
  layout.columns.insert(layout.columns.begin(), {"bucket_start", {Kind::instant, 0}, true});
  const Table table = table_of(layout, {{Cell(), std::string("a"), std::int64_t{1}},
                                        {kStart, std::string("a"), std::int64_t{2}},
                                        {Cell(), Cell(), std::int64_t{3}},
                                        {Cell(), std::string(), std::int64_t{4}}});
  refresh(*models, layout, table);
  require_rows(*models, layout, table);
}

void no_rows_at_all(ReadModelsPlace& place) {
  const auto models = place.open();
  refresh(*models, small_view("v"), small_rows(3, 1));
  refresh(*models, small_view("v"), small_rows(0, 0));
  require_rows(*models, small_view("v"), small_rows(0, 0));
  CHECK(models->attempts("v").success->rows == 0);
}

void replaced_rows(ReadModelsPlace& place) {
  const auto models = place.open();
  refresh(*models, small_view("v"), small_rows(50, 1));
  refresh(*models, small_view("w"), small_rows(5, 9));
  const std::uint64_t id = refresh(*models, small_view("v"), small_rows(20, 2), kStart + minutes(5), "agent-2");
  require_rows(*models, small_view("v"), small_rows(20, 2));
  require_rows(*models, small_view("w"), small_rows(5, 9));
  const Refresh expected{id, "v", "agent-2", kStart + minutes(5), kStart + minutes(5) + seconds(1), Status::success,
                         20, ""};
  const auto attempts = place.open()->attempts("v");
  REQUIRE((attempts.last && attempts.success));
  require_same(*attempts.last, expected);
  require_same(*attempts.success, expected);
}

void failed_refresh(ReadModelsPlace& place) {
  const auto models = place.open();
  const std::uint64_t good = refresh(*models, small_view("v"), small_rows(3, 1));
  const std::uint64_t bad = models->begin_refresh("v", "agent-1", kStart + hours(1));
  CHECK(models->attempts("v").last->id == good);  // it has not ended yet
  models->fail_refresh(bad, kStart + hours(1) + seconds(2), "it's \"broken\"\nin two lines");
  require_rows(*models, small_view("v"), small_rows(3, 1));
  const auto attempts = models->attempts("v");
  REQUIRE((attempts.last && attempts.success));
  require_same(*attempts.last, {bad, "v", "agent-1", kStart + hours(1), kStart + hours(1) + seconds(2), Status::failed,
                                0, "it's \"broken\"\nin two lines"});
  CHECK(attempts.success->id == good);
}

void another_layout(ReadModelsPlace& place) {
  const auto models = place.open();
  const ViewLayout before = small_view("v");
  refresh(*models, before, small_rows(3, 1));
  ViewLayout after = before;
  after.columns[1].type = {Kind::real, 0};
  after.columns.push_back({"note", {Kind::text, 0}, false});
  CHECK_FALSE(models->rows(after));
  const Table rows = table_of(after, {{std::string("a"), 0.5, std::string("x")}, {std::string("b"), Cell(), Cell()}});
  refresh(*models, after, rows);
  require_rows(*models, after, rows);
  CHECK_FALSE(models->rows(before));
  CHECK(models->attempts("v").success);
  refresh(*models, before, small_rows(2, 7));
  require_rows(*models, before, small_rows(2, 7));
}

void stopped_half_way(ReadModelsPlace& place) {
  const auto models = place.open();
  const std::uint64_t stopped = models->begin_refresh("v", "agent-1", kStart);
  const std::uint64_t of_another = models->begin_refresh("w", "agent-1", kStart);
  const auto later = place.open();
  const std::uint64_t next = later->begin_refresh("v", "agent-1", kStart + minutes(5));
  const auto log = later->log("", 10);
  REQUIRE(log.size() == 3);
  CHECK(log[0].id == next);
  require_same(log[1], {of_another, "w", "agent-1", kStart, std::nullopt, Status::running, 0, ""});
  CHECK(log[2].id == stopped);
  CHECK(std::string(name_of(log[2].status)) == "failed");
  CHECK(log[2].completed);
  CHECK_THAT(log[2].error, Catch::Contains("stopped before it was done"));
}

void overtaken(ReadModelsPlace& place) {
  if (!place.has_several_agents()) return;
  const auto models = place.open();
  const ViewLayout layout = small_view("v");
  const std::uint64_t slow = models->begin_refresh("v", "agent-1", kStart);
  const std::uint64_t fast = models->begin_refresh("v", "agent-2", kStart);
  CHECK(slow < fast);
  models->complete_refresh(layout, fast, kStart + seconds(1), small_rows(4, 2));
  models->complete_refresh(layout, slow, kStart + seconds(9), small_rows(3, 1));
  require_rows(*models, layout, small_rows(4, 2));
  CHECK(models->attempts("v").success->id == fast);
  for (const Refresh& attempt : models->log("v", 10)) CHECK(std::string(name_of(attempt.status)) == "success");
}

void log_and_its_limits(ReadModelsPlace& place) {
  const auto models = place.open();
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 10; ++i)
    ids.push_back(refresh(*models, small_view(i % 2 == 0 ? "v" : "w"), small_rows(i, 1), kStart + minutes(i)));
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  const auto ids_of = [](const std::vector<Refresh>& log) {
    std::vector<std::uint64_t> of;
    for (const Refresh& attempt : log) of.push_back(attempt.id);
    return of;
  };
  CHECK(ids_of(models->log("", 3)) == std::vector{ids[9], ids[8], ids[7]});
  CHECK(ids_of(models->log("v", 2)) == std::vector{ids[8], ids[6]});
  CHECK(ids_of(models->log("v", 100)).size() == 5);
  CHECK(models->log("v", 0).empty());
  CHECK(models->log("nobody", 100).empty());
}

void trimmed_log(ReadModelsPlace& place) {
  const auto models = place.open();
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(refresh(*models, small_view("v"), small_rows(1, i), kStart + minutes(i)));
  for (int i = 5; i < 8; ++i) {
    ids.push_back(models->begin_refresh("v", "agent-1", kStart + minutes(i)));
    models->fail_refresh(ids.back(), kStart + minutes(i) + seconds(1), "no");
  }
  const std::uint64_t running = models->begin_refresh("w", "agent-1", kStart);
  CHECK(models->trim_log(kStart + minutes(3)) == 3);
  CHECK(models->log("v", 100).size() == 5);
  // The one whose rows are there, the last one that ended, and what runs.
  CHECK(models->trim_log(kStart + days(1)) == 3);
  const auto left = models->log("", 100);
  REQUIRE(left.size() == 3);
  CHECK(left[0].id == running);
  CHECK(left[1].id == ids[7]);
  CHECK(left[2].id == ids[4]);
  require_rows(*models, small_view("v"), small_rows(1, 4));
  CHECK(models->begin_refresh("v", "agent-1", kStart + days(1)) > running);
}

/// Any attempts on any views, against what they should have left.
void any_history(ReadModelsPlace& place) {
  std::mt19937_64 random(5);
  auto models = place.open();
  struct Model {
    std::map<std::uint64_t, bool> running;  // by id
    std::uint64_t rows_of = 0;
    std::int64_t value = 0;
  };
  std::map<std::string, Model> views;
  for (int step = 0; step < 120; ++step) {
    const std::string name(1, static_cast<char>('a' + random() % 3));
    Model& view = views[name];
    const Instant now = kStart + minutes(step);
    if (view.running.empty() || (place.has_several_agents() && random() % 3 == 0)) {
      view.running.emplace(models->begin_refresh(name, "agent-" + std::to_string(step), now), true);
    } else {
      const auto which = std::next(view.running.begin(), static_cast<std::ptrdiff_t>(random() % view.running.size()));
      const std::uint64_t id = which->first;
      view.running.erase(which);
      if (random() % 3 == 0) {
        models->fail_refresh(id, now, "no");
      } else {
        models->complete_refresh(small_view(name), id, now, small_rows(step % 7, step));
        if (id > view.rows_of) {
          view.rows_of = id;
          view.value = step;
        }
      }
    }
    if (random() % 20 == 0) models = place.open();
    const auto rows = models->rows(small_view(name));
    REQUIRE(rows.has_value() == (view.rows_of != 0));
    if (rows) REQUIRE(exactly(*rows) == exactly(small_rows(static_cast<int>(view.value % 7), view.value)));
    const auto success = models->attempts(name).success;
    REQUIRE((success ? success->id : 0) == view.rows_of);
  }
}

TableDef accounts() {
  const auto field = [](std::string name, FieldType type, std::int64_t divisor = 1'000'000) {
    FieldDef def;
    def.name = std::move(name);
    def.type = type;
    def.divisor = divisor;
    return def;
  };
  TableDef table;
  table.name = "account_plans";
  table.key = "account";
  table.columns = {field("plan", FieldType::text), field("internal", FieldType::boolean),
                   field("since", FieldType::instant), field("answers_within", FieldType::duration),
                   field("seats", FieldType::number, 1000)};
  return table;
}

std::vector<Cell> plan(const std::string& name) {
  return {name, false, kStart, Decimal{1'500'000, 1'000'000}, Decimal{-12'345, 1000}};
}

void dimension_tables(ReadModelsPlace& place) {
  const auto models = place.open();
  CHECK(models->load_table(accounts()).empty());
  DimensionRows rows;
  for (const std::string& text : kTexts) rows[text] = plan("plan " + text);
  rows["nothing"] = {Cell(), Cell(), Cell(), Cell(), Cell()};
  models->put_table(accounts(), rows, false);
  CHECK(models->load_table(accounts()) == rows);
  CHECK(place.open()->load_table(accounts()) == rows);

  // These alone: others go, and values may become NULL.
  const DimensionRows fewer = {{"acme", plan("free")}, {"'", {Cell(), true, Cell(), Cell(), Cell()}}};
  models->put_table(accounts(), fewer, false);
  CHECK(models->load_table(accounts()) == fewer);
  models->put_table(accounts(), {}, false);
  CHECK(models->load_table(accounts()).empty());
}

void merged_dimension_tables(ReadModelsPlace& place) {
  const auto models = place.open();
  models->put_table(accounts(), {{"a", plan("free")}, {"b", plan("free")}}, true);
  models->put_table(accounts(), {{"b", plan("team")}, {"c", plan("team")}}, true);
  models->put_table(accounts(), {}, true);
  const DimensionRows expected = {{"a", plan("free")}, {"b", plan("team")}, {"c", plan("team")}};
  CHECK(models->load_table(accounts()) == expected);
}

void columns_declared_later(ReadModelsPlace& place) {
  TableDef before = accounts();
  before.columns.resize(1);
  const auto models = place.open();
  models->put_table(before, {{"a", {std::string("free")}}, {"b", {std::string("team")}}}, false);
  const auto unset = [](const std::string& name) { return std::vector<Cell>{name, Cell(), Cell(), Cell(), Cell()}; };
  CHECK(models->load_table(accounts()) == DimensionRows{{"a", unset("free")}, {"b", unset("team")}});
  models->put_table(accounts(), {{"b", plan("team")}}, true);
  CHECK(models->load_table(accounts()) == DimensionRows{{"a", unset("free")}, {"b", plan("team")}});
}

}  // namespace

ViewLayout small_view(const std::string& name) {
  ViewLayout layout;
  layout.view = name;
  layout.columns = {{"account", {Kind::text, 0}, true}, {"runs", {Kind::integer, 0}, false}};
  return layout;
}

Table small_rows(int n, std::int64_t runs) {
  std::vector<std::vector<Cell>> rows;
  for (int i = 0; i < n; ++i) rows.push_back({"account " + std::to_string(i), runs});
  return table_of(small_view("any"), rows);
}

Table table_of(const ViewLayout& layout, const std::vector<std::vector<Cell>>& rows) {
  Table table;
  for (const ViewLayout::Column& column : layout.columns) table.columns.push_back(column.name);
  RowsBuilder builder(table.columns.size());
  for (const std::vector<Cell>& row : rows) {
    auto place = builder.add_row();
    for (const Cell& cell : row) place.put(builder.cell(cell));
  }
  std::vector<std::uint32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0u);
  table.rows = builder.finish(std::move(order));
  return table;
}

std::string exactly(const Table& table) {
  std::string text;
  for (const std::string& column : table.columns) text += column + "|";
  for (const Row row : table.rows) {
    text += "\n";
    for (const Value value : row) text += bits_of(value) + "|";
  }
  return text;
}

const std::vector<ReadModelsCase>& read_models_cases() {
  static const std::vector<ReadModelsCase> kCases = {
      {"a view that was never refreshed has no rows and no attempts", nothing_yet},
      {"values of every type come back as they were", rows_of_every_type},
      {"rows keep their order", order_of_rows},
      {"keys may be NULL, which is a value of its own", keys_with_nulls},
      {"a view without rows is not one that was never refreshed", no_rows_at_all},
      {"a refresh replaces all rows of its view alone", replaced_rows},
      {"a failed refresh leaves the rows, and says why", failed_refresh},
      {"rows of another layout are none, until a refresh has made new ones", another_layout},
      {"an attempt that was stopped half-way is closed by the next one", stopped_half_way},
      {"an attempt that was overtaken leaves the later one's rows", overtaken},
      {"the log has the newest attempts first", log_and_its_limits},
      {"the log is trimmed, but for what tells how views stand", trimmed_log},
      {"any history of attempts leaves the rows of the latest complete one", any_history},
      {"dimension tables keep their rows, and NULLs", dimension_tables},
      {"rows of a dimension table are merged by key", merged_dimension_tables},
      {"columns that are declared later are NULL until somebody sets them", columns_declared_later},
  };
  return kCases;
}

}  // namespace tidemark::conformance
