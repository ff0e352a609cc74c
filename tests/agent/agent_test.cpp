#include "agent/agent.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <tidemark/errors.hpp>

#include "agent/server_options.hpp"
#include "http/client.hpp"
#include "sink/sqlite_database.hpp"

using namespace tidemark;
using namespace tidemark::agent;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

constexpr Instant kNow{1767585600'000'000};  // 2026-01-05T04:00:00Z
constexpr std::uint64_t kGigabyte = 1u << 30;

std::string job(int id, const std::string& ended = "2026-01-05T00:00:10Z") {
  return R"({"source":"job","id":)" + std::to_string(id) +
         R"(,"owner":"acme","repository":"acme/api","pipeline":"ci","job":"build","result":"success","runner":"r",)" +
         R"("labels":["x64"],"started_at":"2026-01-05T00:00:00Z","ended_at":")" + ended + "\"}\n";
}

/// An agent on a machine whose time and disk the test moves.
struct World {
  World() {
    folder = fs::temp_directory_path() / ("tidemark-agent-" + std::to_string(std::random_device{}()));
    fs::create_directories(folder);
  }
  ~World() {
    agent.reset();
    fs::remove_all(folder);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::string path(const std::string& name) const { return (folder / name).string(); }
  std::string secret(const std::string& name, const std::string& value) const {
    std::ofstream(folder / name) << value << "\n";
    fs::permissions(folder / name, fs::perms::owner_read | fs::perms::owner_write);
    return path(name);
  }

  LoadedConfig load(const std::string& more) const {
    ConfigSources sources;
    sources.file_name = "tidemark.toml";
    sources.file_text = "store = \"" + path("store") + "\"\nmemory = \"64MB\"\n" + more;
    // No loop comes by itself, however far a test moves the clock, unless it sets intervals of its own.
    if (more.find("[loops]") == std::string::npos)
      for (const char* loop : {"RECOMPUTE", "SYNC", "RETAIN", "CHECKPOINT", "DISK"})
        sources.environment[std::string("TIDEMARK_LOOPS_") + loop] = "365d";
    return load_config(sources);
  }

  void start(const std::string& more = "[http]\nlisten = [\"127.0.0.1:0\"]\n") {
    LoadedConfig loaded = load(more);
    const Secrets secrets = read_secrets(loaded.config);
    const Machine machine = {[this] { return Instant{now_us}; }, [] { return 0.5; },
                             [this](const std::string&) {
                               return DiskSpace{free, 100 * kGigabyte};
                             }};
    agent = std::make_unique<Agent>(std::move(loaded), secrets, machine, log, [this] { failed = true; });
    agent->start();
  }
  void reload(const std::string& more) {
    LoadedConfig loaded = load(more);
    const Secrets secrets = read_secrets(loaded.config);
    agent->reload(std::move(loaded), secrets);
  }

  http::ClientResponse ask(const std::string& method, const std::string& target, const std::string& body = {},
                           const std::string& token = {}, std::string address = {}) const {
    if (address.empty()) address = "unix:" + socket_path(path("store"));
    http::Client client(address);
    http::ClientRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    return client.send(request);
  }
  http::ClientResponse send(const std::string& spans) const { return ask("POST", "/v1/spans", spans); }

  /// The store as it is after the agent.
  std::unique_ptr<Engine> open_after() {
    agent.reset();
    EngineOptions options;
    options.store_path = path("store");
    return Engine::open(options, kNow);
  }

  fs::path folder;
  std::atomic<std::int64_t> now_us{kNow.us};
  std::atomic<std::uint64_t> free{50 * kGigabyte};
  std::atomic<bool> failed{false};
  std::ostringstream logged;
  Log log{[this] { return Instant{now_us}; }, false, &logged};
  std::unique_ptr<Agent> agent;
};

}  // namespace

TEST_CASE_METHOD(World, "an agent takes spans at its socket and over TCP, and its loops run when asked", "[store]") {
  start();
  CHECK(send(job(1)).status == 200);
  CHECK(ask("POST", "/v1/spans", job(2), {}, agent->addresses().front()).status == 200);
  CHECK(ask("GET", "/readyz").status == 200);
  CHECK(agent->run_loop("recompute").last_result == "spans 2, buckets 2, chunks 1");
  CHECK_THAT(ask("GET", "/api/v1/rollups/ci_job_metrics?format=csv&columns=total_runs").body, Contains(",2"));
  std::vector<std::string> names;
  for (const auto& loop : agent->loops()) names.push_back(loop.name);
  CHECK(names == std::vector<std::string>{"recompute", "retain", "checkpoint", "disk"});
  CHECK_THROWS_AS(agent->run_loop("nothing"), InputError);
}

