#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>

#include "cli/program.hpp"

using namespace tidemark::test;
using Catch::Contains;
using Words = std::vector<std::string>;

namespace {

/// Three runs of one job within an hour (1, 2 and 4 seconds long), and one of another job the day before.
constexpr std::string_view kJobs =
    R"({"source":"job","id":"1","owner":"acme","repository":"acme/api","pipeline":"ci","job":"build","result":"success","runner":"r-1","labels":["x64","linux"],"queued_at":"2026-01-02T10:00:00Z","started_at":"2026-01-02T10:00:01Z","ended_at":"2026-01-02T10:00:02Z"}
{"source":"job","id":"2","owner":"acme","repository":"acme/api","pipeline":"ci","job":"build","result":"failure","runner":"r-1","labels":["linux","x64","x64"],"queued_at":"2026-01-02T10:00:00Z","started_at":"2026-01-02T10:00:01Z","ended_at":"2026-01-02T10:00:03Z"}
{"source":"job","id":"3","owner":"acme","repository":"acme/api","pipeline":"ci","job":"build","result":"success","runner":"r-1","labels":["linux","x64"],"queued_at":"2026-01-02T10:00:00Z","started_at":"2026-01-02T10:00:01Z","ended_at":"2026-01-02T10:00:05Z"}
{"source":"job","id":"4","owner":"acme","repository":"acme/api","pipeline":"ci","job":"lint","result":"success","runner":"r-2","labels":[],"queued_at":"2026-01-01T10:00:00Z","started_at":"2026-01-01T10:00:01Z","ended_at":"2026-01-01T10:00:31.5Z"}
)";
constexpr const char* kNow = "2026-01-03T00:00:00Z";

/// A store, and commands on it at a fixed time.
struct Store {
  Scratch scratch;
  std::string path = scratch.path("store");

  Ran run(Words words, const RunOptions& options = {}, const std::string& now = kNow) const {
    words.insert(words.end(), {"--store", path, "--now", now});
    return run_program(words, options);
  }
  Ran ingest(std::string_view bytes, Words more = {}) const {
    Words words = {"ingest", scratch.file("input", bytes)};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
};

/// A store with kJobs in it, computed.
struct ComputedStore : Store {
  ComputedStore() {
    REQUIRE(ingest(kJobs).code == 0);
    REQUIRE(run({"recompute"}).code == 0);
  }
};

void check_ran(const Ran& ran, int code) {
  INFO("stdout: " << ran.out << "\nstderr: " << ran.err);
  CHECK(ran.code == code);
}

}  // namespace

TEST_CASE("what was used last in a group is printed, from a store and from a sink", "[store]") {
  const Store store;
  const std::string schema = store.scratch.file("schema.toml", R"([source.run]
time = "ended_at"
[source.run.fields]
workspace = "text"
item = "text"
ended_at = "instant"
[recent.last_items]
source = "run"
per = ["workspace"]
item = ["item"]
)");
  check_ran(store.ingest(R"({"source":"run","id":1,"workspace":"w x","item":"a","ended_at":"2026-01-02T10:00:01Z"}
{"source":"run","id":2,"workspace":"w x","item":"b","ended_at":"2026-01-02T10:00:00Z"}
{"source":"run","id":3,"workspace":"v","item":"a","ended_at":"2026-01-02T10:00:02Z"}
)",
                         {"--schema", schema}),
            0);
  const Words recents = {"recents", "last_items", "w x", "--format", "csv"};
  const std::string both = "workspace,item,used_at\r\nw x,a,2026-01-02T10:00:01Z\r\nw x,b,2026-01-02T10:00:00Z\r\n";
  CHECK(store.run(recents).out == both);
  CHECK(store.run({"recents", "last_items", "w x", "--format", "csv", "--limit", "1"}).out ==
        "workspace,item,used_at\r\nw x,a,2026-01-02T10:00:01Z\r\n");
  const std::string sink = "sqlite:" + store.scratch.path("sink.db");
  check_ran(store.run({"sync", "--sink", sink}), 0);
  CHECK(run_program(
            {"recents", "last_items", "w x", "--format", "csv", "--sink", sink, "--schema", schema, "--now", kNow})
            .out == both);
  const Ran without = store.run({"recents", "last_items"});
  CHECK(without.code == 2);
  CHECK_THAT(without.err, Contains("expected a value for each of workspace"));
}

