#include "agent/view_jobs.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <condition_variable>

#include <tidemark/errors.hpp>

#include "agent/world.hpp"
#include "sink/sqlite_database.hpp"

using namespace tidemark;
using namespace tidemark::agent;
using namespace tidemark::test;
using Catch::Contains;

namespace {

/// `landing` and `second` are due every five minutes, `nightly` at four in Amsterdam, `by_hand` never.
constexpr const char* kViews = R"toml(
[source.run]
time = "ended_at"
retention = "30d"
[source.run.fields]
owner = "text"
ended_at = "instant"

[rollup.runs]
source = "run"
every = "1h"
by = ["owner"]
[rollup.runs.columns]
total = "count()"

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

[view.second]
from = "runs"
refresh = "*/5 * * * *"
[view.second.columns]
total = "total"
)toml";

std::string run(int id, const std::string& owner) {
  return R"({"source":"run","id":)" + std::to_string(id) + R"(,"owner":")" + owner +
         R"(","ended_at":"2026-01-05T02:00:00Z"})" + "\n";
}

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
    engine->ingest(run(1, "acme") + run(2, "globex"), context);
  }
  std::vector<Job> jobs(const std::string& sink = {}) {
    const ViewPlace place{sink, [this, sink] { return sink.empty() ? std::string() : sink_url(); }};
    return view_jobs(*engine, place, clock, [this](const std::string& view, const std::string& where) {
      const std::lock_guard lock(mutex);
      told.push_back(job_name(view, where));
    });
  }
  std::vector<std::string> due_at_once() {
    std::vector<std::string> names;
    for (const Job& job : jobs())
      if (job.at_once) names.push_back(job.name);
    return names;
  }
  Scheduler::Observer count_runs() {
    return [this](const JobState&) {
      const std::lock_guard lock(mutex);
      ++runs;
      changed.notify_all();
    };
  }
  /// Whose refreshes were told of, once so many runs have ended.
  std::vector<std::string> told_after(std::size_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return runs >= count; });
    return told;
  }

  std::string sink_url() const { return "sqlite:" + path("sink.db"); }

  Clock clock = [this] { return Instant{now_us}; };
  std::unique_ptr<Engine> engine;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t runs = 0;
  std::vector<std::string> told;
};

std::string views_config(const World& world) {
  return "schemas = [\"" + world.path("views.toml") + "\"]\n[http]\nlisten = [\"127.0.0.1:0\"]\n";
}

}  // namespace

TEST_CASE_METHOD(Views, "each view with a schedule is a job of one lane, and says when it is due", "[store]") {
  const std::vector<Job> made = jobs();
  REQUIRE(made.size() == 3);
  CHECK(made[0].name == "view:landing");
  CHECK(made[0].timing.text() == "*/5 * * * *");
  CHECK(made[1].name == "view:nightly");
  CHECK(made[1].timing.zone_name() == "Europe/Amsterdam");
  CHECK(made[1].timing.next(kNow) == parse_rfc3339("2026-01-06T03:00:00Z"));
  CHECK(made[2].name == "view:second");
  for (const Job& job : made) CHECK(job.lane == "views");
  CHECK(jobs("central")[0].name == "view:landing@central");
  CHECK(jobs("central")[0].lane == "views@central");
}

TEST_CASE_METHOD(Views, "a view that was never refreshed, or whose time has gone by, is due at the start", "[store]") {
  CHECK(due_at_once() == std::vector<std::string>{"view:landing", "view:nightly", "view:second"});
  engine->refresh_views({"landing", "nightly"}, clock);
  CHECK(due_at_once() == std::vector<std::string>{"view:second"});
  now_us += minutes(5).count;
  CHECK(due_at_once() == std::vector<std::string>{"view:landing", "view:second"});
  now_us += days(1).count;
  open();
  CHECK(due_at_once() == std::vector<std::string>{"view:landing", "view:nightly", "view:second"});
}

TEST_CASE_METHOD(Views, "views are refreshed when they are due, and their refreshes are told", "[store]") {
  Scheduler scheduler(
      jobs(), clock, [] { return 0.5; }, count_runs());
  CHECK(told_after(3) == std::vector<std::string>{"landing", "nightly", "second"});
  CHECK(engine->view("landing").table.rows.size() == 2);
  now_us += minutes(5).count;
  scheduler.look();
  told_after(5);
  scheduler.stop();
  CHECK(told == std::vector<std::string>{"landing", "nightly", "second", "landing", "second"});
  CHECK(engine->view("landing").info.success->started == kNow + minutes(5));
  CHECK(scheduler.jobs()[0].last_result == "2 rows");
}

TEST_CASE_METHOD(Views, "a view that fails at a sink is logged with its error, keeps its rows, and stops no other",
                 "[store]") {
  engine->recompute(clock());
  Engine::SyncOptions options;
  options.sink_url = sink_url();
  engine->sync(options, clock());
  engine->refresh_views({"landing"}, clock, sink_url());
  SqliteDatabase sink(path("sink.db"), SqliteDatabase::Mode::existing);
  sink.execute("CREATE TRIGGER never BEFORE INSERT ON landing BEGIN SELECT RAISE(ABORT, 'never'); END", "testing");
  Scheduler scheduler(
      jobs("central"), clock, [] { return 0.5; }, count_runs());
  // The first run leaves alone what somebody has refreshed since it was due.
  CHECK(told_after(3) == std::vector<std::string>{"landing@central", "nightly@central", "second@central"});
  now_us += minutes(5).count;
  scheduler.look();
  told_after(5);
  scheduler.stop();
  const auto states = scheduler.jobs();
  CHECK_THAT(states[0].last_error, Contains("never"));
  CHECK(states[0].last_result == "not due since 2026-01-05T04:00:00Z");
  CHECK(states[0].failures == 1);
  CHECK(states[2].last_error.empty());
  CHECK(states[2].runs == 2);
  const ViewRows landing = engine->view("landing", sink_url());
  CHECK(landing.table.rows.size() == 2);
  CHECK(landing.info.success->started == kNow);
  REQUIRE(landing.info.last);
  CHECK(landing.info.last->status == Refresh::Status::failed);
  CHECK_THAT(landing.info.last->error, Contains("never"));
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
  // The run that was due at the start may still be to come: this one was asked for.
  CHECK((refreshed.next == kNow || refreshed.next == kNow + minutes(5)));
  CHECK_THAT(ask("GET", "/api/v1/views/landing").body, Contains("globex"));
  CHECK_THAT(ask("GET", "/api/v1/jobs?format=table").body,
             Contains("view:nightly") && Contains("0 4 * * * Europe/Amsterdam"));
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
  CHECK_THAT(logged.str(), Contains("error a job failed job=view:landing@away"));
  std::vector<std::string> names;
  for (const auto& job : agent->jobs()) names.push_back(job.name);
  CHECK(std::find(names.begin(), names.end(), "trim-refreshes@away") != names.end());
  CHECK(std::find(names.begin(), names.end(), "view:landing@other") == names.end());
}
