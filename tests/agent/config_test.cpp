#include "agent/config.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

#include <tidemark/errors.hpp>

#include "agent/config_settings.hpp"
#include "support/property.hpp"

using namespace tidemark;
using namespace tidemark::agent;
using Catch::Contains;

namespace {

ConfigSources file(std::string text) {
  ConfigSources sources;
  sources.file_name = "tidemark.toml";
  sources.file_text = std::move(text);
  return sources;
}

Config config_of(std::string text) { return load_config(file(std::move(text))).config; }

std::string error_of(const ConfigSources& sources) {
  try {
    load_config(sources);
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}
std::string error_of(std::string text) { return error_of(file(std::move(text))); }

const ShownValue& shown(const LoadedConfig& loaded, std::string_view key) {
  const auto found =
      std::find_if(loaded.shown.begin(), loaded.shown.end(), [&](const auto& s) { return s.key == key; });
  REQUIRE(found != loaded.shown.end());
  return *found;
}

}  // namespace

TEST_CASE("without any source everything has its default") {
  const LoadedConfig loaded = load_config({});
  CHECK(loaded.config.http.listen == std::vector<std::string>{"127.0.0.1:4318"});
  CHECK(loaded.config.loops.recompute == seconds(60));
  CHECK(loaded.config.loops.sync == minutes(5));
  CHECK(loaded.config.loops.retain == hours(1));
  CHECK(loaded.config.drain == Drain::compute);
  CHECK(loaded.config.disk_floor.of(1u << 30) == 512u << 20);
  for (const ShownValue& value : loaded.shown) CHECK(value.origin.text == "default");
}

TEST_CASE("a file sets every kind of key") {
  const Config config = config_of(R"(
store = "/srv/ci"
schemas = ["a.toml", "b"]
memory = "128MiB"
threads = 2
drain = "sync"
drain_timeout = "2m"
[http]
listen = ["127.0.0.1:0", "[::1]:4318"]
body = "1MB"
loopback_needs_token = true
[tokens.runners]
file = "/etc/t"
scopes = ["ingest"]
[webhooks.github]
secret_files = ["new", "old"]
[sinks.warehouse]
url = "postgresql://ci@db.example/ci"
password_file = "/etc/p"
every = "30s"
[sinks.archive]
url = "sqlite:/srv/ci.db"
[loops]
recompute = "10s"
[disk]
floor = "5%"
[log]
level = "debug"
format = "json"
)");
  CHECK(config.store == "/srv/ci");
  CHECK(config.schemas == std::vector<std::string>{"a.toml", "b"});
  CHECK(config.memory == 128u << 20);
  CHECK(config.drain == Drain::sync);
  CHECK(config.drain_timeout == minutes(2));
  CHECK(config.http.listen.size() == 2);
  CHECK(config.http.loopback_needs_token);
  REQUIRE(config.tokens.size() == 1);
  CHECK(config.tokens[0].name == "runners");
  CHECK(config.tokens[0].scopes == std::vector<std::string>{"ingest"});
  CHECK(config.github.secret_files.size() == 2);
  REQUIRE(config.sinks.size() == 2);
  CHECK(config.sinks[0].name == "archive");
  CHECK_FALSE(config.sinks[0].every);
  CHECK(config.sinks[1].every == seconds(30));
  CHECK(config.disk_floor.of(1000) == 50);
  CHECK(config.log_json);
}

TEST_CASE("flags come before the environment, the environment before the file, and each value says whence it came") {
  ConfigSources sources = file("store = \"a\"\nmemory = \"128MB\"\nthreads = 2\n");
  sources.environment = {
      {"TIDEMARK_STORE", "b"}, {"TIDEMARK_THREADS", "3"}, {"TIDEMARK_HTTP_LISTEN", "127.0.0.1:1, [::1]:2"}};
  sources.flags = {{"store", "c", "--store"}};
  const LoadedConfig loaded = load_config(sources);
  CHECK(loaded.config.store == "c");
  CHECK(loaded.config.threads == 3);
  CHECK(loaded.config.memory == 128u << 20);
  CHECK(loaded.config.http.listen == std::vector<std::string>{"127.0.0.1:1", "[::1]:2"});
  CHECK(shown(loaded, "store").origin.text == "--store");
  CHECK(shown(loaded, "threads").origin.text == "TIDEMARK_THREADS");
  CHECK(shown(loaded, "memory").origin.text == "tidemark.toml:2");
  CHECK(shown(loaded, "memory").value == "\"128MB\"");
  CHECK(shown(loaded, "drain").origin.text == "default");
}

TEST_CASE("sinks and tokens can come from the environment alone") {
  ConfigSources sources = file("[sinks.ware-house]\nurl = \"sqlite:a\"\n");
  sources.environment = {{"TIDEMARK_SINKS_WARE_HOUSE_EVERY", "7s"},
                         {"TIDEMARK_SINKS_OTHER_URL", "sqlite:b"},
                         {"TIDEMARK_SINK", "sqlite:c"},
                         {"TIDEMARK_TOKENS_CI_FILE", "/etc/t"}};
  const LoadedConfig loaded = load_config(sources);
  REQUIRE(loaded.config.sinks.size() == 3);
  CHECK(loaded.config.sinks[0].name == "default");
  CHECK(loaded.config.sinks[1].url == "sqlite:b");
  CHECK(loaded.config.sinks[2].every == seconds(7));
  CHECK(loaded.config.tokens.at(0).name == "ci");
  CHECK(loaded.warnings.empty());
}

TEST_CASE("an error names the file, the line, the key, what was expected and what was found") {
  CHECK(error_of("store = \"x\"\nthreads = 0\n") ==
        "tidemark.toml:2: threads: expected a whole number from 1 to 64, found 0");
  CHECK_THAT(error_of("[loops]\nsync = \"often\"\n"),
             Contains("tidemark.toml:2: [loops] sync: expected a duration") && Contains("found \"often\""));
  CHECK_THAT(error_of("memory = \"1MB\"\n"), Contains("tidemark.toml:1: memory: expected a size"));
  CHECK_THAT(error_of("[disk]\nfloor = \"95%\"\n"), Contains("[disk] floor: expected a size"));
  CHECK_THAT(error_of("drain = \"all\"\n"), Contains("expected 'none', 'compute', 'sync' or 'seal', found \"all\""));
  CHECK_THAT(error_of("store = [\n"), Contains("tidemark.toml:"));
  CHECK_THAT(error_of("[tokens.a]\nfile = \"f\"\nscopes = [\"write\"]\n"), Contains("'ingest', 'read' and 'admin'"));
}

TEST_CASE("an unknown key is refused, and the nearest one is suggested") {
  CHECK_THAT(error_of("[http]\nlistn = [\"127.0.0.1:1\"]\n"),
             Contains("tidemark.toml:2: [http] listn: expected ") && Contains("(did you mean 'listen'?)"));
  CHECK_THAT(error_of("[htp]\nlisten = []\n"), Contains("did you mean 'http'?"));
  CHECK_THAT(error_of("[sinks.x]\nurl = \"sqlite:a\"\nevry = \"1m\"\n"), Contains("did you mean 'every'?"));
  CHECK_THAT(error_of("[webhooks.bitbucket]\nsecret_files = []\n"), Contains("'github'"));
  CHECK_THAT(error_of("http = 3\n"), Contains("expected a table, found 3"));
}

TEST_CASE("a variable that is no key is told of, not obeyed") {
  ConfigSources sources;
  sources.environment = {{"TIDEMARK_STROE", "x"}, {"TIDEMARK_CONFIG", "y"}, {"HOME", "/"}};
  const LoadedConfig loaded = load_config(sources);
  REQUIRE(loaded.warnings.size() == 1);
  CHECK_THAT(loaded.warnings[0], Contains("TIDEMARK_STROE") && Contains("did you mean 'TIDEMARK_STORE'"));
}

TEST_CASE("what is wrong in the environment or a flag is told by its name") {
  ConfigSources sources;
  sources.environment = {{"TIDEMARK_THREADS", "many"}};
  CHECK_THAT(error_of(sources), Contains("TIDEMARK_THREADS: expected a whole number"));
  sources.environment.clear();
  sources.flags = {{"loops.sync", "1", "--set loops.sync"}};
  CHECK_THAT(error_of(sources), Contains("--set loops.sync: expected a duration"));
  sources.flags = {{"loops.snyc", "1s", "--set loops.snyc"}};
  CHECK_THAT(error_of(sources), Contains("did you mean 'sync'?"));
}

TEST_CASE("addresses that others can reach need a token") {
  CHECK_THAT(error_of("[http]\nlisten = [\"127.0.0.1:4318\", \"0.0.0.0:4318\"]\n"),
             Contains("tidemark.toml:2: http.listen: '0.0.0.0:4318' can be reached") && Contains("[tokens.NAME]"));
  CHECK(config_of("[http]\nlisten = [\"0.0.0.0:4318\"]\n[tokens.a]\nfile = \"f\"\n").tokens.size() == 1);
  for (const char* mine : {"127.0.0.1:1", "127.3.2.1:1", "https://127.0.0.1:1", "[::1]:1", "localhost:1"})
    CHECK(is_loopback(mine));
  for (const char* others : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "ci.example:1", "127.0.0.1.example:1", ":1", ""})
    CHECK_FALSE(is_loopback(others));
}

