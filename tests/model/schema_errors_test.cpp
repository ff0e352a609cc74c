#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "model/schema_toml.hpp"

using namespace tidemark;

namespace {

/// Line 1 is the first line of the text.
std::string error_of(const std::vector<SchemaText>& files) {
  try {
    parse_schema(files);
  } catch (const InputError& error) {
    return error.what();
  }
  FAIL("no error");
  return {};
}

std::string error_of(std::string_view text) { return error_of({{"t.toml", std::string(text)}}); }

/// A source whose fields start at line 4; `more` goes behind them.
std::string with_source(std::string_view more) {
  return "[source.run]\n"
         "time = 'ended_at'\n"
         "[source.run.fields]\n"
         "owner = 'text'\n"
         "tags = 'labels'\n"
         "ok = 'boolean'\n"
         "started_at = 'instant'\n"
         "ended_at = 'instant'\n"
         "took = 'ended_at - started_at'\n" +
         std::string(more);
}

/// The same with a rollup whose header is line 10; `keys` start at line 13, `columns` one line behind their header.
std::string with_rollup(std::string_view keys, std::string_view columns = "n = 'count()'\n") {
  return with_source("[rollup.r]\nsource = 'run'\nby = ['owner', 'tags', 'ok']\n" + std::string(keys) +
                     "[rollup.r.columns]\n" + std::string(columns));
}

/// Fields of a source with nothing else.
std::string with_fields(std::string_view fields) {
  return "[source.s]\ntime = 't'\n[source.s.fields]\nt = 'instant'\n" + std::string(fields);
}

void same(const std::string& error, std::string_view expected) { CHECK(error == expected); }

void has(const std::string& error, std::string_view part) {
  CAPTURE(error, part);
  CHECK(error.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("errors name file, line, section, key, what was expected and what was found") {
  same(error_of(with_rollup("", "total = 'count()'\np95 = 'percentile_cont(0.95, owner)'\n")),
       "t.toml:15: [rollup.r.columns] p95: column 23 of the expression: expected a duration or number, found the text "
       "field "
       "'owner'");
  same(error_of(with_rollup("every = 5\n")),
       "t.toml:13: [rollup.r] every: expected a duration such as \"90s\", \"10m\", \"24h\" or \"30d\", found 5");
}

TEST_CASE("what is not TOML is refused with its line") {
  has(error_of("[source.run]\ntime = \n"), "t.toml:2: expected TOML: ");
  has(error_of("a = 1\na = 2\n"), "t.toml:2: expected TOML: ");
  has(error_of("\xff"), "t.toml:1: expected TOML: ");
  has(error_of("\n\n[[[a]]]\n\n"), "t.toml:3: expected TOML: ");
  has(error_of("a = 1\n[=]"), "t.toml:2: expected TOML: ");
}

TEST_CASE("a file over one megabyte is refused") {
  has(error_of(std::string(SchemaLimits::kFileBytes + 1, '\n')),
      "t.toml: expected definitions of at most 1048576 bytes");
}

TEST_CASE("deeply nested definitions are refused, however they nest") {
  std::string dotted = "\na";
  for (int i = 0; i < 200'000; ++i) dotted += ".a";
  has(error_of(dotted + " = 1"), "t.toml:2: expected at most 32 dots outside quotes in a line");
  has(error_of("[" + dotted.substr(1) + "]"), "t.toml:1: expected at most 32 dots");
  has(error_of("a = " + std::string(100'000, '[')), "t.toml:1: expected TOML: ");
  std::string tables = "a = ";
  for (int i = 0; i < 100'000; ++i) tables += "{a=";
  has(error_of(tables), "t.toml:1: expected TOML: ");
}

TEST_CASE("dots within quotes are no nesting") {
  std::string list = "'0'";
  for (int i = 1; i < 100; ++i) list += ", '" + std::to_string(i) + ".5'";
  CHECK_NOTHROW(parse_schema({{"t", with_rollup("", "n = \"count() where owner in (" + list + ")\"\n")}}));
}

TEST_CASE("unknown keys are refused, and the nearest known one is suggested") {
  same(error_of("[source.run]\ntimes = 'x'\ntime = 'ended_at'\n[source.run.fields]\nended_at = 'instant'\n"),
       "t.toml:2: [source.run] times: expected 'accept', 'allowed_lateness', 'fields', 'identity_retention', "
       "'one_way_per_run', 'otlp', 'retention' or 'time', found an unknown key (did you mean 'time'?)");
  has(error_of(with_rollup("evry = '1h'\n")), "t.toml:13: [rollup.r] evry: ");
  has(error_of(with_rollup("evry = '1h'\n")), "did you mean 'every'?");
  has(error_of("[sources.run]\n"),
      "t.toml:1: [sources] expected [source.NAME], [rollup.NAME], [table.NAME], [view.NAME] or [recent.NAME], found 'sources' (did you "
      "mean 'source'?)");
  has(error_of(with_fields("x = { type = 'text', requird = true }")), "[source.s.fields.x] requird: ");
  has(error_of(with_rollup("", "n = 'count()'\n[rollup.r.tags]\nmax_set = { limit = 3 }\n")),
      "did you mean 'max_sets'?");
}

TEST_CASE("ways that there are not, and an empty list of them, are refused") {
  const auto with_accept = [](const std::string& value) {
    return "[source.run]\ntime = 'ended_at'\naccept = " + value + "\n[source.run.fields]\nended_at = 'instant'\n";
  };
  has(error_of(with_accept("['otlp', 'githb']")),
      "t.toml:3: [source.run] accept: expected a list of ways ('ndjson', 'otlp', 'junit', 'github', 'buildkite' or "
      "'gitlab'), found 'githb' (did you mean 'github'?)");
  has(error_of(with_accept("[]")), "[source.run] accept: expected a list of ways");
  has(error_of(with_accept("'otlp'")), "[source.run] accept: expected a list of ways");
}

TEST_CASE("the same name twice names both places") {
  const std::string error = error_of({{"a.toml", with_source("")}, {"b.toml", "\n" + with_source("")}});
  same(error, "b.toml:2: [source] run: expected each source once, found it twice: here and at a.toml:1");
  const std::string rollup = "[rollup.r]\nsource='run'\nby=['owner']\n[rollup.r.columns]\nn='count()'\n";
  has(error_of({{"a.toml", with_source(rollup)}, {"b.toml", rollup}}),
      "b.toml:1: [rollup] r: expected each rollup once, found it twice: here and at a.toml:10");
}

TEST_CASE("a declaration that is not a table is refused") {
  has(error_of("source = 5"), "t.toml:1: [source] expected a table, found 5");
  has(error_of("[source]\nrun = 'x'"), "t.toml:2: [source.run] expected a table, found \"x\"");
  has(error_of("[[source.run]]\n"), "[source.run] expected a table, found a list");
}

TEST_CASE("names are lower-case identifiers of at most 63 bytes") {
  const auto field = [](const std::string& name) { return error_of(with_fields(name + " = 'text'")); };
  has(field("Owner"),
      "t.toml:5: [source.s.fields] Owner: expected a name of lower-case letters, digits and underscores");
  has(field("1st"), "does not start with a digit");
  has(field("\"a-b\""), "expected a name of lower-case");
  has(field("\"\""), "expected a name, found nothing");
  has(field(std::string(64, 'a')), "at most 63 bytes");
  CHECK_NOTHROW(parse_schema({{"t", with_fields(std::string(63, 'a') + " = 'text'\n_x9 = 'text'")}}));
  has(error_of("[source.Run]\n"), "[source] Run: expected a name");
  has(error_of("[rollup.pg_stats]\n"), "does not start with 'pg_'");
  has(error_of("[rollup.tidemark_x]\n"), "reserved");
}

TEST_CASE("fields can't have names that every span has, or that are words of the language") {
  has(error_of(with_fields("id = 'text'")), "which span it is");
  has(error_of(with_fields("source = 'text'")), "which source it is of");
  for (const char* word : {"where", "in", "and", "or", "not", "true", "false", "null", "is"})
    has(error_of(with_fields(std::string(word) + " = 'text'")), "a word of column expressions");
}

TEST_CASE("unknown types are refused with those that there are") {
  for (const char* type : {"txt",
                           "",
                           "duration(",
                           "duration()",
                           "duration(0s)",
                           "duration(2h)",
                           "duration(1 ms)x",
                           "number(2)",
                           "number(0.1",
                           "number(0.02)",
                           "number(0.11)",
                           "number(0.0000000001)",
                           "number(10)",
                           "number(0.)",
                           "number(-0.1)",
                           "text(1)",
                           "t -",
                           "- t",
                           "t - t (1ms",
                           "t - t - t",
                           "Text"}) {
    CAPTURE(type);
    has(error_of(with_fields("x = '" + std::string(type) + "'")),
        "t.toml:5: [source.s.fields] x: expected a type (\"text\"");
  }
  has(error_of(with_fields("x = 5")), "or a table with \"type\", found 5");
  has(error_of(with_fields("x = { required = true }")), "[source.s.fields.x] type: expected a type");
}

TEST_CASE("a difference is of two different instants of the source") {
  has(error_of(with_fields("x = 't - u'")), "expected an instant field of this source ('t'), found 'u'");
  has(error_of(with_fields("u = 'text'\nx = 't - u'")), "t.toml:6: [source.s.fields] x: expected an instant field");
  has(error_of(with_fields("u = 'text'\nx = 't - u'")), "found the text field 'u'");
  has(error_of(with_fields("x = 't - t'")), "expected a difference of two different instants");
  has(error_of(with_fields("u='instant'\nx = { type = 't - u', attributes = ['a'] }")),
      "expected none for a difference");
}

TEST_CASE("a source needs an instant that dates its spans, and fields") {
  has(error_of("[source.s]\ntime = 't'\n"),
      "t.toml:1: [source.s] fields: expected the table of the source's fields, found "
      "nothing");
  has(error_of("[source.s]\n[source.s.fields]\nt = 'instant'\n"),
      "[source.s] time: expected the name of the instant field");
  has(error_of("[source.s]\ntime='x'\n[source.s.fields]\nt = 'instant'\n"),
      "t.toml:2: [source.s] time: expected an instant");
  has(error_of("[source.s]\ntime='x'\n[source.s.fields]\nx = 'text'\n"), "of which this source has none");
  has(error_of("[source.s]\ntime='x'\n[source.s.fields]\n"), "expected at least one field");
}

TEST_CASE("times of a source are durations, and identities outlive spans") {
  const auto source = [](std::string_view key) {
    return error_of("[source.s]\ntime = 't'\n" + std::string(key) + "\n[source.s.fields]\nt = 'instant'\n");
  };
  has(source("retention = '30'"), "t.toml:3: [source.s] retention: expected a duration");
  has(source("retention = '40000d'"), "at most 36500d");
  has(source("allowed_lateness = true"), "found true");
  has(source("retention = '10d'\nidentity_retention = '9d'"),
      "t.toml:4: [source.s] identity_retention: expected at least the retention of the spans, 10d, found \"9d\"");
}

TEST_CASE("OTLP matches are checked") {
  const auto otlp = [](std::string_view text) {
    return error_of(with_fields("[source.s.otlp]\n" + std::string(text)));
  };
  has(otlp(""), "[source.s.otlp] expected match");
  has(otlp("match = { event.name = 'x' }"), "a name with dots needs quotes");
  has(otlp("match = { a = 5 }"), "expected the attribute's value as a text");
  has(otlp("span_name = 5"), "span_name: expected a glob");
}

TEST_CASE("a rollup's source must be declared") {
  same(error_of(with_source("[rollup.r]\nsource = 'rum'\n")),
       "t.toml:11: [rollup.r] source: expected a declared source ('run'), found 'rum' (did you mean 'run'?)");
  has(error_of("[rollup.r]\nby = ['x']"), "[rollup.r] source: expected the name of a source, found nothing");
}

TEST_CASE("a rollup's width must divide a day, or be whole days") {
  for (const char* every : {"30s", "7m", "5h", "25h", "36h", "90s", "367d", "1us"}) {
    CAPTURE(every);
    has(error_of(with_rollup("every = '" + std::string(every) + "'\n")),
        "t.toml:13: [rollup.r] every: expected whole minutes");
  }
}

TEST_CASE("a rollup's dimensions are texts, label sets, results and booleans, a text first") {
  const auto by = [](std::string_view list) {
    return error_of(
        with_source("[rollup.r]\nsource = 'run'\nby = " + std::string(list) + "\n[rollup.r.columns]\nn='count()'"));
  };
  has(by("[]"), "t.toml:12: [rollup.r] by: expected a list of at least one field");
  has(by("'owner'"), "found \"owner\"");
  has(by("['ownr']"), "did you mean 'owner'?");
  has(by("['owner', 'took']"), "found the duration field 'took'");
  has(by("['owner', 'ended_at']"), "found the instant field 'ended_at'");
  has(by("['tags', 'owner']"), "expected a text field first");
  has(by("['owner', 'owner']"), "found 'owner' twice");
  has(by("['owner', 5]"), "found 5 in the list");
  std::string many = "['owner'";
  for (int i = 0; i < 16; ++i) many += ", 'owner'";
  has(by(many + "]"), "expected at most 16 texts");
}

TEST_CASE("a rollup needs columns") {
  has(error_of(with_source("[rollup.r]\nsource = 'run'\nby = ['owner']\n")),
      "[rollup.r] columns: expected the table of");
  has(error_of(with_rollup("", "")), "[rollup.r.columns] expected at least one column");
  has(error_of(with_rollup("", "n = 5\n")), "n: expected an expression such as \"count()\", found 5");
}

TEST_CASE("a rollup without a width takes no percentiles and no distinct counts") {
  has(error_of(with_rollup("", "p = 'median(took)'\n")), "found 'percentile_cont': a rollup without 'every'");
  has(error_of(with_rollup("", "d = 'count_distinct(owner)'\n")), "found 'count_distinct': a rollup without 'every'");
}

TEST_CASE("columns can't have the names of other columns of the table at a sink") {
  const auto column = [](std::string_view columns) { return error_of(with_rollup("every = '1h'\n", columns)); };
  same(column("epoch = 'count()'\n"),
       "t.toml:15: [rollup.r.columns] epoch: expected another name: 'epoch', the column 'epoch' at a sink, is a column "
       "that "
       "every rollup has");
  for (const char* fixed : {"bucket_key", "bucket_start", "agent_id", "update_counter", "computed_counter", "finished",
                            "synced_at", "schema_version"})
    has(column(std::string(fixed) + " = 'count()'\n"), "is a column that every rollup has");
  has(column("owner = 'count()'\n"), "is the name of the dimension 'owner' too");
  has(column("took_us_values = 'count()'\np = 'median(took)'\n"), "is the name of the column 'took_us_values' too");
  has(column("p = 'median(took)'\ntook_us_counts = 'count()'\n"), "is the name of the state of column 'p' too");
  has(column("p = \"median(took) where owner = 'a'\"\np_us_values = 'count()'\n"),
      "is the name of the state of column 'p'");
  has(column("a = 'avg(took)'\na_sum = 'count()'\n"), "is the name of the state of column 'a' too");
  has(column("x = 'last(owner)'\nx_at = 'max(ended_at)'\n"), "is the name of the state of column 'x' too");
  has(column(std::string(60, 'a') + " = 'avg(took)'\n"), "longer than the 63 bytes that a name can have there");
}

TEST_CASE("a dimension can't have the name of a column that every rollup has") {
  has(error_of(
          "[source.s]\ntime='t'\n[source.s.fields]\nt='instant'\nepoch='text'\n[rollup.r]\nsource='s'\nby=['epoch']\n"
          "[rollup.r.columns]\nn='count()'\n"),
      "t.toml:8: [rollup.r] by: expected another name: 'epoch', the dimension 'epoch' at a sink, is a column that "
      "every rollup has");
}

TEST_CASE("guards are for text and label dimensions of the rollup, and their options are checked") {
  const auto guard = [](std::string_view text) {
    return error_of(with_rollup("", "n='count()'\n" + std::string(text)));
  };
  has(guard("[rollup.r.tgs]\nallow = ['*']\n"),
      "expected 'columns', or the guard of a dimension ('owner', 'tags' or 'ok')");
  has(guard("[rollup.r.tgs]\nallow = ['*']\n"), "did you mean 'tags'?");
  has(guard("[rollup.r.ok]\nallow = ['*']\n"), "found that of the boolean 'ok'");
  has(guard("[rollup.r.tags]\nallow = '*'\n"), "t.toml:16: [rollup.r.tags] allow: expected a list of globs");
  has(guard("[rollup.r.tags]\nallow = ['']\n"), "found \"\" in the list");
  has(guard("[rollup.r.tags]\nnormalise = 'yes'\n"), "expected true or false");
  has(guard("[rollup.r.tags]\nmax_sets = 5\n"), "[rollup.r.tags.max_sets] expected a table, found 5");
  has(guard("[rollup.r.tags]\nmax_sets = { limit = 0 }\n"), "expected a whole number from 1 to 1000000, found 0");
  has(guard("[rollup.r.tags]\nmax_sets = { per = 'owner' }\n"), "limit: expected a whole number");
  has(guard("[rollup.r.tags]\nmax_sets = { per = 'tags', limit = 5 }\n"), "expected another dimension of this rollup");
  has(guard("[rollup.r.tags]\nmax_sets = { per = 'took', limit = 5 }\n"), "found 'took'");
}

TEST_CASE("there is a limit on sources, fields, rollups and columns") {
  std::string fields;
  for (std::size_t i = 0; i < SchemaLimits::kFields; ++i) fields += "f" + std::to_string(i) + " = 'text'\n";
  has(error_of(with_fields(fields)), "expected at most 128 fields, found 129");

  std::string sources;
  for (std::size_t i = 0; i <= SchemaLimits::kSources; ++i) {
    const std::string name = "source.s" + std::to_string(i);
    sources += "[" + name + "]\ntime='t'\n[" + name + ".fields]\nt='instant'\n";
  }
  has(error_of(sources), "[source] s64: expected at most 64 of [source.…]");

  std::string columns;
  for (std::size_t i = 0; i <= SchemaLimits::kColumns; ++i) columns += "c" + std::to_string(i) + " = 'count()'\n";
  has(error_of(with_rollup("", columns)), "expected at most 256 columns, found 257");

  std::string rollups;
  for (std::size_t i = 0; i <= SchemaLimits::kRollups; ++i) {
    const std::string name = "rollup.r" + std::to_string(i);
    rollups += "[" + name + "]\nsource='run'\nby=['owner']\n[" + name + ".columns]\nn='count()'\n";
  }
  has(error_of(with_source(rollups)), "expected at most 256 of [rollup.…]");
}

TEST_CASE("a section that is only implied still has a line in errors") {
  has(error_of("\n\n[source.s.fields]\nt = 'instant'\n"), "t.toml:3: [source.s] time: expected");
}

TEST_CASE("a schedule that never fires as it is meant is refused with its line") {
  const auto with_view = [](std::string_view schedule) {
    return with_rollup("",
                       "n = 'count()'\n[view.v]\nfrom = 'r'\n" + std::string(schedule) + "[view.v.columns]\nn = 'n'\n");
  };
  same(error_of(with_view("refresh = '61 * * * *'\n")),
       "t.toml:17: [view.v] refresh: minute: expected 0 to 59, found '61'");
  same(error_of(with_view("refresh = '@daily'\ntime_zone = '../x'\n")),
       "t.toml:18: [view.v] time_zone: expected a time zone such as 'Europe/Amsterdam' or 'UTC', found '../x'");
}