TEST_CASE("spans in, percentiles out, synced to SQLite and read back", "[store]") {
  const Store store;
  const Ran ingested = store.ingest(kJobs);
  check_ran(ingested, 0);
  CHECK(ingested.out == "accepted 4  duplicates 0  rejected 0\n");
  CHECK(store.ingest(kJobs).out == "accepted 0  duplicates 4  rejected 0\n");
  check_ran(store.run({"recompute", "--threads", "2"}), 0);

  const Words query = {"query",     "ci_job_metrics",
                       "--columns", "total_runs,failed_runs,median_duration_seconds,p95_duration_seconds",
                       "--by",      "job",
                       "--format",  "csv"};
  const Ran from_store = store.run(query);
  check_ran(from_store, 0);
  CHECK_THAT(from_store.out, Contains("2026-01-02T10:00:00Z,build,3,1,2,3.8"));
  CHECK_THAT(from_store.out, Contains("2026-01-01T10:00:00Z,lint,1,0,30.5,30.5"));

  const std::string sink = "sqlite:" + store.scratch.path("ci.db");
  const Ran synced = store.run({"sync", "--sink", sink, "--format", "json"});
  check_ran(synced, 0);
  CHECK_THAT(synced.out, Contains("\"waiting\": 0"));
  Words from_sink = query;
  from_sink.insert(from_sink.end(), {"--sink", sink});
  const Ran read_back = run_program(from_sink);
  check_ran(read_back, 0);
  CHECK(read_back.out == from_store.out);
}

TEST_CASE("windows and dimensions are merged exactly", "[store]") {
  const ComputedStore store;
  const Ran merged = store.run({"query", "ci_job_metrics", "--every", "all", "--by", "owner", "--columns",
                                "total_runs,median_duration_seconds", "--format", "csv"});
  check_ran(merged, 0);
  CHECK_THAT(merged.out, Contains("acme,4,3"));  // of 1, 2, 4 and 30.5 seconds
  const Ran one_day = store.run({"query", "ci_job_metrics", "--from", "2026-01-02", "--where", "job=build", "--every",
                                 "1d", "--by", "", "--columns", "total_runs", "--format", "csv"});
  check_ran(one_day, 0);
  CHECK_THAT(one_day.out, Contains("2026-01-02T00:00:00Z,3"));
}

TEST_CASE("labels in any order and with repeats are one set", "[store]") {
  const ComputedStore store;
  const Ran ran = store.run({"query", "runner_metrics", "--columns", "total_runs", "--where", "labels=x64,linux",
                             "--by", "runner,labels", "--format", "csv"});
  check_ran(ran, 0);
  CHECK_THAT(ran.out, Contains("r-1,\"[\"\"linux\"\",\"\"x64\"\"]\",3"));
}

TEST_CASE("--now decides what is finished", "[store]") {
  const ComputedStore store;
  const std::string sink = "sqlite:" + store.scratch.path("ci.db");
  const Ran early = store.run({"sync", "--sink", sink, "--format", "json"}, {}, "2026-01-02T11:05:00Z");
  check_ran(early, 0);
  CHECK_THAT(early.out, !Contains("\"waiting\": 0"));
  const Ran later = store.run({"sync", "--sink", sink, "--format", "json"}, {}, "2026-01-02T11:10:01Z");
  check_ran(later, 0);
  CHECK_THAT(later.out, Contains("\"waiting\": 0"));
}

TEST_CASE("a half-written line is reported with where, and spoils no other", "[store]") {
  const Store store;
  const Ran ran = store.ingest(kJobs.substr(0, kJobs.size() - 100));
  check_ran(ran, 0);
  CHECK(ran.out == "accepted 3  duplicates 0  rejected 1 (malformed 1)\n");
  CHECK_THAT(ran.err, Contains("input:4: malformed: "));
}

TEST_CASE("the report of ingest as JSON", "[store]") {
  const Store store;
  const Ran ran = store.ingest("{\"source\":\"job\"\n", {"--output", "json"});
  check_ran(ran, 2);  // nothing in it could be decoded
  for (const char* key : {"\"accepted\": 0", "\"rejected\": {\n    \"total\": 1,\n    \"malformed\": 1",
                          "\"where\": ", "\"failed_files\": [\n", "\"interrupted\": false"}) {
    CHECK_THAT(ran.out, Contains(key));
  }
}

