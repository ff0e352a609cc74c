#include "agent/agent.hpp"

#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "agent/world.hpp"
#include "sink/sqlite_database.hpp"

using namespace tidemark;
using namespace tidemark::agent;
using namespace tidemark::test;
using Catch::Contains;

TEST_CASE_METHOD(World, "an agent takes spans at its socket and over TCP, and its jobs run when asked", "[store]") {
  start();
  CHECK(send(job(1)).status == 200);
  CHECK(ask("POST", "/v1/spans", job(2), {}, agent->addresses().front()).status == 200);
  CHECK(ask("GET", "/readyz").status == 200);
  CHECK(agent->run_job("recompute").last_result == "spans 2, buckets 2, chunks 1");
  CHECK_THAT(ask("GET", "/api/v1/rollups/ci_job_metrics?format=csv&columns=total_runs").body, Contains(",2"));
  std::vector<std::string> names;
  for (const auto& job : agent->jobs()) names.push_back(job.name);
  CHECK(names == std::vector<std::string>{"recompute", "trim-refreshes", "retain", "checkpoint", "disk"});
  CHECK_THROWS_AS(agent->run_job("nothing"), InputError);
}

TEST_CASE_METHOD(World, "below the disk's floor nothing is ingested, all else goes on, and it recovers by itself",
                 "[store]") {
  start();
  REQUIRE(send(job(1)).status == 200);
  free = kGigabyte / 4;
  agent->run_job("disk");
  const auto refused = send(job(2));
  CHECK(refused.status == 503);
  CHECK(refused.header("Retry-After") == "30");
  CHECK_THAT(refused.body, Contains("256 MB are free on the store's disk, less than the floor of 512 MB"));
  CHECK(ask("GET", "/readyz").status == 503);
  CHECK(ask("GET", "/healthz").status == 200);
  CHECK_THAT(ask("GET", "/api/v1/status?format=table").body, Contains("ingest is refused: 256 MB are free"));
  CHECK_THAT(logged.str(), Contains("warn ingest is refused"));
  CHECK(agent->run_job("recompute").last_result == "spans 1, buckets 0, chunks 1");
  free = kGigabyte * 6 / 10;
  agent->run_job("disk");
  CHECK(send(job(2)).status == 503);
  free = kGigabyte;
  agent->run_job("disk");
  CHECK(send(job(2)).status == 200);
  CHECK_THAT(logged.str(), Contains("info ingest goes on"));
}

TEST_CASE_METHOD(World, "a full disk loses expired raw spans first, and none that is not computed", "[store]") {
  start();
  REQUIRE(send(job(1)).status == 200);
  agent->run_job("recompute");
  REQUIRE(send(job(2)).status == 200);  // not computed
  now_us += days(31).count;             // jobs are kept for 30 days
  free = 0;
  agent->run_job("disk");
  CHECK(agent->engine().status().raw_spans == 1);
  CHECK(agent->engine().status().dirty_spans == 1);
  agent->run_job("recompute");
  agent->run_job("disk");
  CHECK(agent->engine().status().raw_spans == 0);
  CHECK(agent->engine().status().totals.at("accepted") == 2);
}

TEST_CASE_METHOD(World, "tokens and their scopes are asked for where the configuration says so, and can be reloaded",
                 "[store]") {
  const std::string base =
      "[http]\nlisten = [\"127.0.0.1:0\"]\nloopback_needs_token = true\n[tokens.ci]\nscopes = [\"ingest\"]\nfile = ";
  start(base + "\"" + secret("old", "old-s3cret") + "\"\n");
  const std::string tcp = agent->addresses().front();
  CHECK(ask("POST", "/v1/spans", job(1), {}, tcp).status == 401);
  CHECK(ask("POST", "/v1/spans", job(1), "old-s3cret", tcp).status == 200);
  CHECK(ask("GET", "/api/v1/status", {}, "old-s3cret", tcp).status == 403);
  CHECK(ask("GET", "/api/v1/status").status == 200);
  reload(base + "\"" + secret("new", "new-s3cret") + "\"\n");
  CHECK(ask("POST", "/v1/spans", job(2), "old-s3cret", tcp).status == 401);
  CHECK(ask("POST", "/v1/spans", job(2), "new-s3cret", tcp).status == 200);
  CHECK_THAT(logged.str(), !Contains("s3cret") && !Contains("need a restart"));
}

