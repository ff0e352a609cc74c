#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "model/schema_toml.hpp"

using namespace tidemark;

namespace {

constexpr std::string_view kSource = R"toml(
[source.purchase]
time = "paid_at"
retention = "14d"
identity_retention = "20d"
allowed_lateness = "1h"
[source.purchase.fields]
shop     = { type = "text", required = true, attributes = ["shop.name", "store"] }
tags     = "labels"
outcome  = "result"
gift     = "boolean"
opened   = "instant"
paid_at  = "instant"
took     = "paid_at - opened"
took_ms  = "paid_at - opened (1ms)"
wait     = "duration"
rough    = "duration(1s)"
amount   = "number(0.01)"
items    = "number(1)"
score    = "number"
[source.purchase.otlp]
match     = { "event.name" = "checkout", "shop.kind" = "*" }
span_name = "pay *"
)toml";

constexpr std::string_view kRollup = R"toml(
[rollup.sales]
source = "purchase"
every = "15m"
by = ["shop", "tags", "outcome", "gift"]
inline = true
distribution_retention = "90d"
bucket_retention = "365d"
[rollup.sales.columns]
orders     = "count()"
p95_us     = "percentile_cont(0.95, took)"
p50_ms     = "median(took)"
p50        = "percentile_cont(0.5, took)"
p90_small  = "percentile_cont(0.9, took) where gift = true"
total      = "sum(amount)"
total_too  = "sum(amount)"
mean       = "avg(amount)"
opened_at  = "min(opened)"
shops      = "count_distinct(shop)"
paid       = "count(amount)"
how        = "last(outcome)"
most_us    = "max(wait)"
linked     = "corr(amount, took)"
[rollup.sales.tags]
allow = ["a*", "b?"]
normalise = true
max_sets = { per = "shop", limit = 10 }
[rollup.sales.shop]
max_sets = { limit = 1000 }
)toml";

SchemaPtr example() { return parse_schema({{"a.toml", std::string(kSource)}, {"b.toml", std::string(kRollup)}}); }

const ColumnDef& column(const RollupDef& rollup, std::string_view name) {
  const int index = rollup.column_index(name);
  REQUIRE(index >= 0);
  return rollup.columns[static_cast<std::size_t>(index)];
}

}  // namespace

TEST_CASE("a source is read with all that it can say") {
  const SchemaPtr schema = example();
  REQUIRE(schema->source_index("purchase") == 0);
  const SourceDef& source = schema->sources[0];
  CHECK(source.retention == days(14));
  CHECK(source.identity_retention == days(20));
  CHECK(source.allowed_lateness == hours(1));
  CHECK(source.time_field == source.field_index("paid_at"));
  REQUIRE(source.otlp);
  CHECK(source.otlp->attributes ==
        std::vector<std::pair<std::string, std::string>>{{"event.name", "checkout"}, {"shop.kind", "*"}});
  CHECK(source.otlp->span_name == "pay *");
}

TEST_CASE("a source takes spans by every way, or by those that it names, each run by one of them or by any") {
  const auto source = [](const std::string& more) {
    return parse_schema({{"t", "[source.run]\ntime = 'at'\n" + more + "[source.run.fields]\nat = 'instant'\n"}})->sources[0];
  };
  CHECK(source("").accept.empty());
  CHECK(source("").accepts(Way::gitlab));
  CHECK_FALSE(source("").one_way_per_run);
  const SourceDef named = source("accept = ['github', 'otlp', 'github']\none_way_per_run = true\n");
  CHECK(named.accept == std::vector<Way>{Way::otlp, Way::github});
  CHECK(named.accepts(Way::otlp));
  CHECK_FALSE(named.accepts(Way::ndjson));
  CHECK(named.one_way_per_run);
  Schema schema;
  schema.sources = {named};
  CHECK(parse_schema({{"t", format_schema(schema)}})->sources[0] == named);
}

