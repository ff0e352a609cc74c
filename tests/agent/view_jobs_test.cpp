#include "agent/view_jobs.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <condition_variable>

#include <tidemark/errors.hpp>

#include "agent/world.hpp"

using namespace tidemark;
using namespace tidemark::agent;
using namespace tidemark::test;
using Catch::Contains;

namespace {

/// `landing` is due every five minutes, `nightly` at four in Amsterdam, `by_hand` never; `broken` cannot be computed,
/// because it would have more windows than a view may.
constexpr const char* kViews = R"toml(
[source.run]
time = "ended_at"
retention = "800d"
[source.run.fields]
owner = "text"
ended_at = "instant"

[rollup.runs]
source = "run"
every = "1h"
by = ["owner"]
[rollup.runs.columns]
total = "count()"

[view.broken]
from = "runs"
every = "1h"
fill = true
by = ["owner"]
refresh = "*/5 * * * *"
[view.broken.columns]
total = "total"

[view.by_hand]
from = "runs"
[view.by_hand.columns]
total = "total"

[view.landing]
from = "runs"
by = ["owner"]
refresh = "*/5 * * * *"
[view.landing.columns]
total = "total"

[view.nightly]
from = "runs"
refresh = "0 4 * * *"
time_zone = "Europe/Amsterdam"
[view.nightly.columns]
total = "total"
)toml";

std::string run(int id, const std::string& owner, const std::string& day) {
  return R"({"source":"run","id":)" + std::to_string(id) + R"(,"owner":")" + owner + R"(","ended_at":")" + day +
         "T03:00:00Z\"}\n";
}

/// The first and the last are more windows apart than `broken` may have.
std::string runs() { return run(1, "acme", "2024-06-01") + run(2, "globex", "2026-01-05"); }

/// A store with views, whose time the test moves.
struct Views : World {
  Views() {
    std::ofstream(path("views.toml")) << kViews;
    open();
  }
  void open() {
    engine.reset();
    EngineOptions options;
    options.store_path = path("store");
    options.schema_paths = {path("views.toml")};
    engine = Engine::open(options, clock());
    IngestContext context;
    context.now = clock();
    engine->ingest(runs(), context);
  }
  std::vector<Job> jobs() {
    const ViewPlace store{{}, [] { return std::string(); }};
    return view_jobs(*engine, store, clock, [this](const std::string& view, const std::string& sink) {
      const std::lock_guard lock(mutex);
      told.push_back(job_name(view, sink));
      changed.notify_all();
    });
  }
  std::vector<std::string> due_at_once() {
    std::vector<std::string> names;
    for (const Job& job : jobs())
      if (job.at_once) names.push_back(job.name);
    return names;
  }
  /// What it was told of, once that are so many.
  std::vector<std::string> told_of(std::size_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return told.size() >= count; });
    return told;
  }

  Clock clock = [this] { return Instant{now_us}; };
  std::unique_ptr<Engine> engine;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> told;
};

std::string views_config(const World& world) {
  return "schemas = [\"" + world.path("views.toml") + "\"]\n[http]\nlisten = [\"127.0.0.1:0\"]\n";
}

}  // namespace

TEST_CASE_METHOD(Views, "each view with a schedule is a job of one lane, and says when it is due", "[store]") {
  const std::vector<Job> made = jobs();
  REQUIRE(made.size() == 3);
  CHECK(made[0].name == "view:broken");
  CHECK(made[1].name == "view:landing");
  CHECK(made[1].timing.text() == "*/5 * * * *");
  CHECK(made[2].name == "view:nightly");
  CHECK(made[2].timing.zone_name() == "Europe/Amsterdam");
  CHECK(made[2].timing.next(kNow) == parse_rfc3339("2026-01-06T03:00:00Z"));
  for (const Job& job : made) CHECK(job.lane == "views");
}

TEST_CASE_METHOD(Views, "a view that was never refreshed, or whose time has gone by, is due at the start", "[store]") {
  CHECK(due_at_once() == std::vector<std::string>{"view:broken", "view:landing", "view:nightly"});
  engine->refresh_views({"landing", "nightly"}, clock);
  CHECK(due_at_once() == std::vector<std::string>{"view:broken"});
  now_us += minutes(5).count;
  CHECK(due_at_once() == std::vector<std::string>{"view:broken", "view:landing"});
  now_us += days(1).count;
  open();
  CHECK(due_at_once() == std::vector<std::string>{"view:broken", "view:landing", "view:nightly"});
}