TEST_CASE_METHOD(World, "below the disk's floor nothing is ingested, all else goes on, and it recovers by itself",
                 "[store]") {
  start();
  REQUIRE(send(job(1)).status == 200);
  free = kGigabyte / 4;
  agent->run_loop("disk");
  const auto refused = send(job(2));
  CHECK(refused.status == 503);
  CHECK(refused.header("Retry-After") == "30");
  CHECK_THAT(refused.body, Contains("256 MB are free on the store's disk, less than the floor of 512 MB"));
  CHECK(ask("GET", "/readyz").status == 503);
  CHECK(ask("GET", "/healthz").status == 200);
  CHECK_THAT(ask("GET", "/api/v1/status?format=table").body, Contains("ingest is refused: 256 MB are free"));
  CHECK_THAT(logged.str(), Contains("warn ingest is refused"));
  CHECK(agent->run_loop("recompute").last_result == "spans 1, buckets 0, chunks 1");
  free = kGigabyte * 6 / 10;
  agent->run_loop("disk");
  CHECK(send(job(2)).status == 503);
  free = kGigabyte;
  agent->run_loop("disk");
  CHECK(send(job(2)).status == 200);
  CHECK_THAT(logged.str(), Contains("info ingest goes on"));
}

TEST_CASE_METHOD(World, "a full disk loses expired raw spans first, and none that is not computed", "[store]") {
  start();
  REQUIRE(send(job(1)).status == 200);
  agent->run_loop("recompute");
  REQUIRE(send(job(2)).status == 200);  // not computed
  now_us += days(31).count;             // jobs are kept for 30 days
  free = 0;
  agent->run_loop("disk");
  CHECK(agent->engine().status().raw_spans == 1);
  CHECK(agent->engine().status().dirty_spans == 1);
  agent->run_loop("recompute");
  agent->run_loop("disk");
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
  for (const auto& loop : agent->loops())
    if (loop.name == "recompute") CHECK(loop.next == kNow + seconds(7));
  agent->run_loop("disk");
  CHECK(send(job(1)).status == 503);
  CHECK_THAT(logged.str(), Contains("warn some changes need a restart keys=\"threads, http.listen\""));
}

TEST_CASE_METHOD(World, "a sink that is away fails its own loop alone, and its password is nowhere", "[store]") {
  start(
      "[http]\nlisten = [\"127.0.0.1:0\"]\n[sinks.away]\nurl = \"postgresql://u@127.0.0.1:1/db\"\npassword_file = \"" +
      secret("p", "hunter2") + "\"\n[sinks.here]\nurl = \"sqlite:" + path("sink.db") + "\"\n");
  REQUIRE(send(job(1)).status == 200);
  const auto away = agent->run_loop("sync:away");
  CHECK(away.failures == 1);
  CHECK_FALSE(away.last_error.empty());
  CHECK(away.next.value() == kNow + days(365));
  CHECK(agent->run_loop("sync:here").last_error.empty());
  CHECK_THAT(ask("GET", "/api/v1/status").body, Contains("sync:away") && !Contains("hunter2"));
  CHECK_THAT(ask("GET", "/metrics").body, !Contains("hunter2"));
  CHECK_THAT(logged.str(), Contains("error a loop failed loop=sync:away") && !Contains("hunter2"));
}

TEST_CASE_METHOD(World, "a loop that works again says so once", "[store]") {
  start("[http]\nlisten = [\"127.0.0.1:0\"]\n[sinks.file]\nurl = \"sqlite:" + path("later/sink.db") + "\"\n");
  CHECK(agent->run_loop("sync:file").failures == 1);
  CHECK_THAT(logged.str(), !Contains("works again"));
  fs::create_directories(path("later"));
  for (int i = 0; i < 2; ++i) CHECK(agent->run_loop("sync:file").last_error.empty());
  const std::string lines = logged.str();
  const std::size_t said = lines.find("info a loop works again loop=sync:file");
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
  start("drain = \"seal\"\n[http]\nlisten = [\"127.0.0.1:0\"]\n[sinks.file]\nurl = \"sqlite:" + path("sink.db") + "\"\n");
  send(job(1));
  agent->run_loop("recompute");
  CHECK_THAT(agent->run_loop("sync:file").last_result, Contains("rows 2,"));
  SqliteDatabase sink(path("sink.db"), SqliteDatabase::Mode::existing);
  sink.execute("CREATE TRIGGER never BEFORE INSERT ON ci_job_metrics BEGIN SELECT RAISE(ABORT, 'never'); END", "testing");
  send(job(2));
  agent->run_loop("recompute");
  CHECK_THAT(agent->run_loop("sync:file").last_result, Contains("rows 1,") && Contains("refused 1,"));
  CHECK_THAT(agent->run_loop("sync:file").last_result, Contains("rows 0,") && Contains("refused 0,"));
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