TEST_CASE("fields keep their order, types and resolutions") {
  const SchemaPtr schema = example();
  const SourceDef& source = schema->sources[0];
  std::vector<std::string> names;
  for (const FieldDef& field : source.fields) names.push_back(field.name);
  CHECK(names == std::vector<std::string>{"shop", "tags", "outcome", "gift", "opened", "paid_at", "took", "took_ms",
                                          "wait", "rough", "amount", "items", "score"});
  const auto field = [&](std::string_view name) {
    return source.fields[static_cast<std::size_t>(source.field_index(name))];
  };
  CHECK(field("shop").required);
  CHECK(field("shop").attributes == std::vector<std::string>{"shop.name", "store"});
  CHECK(field("tags").type == FieldType::labels);
  CHECK(field("outcome").type == FieldType::result);
  CHECK(field("gift").type == FieldType::boolean);
  CHECK(field("rough").step == 1'000'000);
  CHECK(field("amount").divisor == 100);
  CHECK(field("items").divisor == 1);
  CHECK(field("score").divisor == 1'000'000);
  REQUIRE(field("took_ms").derived);
  CHECK(field("took_ms").derived->end == source.field_index("paid_at"));
  CHECK(field("took_ms").derived->start == source.field_index("opened"));
  CHECK(field("took_ms").step == 1'000);
}

TEST_CASE("the time that puts a span into its bucket is always required, other fields only when they say so") {
  const SchemaPtr schema = example();
  for (const FieldDef& field : schema->sources[0].fields) {
    CAPTURE(field.name);
    CHECK(field.required == (field.name == "shop" || field.name == "paid_at"));
  }
}

TEST_CASE("a source's times have defaults, and identities are remembered longer than spans") {
  const auto source = [](std::string_view more) {
    return parse_schema(
               {{"t", "[source.s]\ntime = 't'\n" + std::string(more) + "\n[source.s.fields]\nt = 'instant'\n"}})
        ->sources[0];
  };
  CHECK(source("").retention == days(30));
  CHECK(source("").identity_retention == days(35));
  CHECK(source("").allowed_lateness == minutes(10));
  CHECK(source("retention = '1d'").identity_retention == days(35));
  CHECK(source("retention = '60d'").identity_retention == days(65));
}

TEST_CASE("a rollup is read with all that it can say") {
  const SchemaPtr schema = example();
  const SourceDef& source = schema->sources[0];
  REQUIRE(schema->rollup_index("sales") == 0);
  const RollupDef& rollup = schema->rollups[0];
  CHECK(rollup.source == 0);
  CHECK(rollup.every == minutes(15));
  CHECK(rollup.by == std::vector<int>{source.field_index("shop"), source.field_index("tags"),
                                      source.field_index("outcome"), source.field_index("gift")});
  CHECK(rollup.inline_fold);
  CHECK(rollup.distribution_retention == days(90));
  CHECK(rollup.bucket_retention == days(365));
  CHECK(rollup.needs_recompute());
  CHECK(schema->rollups_of(0) == std::vector<int>{0});
}

TEST_CASE("guards are read with their dimension") {
  const SchemaPtr schema = example();
  REQUIRE(schema->rollups[0].guards.size() == 2);
  const GuardDef& tags = schema->rollups[0].guards[0];
  CHECK(tags.dimension == 1);
  CHECK(tags.allow == std::vector<std::string>{"a*", "b?"});
  CHECK(tags.normalise);
  CHECK(tags.per == 0);
  CHECK(tags.limit == 10);
  const GuardDef& shop = schema->rollups[0].guards[1];
  CHECK(shop.dimension == 0);
  CHECK(shop.allow.empty());
  CHECK_FALSE(shop.normalise);
  CHECK(shop.per == -1);
  CHECK(shop.limit == 1000);
}

TEST_CASE("columns with the same state share a slot") {
  const SchemaPtr schema = example();
  const RollupDef& rollup = schema->rollups[0];
  CHECK(column(rollup, "p95_us").slot == column(rollup, "p50_ms").slot);
  CHECK(column(rollup, "p95_us").slot == column(rollup, "p50").slot);
  CHECK(column(rollup, "p95_us").slot != column(rollup, "p90_small").slot);
  CHECK(column(rollup, "total").slot == column(rollup, "total_too").slot);
  CHECK(column(rollup, "total").slot != column(rollup, "mean").slot);
  CHECK(rollup.slots.size() == 11);
  for (const ColumnDef& c : rollup.columns) CHECK(rollup.slots[static_cast<std::size_t>(c.slot)].kind == c.kind);
}

TEST_CASE("a percentile slot lists its percentiles once, ascending, and its text does not name them") {
  const SchemaPtr schema = example();
  const RollupDef& rollup = schema->rollups[0];
  const SlotDef& slot = rollup.slots[static_cast<std::size_t>(column(rollup, "p50").slot)];
  CHECK(slot.percentiles == std::vector<double>{0.5, 0.95});
  CHECK(slot.text == "percentile_cont(took)");
  CHECK(column(rollup, "p50_ms").percentile == 0.5);
  CHECK(rollup.slots[static_cast<std::size_t>(column(rollup, "p90_small").slot)].text ==
        "percentile_cont(took) where gift = true");
}

TEST_CASE("the writer of an inline rollup owns all but percentiles and distinct counts") {
  const SchemaPtr schema = example();
  for (const SlotDef& slot : schema->rollups[0].slots) {
    CAPTURE(slot.text);
    const bool later = slot.kind == AggregateKind::percentile_cont || slot.kind == AggregateKind::count_distinct;
    CHECK(slot.owned_by_writer == !later);
  }
}

TEST_CASE("the recompute pass owns everything of a rollup that is not inline") {
  const SchemaPtr schema =
      parse_schema({{"a", std::string(kSource)},
                    {"b", "[rollup.r]\nsource='purchase'\nby=['shop']\n[rollup.r.columns]\nn = 'count()'\n"}});
  CHECK_FALSE(schema->rollups[0].inline_fold);
  CHECK_FALSE(schema->rollups[0].slots[0].owned_by_writer);
  CHECK(schema->rollups[0].needs_recompute());
  CHECK_FALSE(schema->rollups[0].every);
}

TEST_CASE("a column's unit follows from its field and name") {
  const SchemaPtr schema = example();
  const RollupDef& rollup = schema->rollups[0];
  const auto has = [&](std::string_view name, ColumnUnit unit, std::int64_t divisor) {
    CAPTURE(name);
    CHECK(column(rollup, name).unit == unit);
    CHECK(column(rollup, name).divisor == divisor);
  };
  has("p95_us", ColumnUnit::micros, 1);
  has("most_us", ColumnUnit::micros, 1);
  has("p50_ms", ColumnUnit::millis, 1'000);
  has("p50", ColumnUnit::scaled, 1'000'000);
  has("total", ColumnUnit::scaled, 100);
  has("mean", ColumnUnit::scaled, 100);
  has("opened_at", ColumnUnit::instant, 1);
  has("orders", ColumnUnit::none, 1);
  has("shops", ColumnUnit::none, 1);
  has("paid", ColumnUnit::none, 1);
  has("how", ColumnUnit::none, 1);
  has("linked", ColumnUnit::none, 1);
  CHECK(column(rollup, "how").type == FieldType::result);
}

TEST_CASE("definitions written as normalised TOML read back as equal ones") {
  const SchemaPtr schema = example();
  const std::string text = format_schema(*schema);
  const SchemaPtr again = parse_schema({{"again", text}});
  CHECK(*again == *schema);
  CHECK(format_schema(*again) == text);
}

TEST_CASE("definitions with random mistakes are refused as input, or read and read back as equal ones") {
  const std::string whole = std::string(kSource) + std::string(kRollup);
  CHECK(rc::check([&] {
    std::string text = whole;
    const int mistakes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < mistakes; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
      const auto size = *rc::gen::inRange<std::size_t>(0, 12);
      text.replace(at, size,
                   *rc::gen::element<std::string>("", "'", "\"", "(", ")", "[", "]", "{", "}", "\n", " = ", "\xff",
                                                  "not ", "1", "rollup", "shop", ", ", ".", "\\"));
    }
    try {
      const SchemaPtr schema = parse_schema({{"t.toml", text}});
      RC_TAG("valid");
      RC_ASSERT(*parse_schema({{"again", format_schema(*schema)}}) == *schema);
    } catch (const InputError& error) {
      RC_TAG("refused");
      RC_ASSERT(std::string_view(error.what()).starts_with("t.toml:"));
    }
  }));
}

TEST_CASE("quotes, backslashes and control characters survive normalisation") {
  const SchemaPtr schema = parse_schema({{"t", R"toml(
[source.s]
time = "t"
[source.s.fields]
name = { type = "text", attributes = ["a \"b\" \\ c\td\u007f\u0001é"] }
t = "instant"
[source.s.otlp]
match = { "k\"\\\n" = "v'\"" }
[rollup.r]
source = "s"
by = ["name"]
[rollup.r.columns]
n = "count() where name = 'it''s \"x\" \\ \t'"
[rollup.r.name]
allow = ["*\\*\"'"]
)toml"}});
  CHECK(*parse_schema({{"again", format_schema(*schema)}}) == *schema);
}

TEST_CASE("equal definitions have equal texts, however they were written") {
  const auto text = [](std::string_view column) {
    return format_schema(*parse_schema({{"t",
                                         "rollup.r.source = 's'\nrollup.r.by = ['n']\n[source.s]\ntime='t'\n"
                                         "fields = { n = 'text', t = { type = \"instant\" } }\n"
                                         "[rollup.r.columns]\nc = \"" +
                                             std::string(column) + "\"\n"}}));
  };
  CHECK(text("count() where n in ('a','b')") == text("COUNT( )  WHERE (n in ('b', 'a', 'b'))"));
  CHECK(text("count() where n != 'a'") == text("count() where not n = 'a'"));
}

TEST_CASE("a rollup may use a source of a file that comes later") {
  const SchemaPtr schema = parse_schema({{"b.toml", std::string(kRollup)}, {"a.toml", std::string(kSource)}});
  CHECK(schema->rollups[0].source == 0);
}

TEST_CASE("no files make an empty schema") {
  CHECK(parse_schema({})->sources.empty());
  CHECK(format_schema(*parse_schema({})).empty());
}

TEST_CASE("widths are whole minutes that divide a day, or whole days") {
  const auto width = [](const char* every) {
    return parse_schema({{"a", std::string(kSource)},
                         {"b", "[rollup.r]\nsource='purchase'\nby=['shop']\nevery='" + std::string(every) +
                                   "'\n[rollup.r.columns]\nn = 'count()'\n"}})
        ->rollups[0]
        .every;
  };
  CHECK(width("1m") == minutes(1));
  CHECK(width("60s") == minutes(1));
  CHECK(width("90m") == minutes(90));
  CHECK(width("6h") == hours(6));
  CHECK(width("1d") == days(1));
  CHECK(width("7d") == days(7));
}