TEST_CASE_METHOD(Views, "views are refreshed when they are due; one that fails is logged and stops no other",
                 "[store]") {
  Scheduler scheduler(jobs(), clock, [] { return 0.5; });
  CHECK(told_of(3) == std::vector<std::string>{"broken", "landing", "nightly"});
  CHECK(engine->view("landing").table.rows.size() == 2);
  const auto attempts = engine->refresh_log("broken", 10);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].status == Refresh::Status::failed);
  now_us += minutes(5).count;
  scheduler.look();
  told_of(5);
  scheduler.stop();
  CHECK(told == std::vector<std::string>{"broken", "landing", "nightly", "broken", "landing"});
  CHECK(engine->view("landing").info.success->started == kNow + minutes(5));
  const auto states = scheduler.jobs();
  CHECK_THAT(states[0].last_error, Contains("windows"));
  CHECK(states[0].failures == states[0].runs);
  CHECK(states[1].last_result == "2 rows");
}

TEST_CASE_METHOD(Views, "old rows of the refresh log are forgotten, but for each view's last", "[store]") {
  for (int i = 0; i < 3; ++i) {
    engine->refresh_views({"landing"}, clock);
    now_us += days(20).count;
  }
  const ViewPlace store{{}, [] { return std::string(); }};
  const Job trim = trim_job(*engine, store, hours(1), [] { return days(30); });
  CHECK(trim.name == "trim-refreshes");
  CHECK(trim.run_once(clock()) == "2 rows dropped");
  CHECK(engine->refresh_log("", 10).size() == 1);
  CHECK(trim.run_once(clock()) == "0 rows dropped");
}

TEST_CASE_METHOD(Views, "a zone that the machine does not know is refused with the view's name", "[store]") {
  ViewInfo view;
  view.name = "landing";
  view.schedule = "@daily";
  view.time_zone = "Mars/Olympus";
  CHECK_THROWS_WITH(timing_of(view), Contains("[view.landing]") && Contains("Mars/Olympus"));
  view.schedule.clear();
  CHECK_FALSE(timing_of(view));
}

TEST_CASE_METHOD(Views, "an agent refreshes what is due when it starts, and shows it", "[store]") {
  engine->close();
  engine.reset();
  start(views_config(*this));
  const auto refreshed = agent->run_job("view:landing");
  CHECK(refreshed.last_result == "2 rows");
  CHECK(refreshed.schedule == "*/5 * * * *");
  CHECK(refreshed.runs >= 1);
  CHECK(refreshed.next == kNow + minutes(5));
  CHECK_FALSE(agent->run_job("view:broken").last_error.empty());
  CHECK_THAT(ask("GET", "/api/v1/views/landing").body, Contains("globex"));
  CHECK_THAT(ask("GET", "/api/v1/jobs?format=table").body,
             Contains("view:nightly") && Contains("0 4 * * * Europe/Amsterdam"));
  CHECK_THAT(logged.str(), Contains("error a job failed job=view:broken"));
  CHECK_THROWS_AS(agent->run_job("view:by_hand"), InputError);
}

TEST_CASE_METHOD(Views, "an agent whose sink of views is away starts, and says what is wrong", "[store]") {
  engine->close();
  engine.reset();
  start(views_config(*this) +
        "[sinks.away]\nurl = \"postgresql://u@127.0.0.1:1/db\"\nviews = true\n[sinks.other]\nurl = \"sqlite:" +
        path("other.db") + "\"\n");
  CHECK(agent->run_job("view:landing").last_error.empty());
  CHECK_FALSE(agent->run_job("view:landing@away").last_error.empty());
  std::vector<std::string> names;
  for (const auto& job : agent->jobs()) names.push_back(job.name);
  CHECK(std::find(names.begin(), names.end(), "trim-refreshes@away") != names.end());
  CHECK(std::find(names.begin(), names.end(), "view:landing@other") == names.end());
}