TEST_CASE("a file that is not there fails, after the others were ingested", "[store]") {
  const Store store;
  const Ran ran = store.run({"ingest", store.scratch.path("absent"), store.scratch.file("jobs", kJobs)});
  check_ran(ran, 2);
  CHECK_THAT(ran.out, Contains("accepted 4"));
  CHECK_THAT(ran.err, Contains("absent: ") && Contains("No such file or directory"));
}

TEST_CASE("stdin is read as a file named -", "[store]") {
  const Store store;
  RunOptions options;
  options.input = kJobs;
  check_ran(store.run({"ingest", "-"}, options), 0);
  CHECK_THAT(store.run({"status"}).out, Contains("4 raw spans"));
}

TEST_CASE("an interrupt ends ingestion at the end of a line and keeps what was accepted", "[store]") {
  const Store store;
  Background ingest({"ingest", "--format", "ndjson", "-", "--store", store.path, "--now", kNow});
  ingest.write(kJobs);
  REQUIRE(ingest.wait_until_read());
  ingest.send(SIGINT);
  const Ran ran = ingest.finish();
  check_ran(ran, 130);
  CHECK_THAT(ran.out, Contains("accepted 4"));
  CHECK_THAT(ran.err, Contains("interrupted"));
  CHECK_THAT(store.run({"status"}).out, Contains("4 raw spans"));
}

TEST_CASE("a store that is in use is refused with a clear message", "[store]") {
  const Store store;
  Background ingest({"ingest", "--format", "ndjson", "-", "--store", store.path, "--now", kNow});
  ingest.write(kJobs);
  REQUIRE(ingest.wait_until_read());
  const Ran second = store.ingest(kJobs);
  check_ran(second, 1);
  CHECK_THAT(second.err, Contains(store.path));
  check_ran(ingest.finish(), 0);
}

TEST_CASE("a directory that may not be written is refused with a clear message", "[store]") {
  const Scratch scratch;
  // As nobody, this process's own scratch directory is one.
  RunOptions options;
  options.unprivileged = true;
  options.input = kJobs;
  const Ran ran = run_program({"ingest", "-", "--store", scratch.path("store"), "--now", kNow}, options);
  if (ran.code == 126 || ran.code == 127) {
    WARN("cannot run the program as nobody here");
    return;
  }
  check_ran(ran, 1);
  CHECK_THAT(ran.err, Contains(scratch.path("store")));
  CHECK(ran.out.empty());
}

TEST_CASE("reading a store that is not there is a mistake of the caller, and makes none", "[store]") {
  const Store store;
  for (const Words& words : {Words{"status"}, Words{"query", "ci_job_metrics"}, Words{"recompute"}, Words{"retain"}}) {
    const Ran ran = store.run(words);
    check_ran(ran, 2);
    CHECK_THAT(ran.err, Contains("no store at " + store.path));
  }
  CHECK_FALSE(std::filesystem::exists(store.path));
}

TEST_CASE("verify finds a healthy store equal to its raw spans", "[store]") {
  const ComputedStore store;
  const Ran ran = store.run({"verify", "--format", "json"});
  check_ran(ran, 0);
  CHECK_THAT(ran.out, Contains("\"mismatches\": 0") && !Contains("\"buckets_checked\": 0"));
}

TEST_CASE("a wrong command line ends with exit code 2 and says what to do") {
  struct Case {
    Words words;
    const char* message;
  };
  for (const Case& c : std::vector<Case>{
           {{}, "usage: tidemark COMMAND"},
           {{"frob"}, "no such command: 'frob'"},
           {{"--store", "x", "ingest"}, "the command comes first"},
           {{"ingest"}, "expected FILE"},
           {{"ingest", "--frob", "x"}, "unrecognised option '--frob'"},
           {{"ingest", "--format", "xml", "x"}, "--format: expected one of auto, ndjson"},
           {{"ingest", "--set", "owner", "x"}, "--set: expected NAME=VALUE"},
           {{"query"}, "expected the name of one ROLLUP"},
           {{"query", "x", "--every", "often"}, "--every: expected a width"},
           {{"query", "x", "--from", "soon"}, "--from: expected a time"},
           {{"status", "--now", "soon"}, "--now: expected a time"},
           {{"status", "--format", "yaml"}, "--format: expected one of table, csv, json"},
           {{"sync"}, "no sink: give --sink URL"},
           {{"sync", "--sink", "postgresql://me:secret@host/db"}, "--sink: a password in an argument"},
           {{"schema", "frob"}, "expected 'check' or 'show'"},
           {{"generate", "--late", "200"}, "--late: expected a percentage"},
           {{"generate", "--format", "csv", "--source", "all"}, "name it with --source"},
       }) {
    const Ran ran = run_program(c.words);
    INFO(c.message << "\n" << ran.err);
    CHECK(ran.code == 2);
    CHECK_THAT(ran.err, Contains(c.message));
    CHECK(ran.err.find("secret") == std::string::npos);
  }
}

