#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/time.hpp>

#include "model/cron.hpp"

/// What an agent is told: one TOML file, environment variables over it, flags over those. docs/agent.md has every key.
/// Pure: files' texts and the environment are passed in. Secrets are files; they are read in agent/secrets.hpp.
namespace tidemark::agent {

/// What a stopping agent does once it takes nothing more. Each includes those before it.
enum class Drain : std::uint8_t {
  none,     ///< A checkpoint only.
  compute,  ///< A recompute pass, too.
  sync,     ///< And everything to all sinks, unfinished buckets included: of what goes on elsewhere.
  seal,     ///< The same with complete rows, because the epoch is sealed before: for a runner that is thrown away.
};

/// The free space below which nothing is ingested.
struct DiskFloor {
  bool is_share = false;  ///< `percent` of the filesystem, else `bytes`.
  std::uint64_t bytes = 512u << 20;
  std::uint64_t percent = 0;  ///< 0 to 90.
  /// In bytes, on a filesystem of that size.
  std::uint64_t of(std::uint64_t total_bytes) const { return is_share ? total_bytes / 100 * percent : bytes; }
};

struct TokenConfig {
  std::string name;
  std::string file;
  std::vector<std::string> scopes = {"ingest", "read"};  ///< Of `ingest`, `read`, `admin`.
};

/// How often something is done: at an interval, or when a cron expression says so.
struct Often {
  Often(Micros interval) : every(interval) {}
  Often(Cron expression) : cron(std::move(expression)) {}
  Micros every{};
  std::optional<Cron> cron;  ///< In the time zone `loops.time_zone`.
  friend bool operator==(const Often&, const Often&) = default;
};

struct SinkConfig {
  std::string name;
  std::string url;
  std::string password_file;   ///< Empty: the URL or libpq's own ways have it.
  std::optional<Often> every;  ///< Not set: `loops.sync`.
  bool unfinished = false;     ///< Whether buckets that are not finished are sent, too, with every sync.
  bool views = false;          ///< Whether this agent keeps the views there, of all agents that sync to it.
};

struct Config {
  std::string store = "tidemark-store";
  std::vector<std::string> schemas;
  std::uint64_t memory = 256u << 20;
  std::uint64_t threads = 1;
  Drain drain = Drain::compute;
  Micros drain_timeout = seconds(30);

  struct Http {
    /// `127.0.0.1:4318`; `https://0.0.0.0:4319` for TLS.
    std::vector<std::string> listen = {"127.0.0.1:4318"};
    std::string unix_socket;  ///< One more beside the store's own `agent.sock`.
    bool loopback_needs_token = false;
    std::vector<std::string> host_names;
    std::string tls_certificate, tls_key;
    // What they bound: http::Limits, whose defaults these are.
    std::uint64_t connections = 1024, queue = 64, ingest_threads = 8, read_threads = 2, io_threads = 2;
    std::uint64_t body = 64u << 20, webhook_body = 25u << 20, open_bodies = 96u << 20;
    std::uint64_t body_rate = 4096, max_page_rows = 10'000;
    Micros header_timeout = seconds(10), idle_timeout = seconds(120), body_grace = seconds(10);
  } http;

  std::vector<TokenConfig> tokens;  ///< By name, ascending; so are the sinks.
  struct Webhook {
    std::vector<std::string> secret_files;
  } github, buildkite, gitlab;
  std::vector<SinkConfig> sinks;

  struct Loops {
    Often recompute = seconds(60), sync = minutes(5), retain = hours(1), trim_refreshes = hours(1);
    Micros checkpoint = seconds(1), disk = seconds(10);
    std::string time_zone = "UTC";  ///< Of cron expressions here; views have their own.
  } loops;
  Micros refresh_retention = days(30);  ///< Of the refresh log's rows.

  DiskFloor disk_floor;

  std::string log_level = "info";
  bool log_json = false;
};

/// Where a value came from.
struct Origin {
  enum class Kind : std::uint8_t { standard, file, environment, flag } kind = Kind::standard;
  std::string text;  ///< `default`, `/etc/tidemark/tidemark.toml:12`, `TIDEMARK_STORE`, `--store`.
};

/// Everything that a configuration is made of.
struct ConfigSources {
  std::string file_name;  ///< For messages; empty: there is no file.
  std::string file_text;
  /// The process's environment; only names with `TIDEMARK_` are looked at.
  std::map<std::string, std::string> environment;
  /// Key, value, and the flag as it was written: `http.listen`, `127.0.0.1:0`, `--listen`.
  struct Flag {
    std::string key, value, flag;
  };
  std::vector<Flag> flags;
};

/// One effective value as `config show` prints it.
struct ShownValue {
  std::string key;
  std::string value;  ///< As TOML; passwords masked.
  Origin origin;
};

struct LoadedConfig {
  Config config;
  std::vector<ShownValue> shown;      ///< In the order of docs/agent.md.
  std::vector<std::string> warnings;  ///< Of variables that look like ours and are none.
};

/// Reads and checks it all.
/// Errors: InputError with the file, line and key (or variable, or flag), what was expected and what was found.
LoadedConfig load_config(const ConfigSources& sources);

/// Whether a running agent can take over another value of it.
bool is_reloadable(std::string_view key);

/// The environment variable of a key: `http.listen` is TIDEMARK_HTTP_LISTEN.
std::string environment_name(std::string_view key);

/// `127.0.0.1:4318`, `https://[::1]:4318`, `localhost:4318`: whether only this machine can reach an address.
bool is_loopback(std::string_view address);

inline constexpr std::string_view kTlsPrefix = "https://";

/// `url` with every password in it replaced by `***`.
std::string mask_url(std::string_view url);

}  // namespace tidemark::agent