TEST_CASE("values that need each other are asked for together") {
  CHECK_THAT(error_of("[http]\ntls_key = \"k\"\n"), Contains("http.tls_certificate and http.tls_key together"));
  CHECK_THAT(error_of("[http]\nlisten = [\"https://127.0.0.1:1\"]\n"), Contains("https:// needs http.tls_certificate"));
  CHECK_THAT(error_of("[http]\ntls_key = \"k\"\ntls_certificate = \"c\"\n"), Contains("no address uses it"));
  CHECK_THAT(error_of("[http]\nbody = \"200MB\"\n"), Contains("expected at least http.body"));
  CHECK_THAT(error_of("[http]\nloopback_needs_token = true\n"), Contains("there is no token"));
  CHECK_THAT(error_of("[sinks.x]\nevery = \"1m\"\n"), Contains("sinks.x: expected 'url'"));
  CHECK_THAT(error_of("[tokens.x]\n"), Contains("tokens.x: expected 'file'"));
  CHECK_THAT(error_of("[tokens.X]\nfile = \"f\"\n"), Contains("expected a name of a-z"));
  CHECK_THAT(error_of("[sinks.x]\nurl = \"sqlite:a\"\npassword_file = \"p\"\n"), Contains("takes no password"));
}

TEST_CASE("passwords are masked wherever a URL has them, and never repeated in an error") {
  const LoadedConfig loaded = load_config(file("[sinks.x]\nurl = \"postgresql://u:s3cret@h/d\"\n"));
  CHECK(shown(loaded, "sinks.x.url").value == "\"postgresql://u:***@h/d\"");
  CHECK(mask_url("postgresql://u@h/d?sslmode=require") == "postgresql://u@h/d?sslmode=require");
  CHECK(mask_url("postgresql://h/d?password=a&x=1&sslpassword=b") ==
        "postgresql://h/d?password=***&x=1&sslpassword=***");
  CHECK_THAT(error_of("[sinks.x]\nurl = \"mysql://u:s3cret@h/d\"\n"), !Contains("s3cret"));
  CHECK_THAT(error_of("[sinks.x]\nurl = \"postgresql://u:s3cret@h/d\"\npassword_file = \"p\"\n"), !Contains("s3cret"));
  CHECK_THAT(error_of("[sinks.x]\nurl = [\"postgresql://u:s3cret@h/d\"]\n"), !Contains("s3cret"));
}