TEST_CASE_METHOD(World, "a reload takes over intervals, the floor and the drain, and says what needs a restart",
                 "[store]") {
  start();
  free = kGigabyte;
  reload(
      "drain = \"none\"\nthreads = 3\n[http]\nlisten = [\"127.0.0.1:1\"]\n[loops]\nrecompute = \"7s\"\n[disk]\nfloor = "
      "\"2GB\"\n");
  CHECK(agent->config().drain == Drain::none);
  CHECK(agent->config().threads == 1);
  for (const auto& job : agent->jobs())
    if (job.name == "recompute") CHECK(job.next == kNow + seconds(7));
  agent->run_job("disk");
  CHECK(send(job(1)).status == 503);
  CHECK_THAT(logged.str(), Contains("warn some changes need a restart keys=\"threads, http.listen\""));
}

TEST_CASE_METHOD(World, "a sink that is away fails its own job alone, and its password is nowhere", "[store]") {
  start(
      "[http]\nlisten = [\"127.0.0.1:0\"]\n[sinks.away]\nurl = \"postgresql://u@127.0.0.1:1/db\"\npassword_file = \"" +
      secret("p", "hunter2") + "\"\n[sinks.here]\nurl = \"sqlite:" + path("sink.db") + "\"\n");
  REQUIRE(send(job(1)).status == 200);
  const auto away = agent->run_job("sync:away");
  CHECK(away.failures == 1);
  CHECK_FALSE(away.last_error.empty());
  CHECK(away.next.value() == kNow + days(365));
  CHECK(agent->run_job("sync:here").last_error.empty());
  CHECK_THAT(ask("GET", "/api/v1/status").body, Contains("sync:away") && !Contains("hunter2"));
  CHECK_THAT(ask("GET", "/metrics").body, !Contains("hunter2"));
  CHECK_THAT(logged.str(), Contains("error a job failed job=sync:away") && !Contains("hunter2"));
}

TEST_CASE_METHOD(World, "a sink that wants unfinished buckets has them with each sync, and the others when they end",
                 "[store]") {
  const auto config = [&](bool unfinished) {
    return "[http]\nlisten = [\"127.0.0.1:0\"]\n[sinks.all]\nurl = \"sqlite:" + path("all.db") +
           "\"\nunfinished = " + (unfinished ? "true" : "false") +
           "\n[sinks.ended]\nurl = \"sqlite:" + path("ended.db") + "\"\n";
  };
  start(config(true));
  const auto synced_runs = [&](const std::string& sink) {
    agent->run_job("sync:" + sink);
    Query query;
    query.rollup = "ci_job_metrics";
    query.columns = {"total_runs"};
    const Table table = query_sink("sqlite:" + path(sink + ".db"), {}, query);
    return table.rows.empty() ? "none" : table.rows[0][table.columns.size() - 1].to_string();
  };
  REQUIRE(send(job(1, "2026-01-05T03:59:59Z")).status == 200);  // its hour goes on
  agent->run_job("recompute");
  CHECK(synced_runs("all") == "1");
  CHECK(synced_runs("ended") == "none");
  REQUIRE(send(job(2, "2026-01-05T03:59:59Z")).status == 200);
  agent->run_job("recompute");
  CHECK(synced_runs("all") == "2");
  reload(config(false));
  REQUIRE(send(job(3, "2026-01-05T03:59:59Z")).status == 200);
  agent->run_job("recompute");
  CHECK(synced_runs("all") == "2");
  now_us += hours(2).count;
  CHECK(synced_runs("all") == "3");
  CHECK(synced_runs("ended") == "3");
}

TEST_CASE_METHOD(World, "a job that works again says so once", "[store]") {
  start("[http]\nlisten = [\"127.0.0.1:0\"]\n[sinks.file]\nurl = \"sqlite:" + path("later/sink.db") + "\"\n");
  CHECK(agent->run_job("sync:file").failures == 1);
  CHECK_THAT(logged.str(), !Contains("works again"));
  fs::create_directories(path("later"));
  for (int i = 0; i < 2; ++i) CHECK(agent->run_job("sync:file").last_error.empty());
  const std::string lines = logged.str();
  const std::size_t said = lines.find("info a job works again job=sync:file");
  CHECK(said != std::string::npos);
  CHECK(lines.find("works again", said + 30) == std::string::npos);
}

TEST_CASE_METHOD(World, "stopping computes what has come, and takes nothing more", "[store]") {
  start();
  REQUIRE(send(job(1)).status == 200);
  REQUIRE(send(job(2)).status == 200);
  CHECK(agent->stop());
  CHECK_FALSE(agent->ready());
  CHECK(agent->refuses_ingest());
  CHECK_THROWS_AS(send(job(3)), http::ConnectionError);
  CHECK_FALSE(fs::exists(socket_path(path("store"))));
  const auto engine = open_after();
  CHECK(engine->status().dirty_spans == 0);
  CHECK(engine->status().totals.at("accepted") == 2);
}

