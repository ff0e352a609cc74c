#include "sink/table_layout.hpp"

#include <catch2/catch.hpp>
#include <set>

#include <tidemark/errors.hpp>

#include "model/schema_names.hpp"
#include "model/schema_toml.hpp"
#include "model/shipped_schema.hpp"
#include "sink/json_list.hpp"
#include "sink/samples.hpp"
#include "sink/sql.hpp"

using namespace tidemark;

namespace {

std::string names(const TableLayout& layout) {
  std::string list;
  for (const SinkColumn& column : layout.columns) list += (list.empty() ? "" : " ") + column.name;
  return list;
}

}  // namespace

TEST_CASE("a rollup's table: key, results as declared, counters, state") {
  const auto schema = samples::sample_schema();
  const TableLayout layout = table_layout(*schema, samples::kKinds, Dialect::postgres);
  CHECK(names(layout) ==
        "owner result labels manual bucket_key bucket_start agent_id epoch "
        "runs noted_runs sum_duration_seconds sum_duration_us sum_size min_duration_us max_duration_seconds "
        "max_duration_ms min_size last_ended_at avg_size first_note last_labels last_manual first_ended_at last_size "
        "distinct_notes median_duration_seconds p95_duration_seconds p95_duration_ms p99_size median_failed_seconds "
        "size_by_duration "
        "update_counter computed_counter schema_version synced_at finished "
        "sum_duration_seconds_units sum_size_units min_duration_us_units max_duration_seconds_units min_size_units "
        "last_ended_at_units avg_size_sum avg_size_count first_note_at first_note_id last_labels_at last_labels_id "
        "last_manual_at last_manual_id first_ended_at_at first_ended_at_id last_size_at last_size_id last_size_units "
        "distinct_notes_digests duration_us_values duration_us_counts size_values size_counts "
        "median_failed_seconds_us_values median_failed_seconds_us_counts "
        "size_by_duration_n size_by_duration_sx size_by_duration_sy size_by_duration_sxx size_by_duration_syy "
        "size_by_duration_sxy");
  CHECK(column_list(layout, layout.key) == R"("owner", "bucket_key", "bucket_start", "agent_id", "epoch")");
  CHECK(names(table_layout(*schema, samples::kKinds, Dialect::sqlite)) == names(layout));
}

TEST_CASE("a rollup without hours has no bucket_start") {
  const TableLayout layout = table_layout(*samples::sample_schema(), samples::kTotals, Dialect::postgres);
  CHECK(column_list(layout, layout.key) == R"("owner", "bucket_key", "agent_id", "epoch")");
  CHECK(create_table_sql(layout, "t") == R"(CREATE TABLE IF NOT EXISTS t (
  "runs" bigint,
  "update_counter" bigint NOT NULL,
  "computed_counter" bigint NOT NULL,
  "synced_at" timestamp with time zone NOT NULL,
  "sum_size_units" bigint,
  "last_result_at" timestamp with time zone,
  "epoch" integer NOT NULL,
  "schema_version" integer NOT NULL,
  "agent_id" uuid NOT NULL,
  "finished" boolean NOT NULL,
  "owner" text COLLATE "C" NOT NULL,
  "bucket_key" bytea NOT NULL,
  "sum_size" numeric,
  "last_result" text COLLATE "C",
  "last_result_id" bytea,
  PRIMARY KEY ("owner", "bucket_key", "agent_id", "epoch")
))");
}

TEST_CASE("the names that a schema is checked for are those of its tables") {
  const auto schema = parse_schema({{"ci.toml", std::string(kShippedCiToml)}});
  for (std::size_t i = 0; i < schema->rollups.size(); ++i) {
    const RollupDef& rollup = schema->rollups[i];
    std::set<std::string> checked(fixed_column_names().begin(), fixed_column_names().end());
    for (const TableColumn& column : table_columns(schema->sources[static_cast<std::size_t>(rollup.source)], rollup))
      checked.insert(column.name);
    for (const SinkColumn& column : table_layout(*schema, static_cast<int>(i), Dialect::postgres).columns)
      CHECK(checked.contains(column.name));
  }
}

TEST_CASE("names that a table cannot have are refused") {
  Schema schema = *samples::sample_schema();
  SECTION("twice the same") { schema.rollups[0].columns[0].name = "Epoch"; }
  SECTION("a column named as another's state") { schema.rollups[0].columns[0].name = "avg_size_sum"; }
  SECTION("too long with its ending") { schema.rollups[0].columns[4].name = std::string(60, 'x'); }
  CHECK_THROWS_AS(table_layout(schema, 0, Dialect::postgres), InputError);
}

TEST_CASE("JSON lists are read as they were written") {
  const std::vector<std::string> texts = {"", "a\"b", "back\\slash", "\n\t\x01", "\xe6\x97\xa5", "a,b]"};
  std::string json;
  put_json_list(json, texts);
  CHECK(json == "[\"\",\"a\\\"b\",\"back\\\\slash\",\"\\u000a\\u0009\\u0001\",\"\xe6\x97\xa5\",\"a,b]\"]");
  CHECK(parse_json_texts(json) == texts);
  CHECK(parse_json_texts(" [ \"\\u00e4\\ud83d\\ude80\\/\" , \"x\" ] ") ==
        std::vector<std::string>{"\xc3\xa4\xf0\x9f\x9a\x80/", "x"});
  CHECK(parse_json_integers("[]").empty());
  CHECK(parse_json_integers("[-9223372036854775807,0,12]") == std::vector<std::int64_t>{-9223372036854775807, 0, 12});
  for (const char* bad :
       {"", "[", "[1", "[1,]", "[1]x", "{}", "[\"a]", "[\"\\ud800\"]", "[\"\\x\"]", "[99999999999999999999]"}) {
    INFO(bad);
    if (bad[0] != '\0' && bad[1] == '"')
      CHECK_THROWS_AS(parse_json_texts(bad), InputError);
    else
      CHECK_THROWS_AS(parse_json_integers(bad), InputError);
  }
}