TEST_CASE("no password survives masking, whatever is in it") {
  test::check_property([](const std::string& tail) {
    const std::string password = "s3cret" + tail;
    RC_PRE(tail.find('\0') == std::string::npos);
    RC_ASSERT(mask_url("postgresql://u:" + password + "@h/d").find("s3cret") == std::string::npos);
  });
}

TEST_CASE("what is shown reads back as the same configuration") {
  const ConfigSources sources =
      file("drain = \"sync\"\n[disk]\nfloor = \"7%\"\n[loops]\nsync = \"90s\"\n[log]\nformat = \"json\"\n");
  const LoadedConfig loaded = load_config(sources);
  std::string text;
  for (const ShownValue& value : loaded.shown) text += value.key + " = " + value.value + "\n";
  const LoadedConfig again = load_config(file(text));
  REQUIRE(again.shown.size() == loaded.shown.size());
  for (std::size_t i = 0; i < loaded.shown.size(); ++i) CHECK(again.shown[i].value == loaded.shown[i].value);
}

TEST_CASE("what comes again and again takes a duration or a cron expression") {
  const LoadedConfig loaded =
      load_config(file("[loops]\nretain = \"@daily\"\nsync = \" 0  4 * * MON-FRI \"\nrecompute = \"30s\"\n"
                       "time_zone = \"Europe/Amsterdam\"\n[sinks.x]\nurl = \"sqlite:a\"\nevery = \"*/10 * * * *\"\n"));
  const Config& config = loaded.config;
  CHECK(config.loops.retain == Cron::parse("@daily"));
  CHECK(config.loops.sync == Cron::parse("0 4 * * MON-FRI"));
  CHECK(config.loops.recompute == seconds(30));
  CHECK(config.loops.time_zone == "Europe/Amsterdam");
  CHECK(config.sinks.at(0).every == Cron::parse("*/10 * * * *"));
  for (const ShownValue& value : loaded.shown)
    if (value.key == "loops.sync") CHECK(value.value == "\"0 4 * * MON-FRI\"");
  CHECK_THAT(error_of("[loops]\nsync = \"*/5 * * *\"\n"),
             Contains("tidemark.toml:2: [loops] sync: expected five fields") && Contains("found 4"));
  CHECK_THAT(error_of("[sinks.x]\nurl = \"sqlite:a\"\nevery = \"61 * * * *\"\n"),
             Contains("[sinks.x] every: minute: expected 0 to 59, found '61'"));
  CHECK_THAT(error_of("[loops]\nsync = \"often\"\n"), Contains("or a cron expression such as \"*/15 * * * *\""));
  CHECK_THAT(error_of("[loops]\ntime_zone = \"../x\"\n"), Contains("[loops] time_zone: expected a time zone"));
}

TEST_CASE("every key can be given by a variable of its own") {
  Config config;
  std::vector<std::string> names;
  for (const Setting& setting : settings_of(config)) names.push_back(environment_name(setting.key));
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  CHECK(std::find(names.begin(), names.end(), "TIDEMARK_HTTP_TLS_KEY") != names.end());
}

TEST_CASE("the documentation has every key with its default") {
  std::ifstream in(TIDEMARK_SOURCE_DIR "/docs/agent.md");
  std::stringstream page;
  page << in.rdbuf();
  Config config;
  for (const Setting& setting : settings_of(config)) {
    if (setting.key.starts_with("webhooks.") || setting.key.starts_with("http.tls_")) continue;  // several in a row
    std::string value = setting.show();
    INFO(setting.key << " = " << value);
    if (setting.key == "http.idle_timeout") value = "\"120s\"";  // shown as 2m
    if (setting.key == "loops.recompute") value = "\"60s\"";
    CHECK_THAT(page.str(), Contains("| `" + setting.key + "` | `" + value + "` |"));
  }
}