TEST_CASE_METHOD(World, "drain = none leaves computing to the next start", "[store]") {
  start("drain = \"none\"\n[http]\nlisten = [\"127.0.0.1:0\"]\n");
  REQUIRE(send(job(1) + job(2)).status == 200);
  CHECK(agent->stop());
  CHECK(open_after()->status().dirty_spans == 2);
}

TEST_CASE_METHOD(World, "drain = sync sends what is not finished, too, past a sink that is away", "[store]") {
  start(
      "drain = \"sync\"\n[http]\nlisten = [\"127.0.0.1:0\"]\n[sinks.a-away]\nurl = \"postgresql://u@127.0.0.1:1/db\"\n"
      "[sinks.here]\nurl = \"sqlite:" +
      path("sink.db") + "\"\n");
  REQUIRE(send(job(1, "2026-01-05T03:59:59Z")).status == 200);  // its hour goes on
  CHECK_FALSE(agent->stop());
  CHECK_THAT(logged.str(),
             Contains("error a step of stopping failed step=sync:a-away") && Contains("step=close result=done"));
  Query query;
  query.rollup = "ci_job_metrics";
  CHECK(query_sink("sqlite:" + path("sink.db"), {}, query).rows.size() == 1);
}

TEST_CASE_METHOD(World, "drain = seal sends again what a sink has refused, and fails when it still does", "[store]") {
  start("drain = \"seal\"\n[http]\nlisten = [\"127.0.0.1:0\"]\n[sinks.file]\nurl = \"sqlite:" + path("sink.db") +
        "\"\n");
  send(job(1));
  agent->run_job("recompute");
  CHECK_THAT(agent->run_job("sync:file").last_result, Contains("rows 2,"));
  SqliteDatabase sink(path("sink.db"), SqliteDatabase::Mode::existing);
  sink.execute("CREATE TRIGGER never BEFORE INSERT ON ci_job_metrics BEGIN SELECT RAISE(ABORT, 'never'); END",
               "testing");
  send(job(2));
  agent->run_job("recompute");
  CHECK_THAT(agent->run_job("sync:file").last_result, Contains("rows 1,") && Contains("refused 1,"));
  CHECK_THAT(agent->run_job("sync:file").last_result, Contains("rows 0,") && Contains("refused 0,"));
  SECTION("it refuses no longer") {
    sink.execute("DROP TRIGGER never", "testing");
    CHECK(agent->stop());
    CHECK(open_after()->status().sinks.at(0).waiting == 0);
  }
  SECTION("it does") {
    CHECK_FALSE(agent->stop());
    CHECK(open_after()->status().sinks.at(0).quarantined == 1);
  }
}

TEST_CASE_METHOD(World, "a backup is made while the agent runs", "[store]") {
  start();
  REQUIRE(send(job(1)).status == 200);
  CHECK(ask("POST", "/api/v1/backup", "{\"folder\": \"" + path("copy") + "\"}").status == 200);
  CHECK(ask("POST", "/api/v1/backup", "{\"folder\": \"" + path("copy") + "\"}").status == 400);
  EngineOptions options;
  options.store_path = path("copy");
  const auto copy = Engine::open(options, kNow);
  CHECK(copy->status().epoch == 2);
  CHECK(copy->status().totals.at("accepted") == 1);
}

TEST_CASE_METHOD(World, "an agent that cannot listen does not start, and lets its store go", "[store]") {
  CHECK_THROWS_AS(start("[http]\nlisten = [\"127.0.0.1:0\"]\nunix_socket = \"/proc/nowhere/x.sock\"\n"), InputError);
  start();
  CHECK(send(job(1)).status == 200);
}

TEST_CASE("what a configuration opens to whom") {
  Config config;
  config.http.listen = {"127.0.0.1:1", "https://0.0.0.0:2"};
  http::ServerOptions options = server_options(config, {});
  REQUIRE(options.listeners.size() == 3);
  CHECK(options.listeners[0].open.has(http::Scope::ingest));
  CHECK_FALSE(options.listeners[0].open.has(http::Scope::admin));
  CHECK_FALSE(options.listeners[1].open.has(http::Scope::read));
  CHECK(options.listeners[1].tls);
  CHECK(options.listeners[1].address == "0.0.0.0:2");
  CHECK(options.listeners[2].address == "unix:tidemark-store/agent.sock");
  CHECK(options.listeners[2].open.has(http::Scope::admin));
  config.http.loopback_needs_token = true;
  CHECK_FALSE(server_options(config, {}).listeners[0].open.has(http::Scope::ingest));
}
