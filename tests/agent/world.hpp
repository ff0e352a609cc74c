#pragma once
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <ostream>
#include <random>
#include <string>

#include "agent/agent.hpp"
#include "agent/server_options.hpp"
#include "http/client.hpp"

namespace tidemark::test {

using namespace tidemark::agent;
namespace fs = std::filesystem;

inline constexpr Instant kNow{1767585600'000'000};  // 2026-01-05T04:00:00Z
inline constexpr std::uint64_t kGigabyte = 1u << 30;

inline std::string job(int id, const std::string& ended = "2026-01-05T00:00:10Z") {
  return R"({"source":"job","id":)" + std::to_string(id) +
         R"(,"owner":"acme","repository":"acme/api","pipeline":"ci","job":"build","result":"success","runner":"r",)" +
         R"("labels":["x64"],"started_at":"2026-01-05T00:00:00Z","ended_at":")" + ended + "\"}\n";
}

/// What threads write while the test reads it. The stream itself is of one writer at a time, as a log's is.
class SharedText : private std::streambuf, public std::ostream {
 public:
  SharedText() : std::ostream(this) {}
  std::string str() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    const std::lock_guard lock(mutex_);
    text_.append(text, static_cast<std::size_t>(size));
    return size;
  }
  int overflow(int c) override {
    const std::lock_guard lock(mutex_);
    text_.push_back(static_cast<char>(c));
    return c;
  }

  mutable std::mutex mutex_;
  std::string text_;
};

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
    // No job comes by itself, however far a test moves the clock, unless it sets intervals of its own.
    if (more.find("[loops]") == std::string::npos)
      for (const char* loop : {"RECOMPUTE", "SYNC", "RETAIN", "TRIM_REFRESHES", "CHECKPOINT", "DISK"})
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
  SharedText logged;
  Log log{[this] { return Instant{now_us}; }, false, &logged};
  std::unique_ptr<Agent> agent;
};

}  // namespace tidemark::test