TEST_CASE("help and version need no store") {
  CHECK(run_program({"--version"}).code == 0);
  CHECK_THAT(run_program({"help"}).out, Contains("ingest") && Contains("generate"));
  CHECK(run_program({"help", "query"}).out == run_program({"query", "--help"}).out);
  CHECK(run_program({"schema", "check"}).out == "the shipped definitions are valid\n");
}

TEST_CASE("definitions are shown: the shipped ones, given ones, or a store's", "[store]") {
  const Store store;
  RunOptions elsewhere;
  elsewhere.environment["TIDEMARK_STORE"] = store.scratch.path("absent");
  const std::string shipped = run_program({"schema", "show"}, elsewhere).out;
  CHECK_THAT(shipped, Contains("[rollup.ci_job_metrics]") && Contains("[source.test]"));
  const std::string given = store.scratch.file("given.toml", shipped);
  CHECK(run_program({"schema", "show", "--schema", given}).out == shipped);
  REQUIRE(store.ingest(kJobs).code == 0);
  CHECK_THAT(store.run({"schema", "show"}).out, Contains("[rollup.ci_job_metrics]"));
  check_ran(run_program({"schema", "show", "--store", store.scratch.path("absent")}), 2);
}

TEST_CASE("a wrong definition is reported with its file and key") {
  const Scratch scratch;
  const std::string file = scratch.file("own.toml", "[rollup.mine]\nsource = \"nothing\"\n");
  const Ran ran = run_program({"schema", "check", file});
  check_ran(ran, 2);
  CHECK_THAT(ran.err, Contains(file));
}

TEST_CASE("requests go to a directory that can be made, or it is said why not") {
  const Ran ran =
      run_program({"generate", "--spans", "10", "--format", "otlp-protobuf", "--requests", "/proc/nowhere"});
  check_ran(ran, 2);
  CHECK_THAT(ran.err, Contains("/proc/nowhere"));
}

TEST_CASE("output that cannot be written is a failure, a reader that went away is not worth a word") {
  RunOptions options;
  options.out = RunOptions::Out::full_disk;
  const Ran full = run_program({"generate", "--spans", "10"}, options);
  check_ran(full, 1);
  CHECK_THAT(full.err, Contains("cannot write the output: No space left on device"));
  options.out = RunOptions::Out::nobody_reads;
  const Ran unread = run_program({"generate", "--spans", "10"}, options);
  check_ran(unread, 141);
  CHECK(unread.err.empty());
}

TEST_CASE("generate writes the same bytes again, and ingest takes them in every format", "[store]") {
  const Words window = {"--spans", "2000", "--from", "2026-01-01", "--hours", "10", "--source", "all"};
  const auto generated = [&](Words more) {
    Words words = {"generate"};
    words.insert(words.end(), window.begin(), window.end());
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words).out;
  };
  CHECK(generated({}) == generated({}));
  std::string first;
  for (const char* format : {"ndjson", "otlp-protobuf", "otlp-json"}) {
    INFO(format);
    const Store store;
    RunOptions options;
    options.input = generated({"--format", format, "--shuffle", "--duplicate-every", "20"});
    const Ran ingested = store.run({"ingest", "-"}, options);
    check_ran(ingested, 0);
    CHECK(ingested.out == "accepted 2,000  duplicates 100  rejected 0\n");
    check_ran(store.run({"recompute"}), 0);
    std::string all;
    for (const char* rollup :
         {"ci_job_metrics", "runner_metrics", "ci_pipeline_metrics", "test_metrics", "test_metrics_summary"}) {
      all += store.run({"query", rollup, "--format", "csv"}).out;
    }
    if (first.empty()) first = all;
    CHECK(all == first);
  }
}
