#include "agent/config_settings.hpp"

#include <algorithm>
#include <charconv>

#include "model/nearest.hpp"
#include "model/size.hpp"
#include "model/text.hpp"
#include "model/time_zone.hpp"

namespace tidemark::agent {
namespace {

constexpr Micros kLongest = days(365);
constexpr Micros kLeastOften = seconds(1);
constexpr std::uint64_t kMostPercent = 90;
constexpr std::size_t kMostItems = 64;

using Kind = TomlValue::Kind;

Setting text_setting(std::string key, std::string expected, std::string& held, bool may_be_empty = true) {
  Setting s{std::move(key), std::move(expected), Setting::Shape::text, {}, {}};
  s.set = [&held, may_be_empty](const TomlValue& v) {
    if (v.kind != Kind::text || (v.text.empty() && !may_be_empty)) return false;
    held = v.text;
    return true;
  };
  s.show = [&held] { return quote_toml(held); };
  return s;
}

Setting list_setting(std::string key, std::string expected, std::vector<std::string>& held,
                     std::vector<std::string_view> words = {}) {
  Setting s{std::move(key), std::move(expected), Setting::Shape::list, {}, {}};
  s.set = [&held, words = std::move(words)](const TomlValue& v) {
    if (v.kind != Kind::list || v.items.size() > kMostItems) return false;
    std::vector<std::string> read;
    for (const TomlValue& item : v.items) {
      if (item.kind != Kind::text || item.text.empty()) return false;
      if (!words.empty() && std::find(words.begin(), words.end(), item.text) == words.end()) return false;
      read.push_back(item.text);
    }
    held = std::move(read);
    return true;
  };
  s.show = [&held] {
    std::string out;
    for (const std::string& item : held) out += (out.empty() ? "" : ", ") + quote_toml(item);
    return "[" + out + "]";
  };
  return s;
}

Setting size_setting(std::string key, std::uint64_t& held, std::uint64_t least, std::uint64_t most) {
  Setting s{std::move(key),
            "a size such as \"" + format_size(held) + "\", from " + format_size(least) + " to " + format_size(most),
            Setting::Shape::text,
            {},
            {}};
  s.set = [&held, least, most](const TomlValue& v) {
    const auto bytes = v.kind == Kind::text ? parse_size(v.text) : std::nullopt;
    if (!bytes || *bytes < least || *bytes > most) return false;
    held = *bytes;
    return true;
  };
  s.show = [&held] { return quote_toml(format_size(held)); };
  return s;
}

Setting number_setting(std::string key, std::uint64_t& held, std::uint64_t least, std::uint64_t most) {
  Setting s{std::move(key),
            "a whole number from " + std::to_string(least) + " to " + std::to_string(most),
            Setting::Shape::number,
            {},
            {}};
  s.set = [&held, least, most](const TomlValue& v) {
    if (v.kind != Kind::integer || v.integer < 0) return false;
    const auto n = static_cast<std::uint64_t>(v.integer);
    if (n < least || n > most) return false;
    held = n;
    return true;
  };
  s.show = [&held] { return std::to_string(held); };
  return s;
}

std::optional<Micros> duration_in(const TomlValue& v, Micros least) {
  const auto read = v.kind == Kind::text ? parse_duration(v.text) : std::nullopt;
  return read && *read >= least && *read <= kLongest ? read : std::nullopt;
}

std::string expected_duration(Micros least) {
  return "a duration such as \"90s\", \"5m\" or \"1h\", from " + format_duration(least) + " to " +
         format_duration(kLongest);
}

Setting duration_setting(std::string key, Micros& held, Micros least) {
  Setting s{std::move(key), expected_duration(least), Setting::Shape::text, {}, {}};
  s.set = [&held, least](const TomlValue& v) {
    const auto read = duration_in(v, least);
    if (read) held = *read;
    return read.has_value();
  };
  s.show = [&held] { return quote_toml(format_duration(held)); };
  return s;
}

template <typename Value>
Setting choice_setting(std::string key, Value& held, std::vector<std::pair<std::string_view, Value>> choices,
                       Setting::Shape shape = Setting::Shape::text) {
  std::vector<std::string_view> words;
  for (const auto& choice : choices) words.push_back(choice.first);
  const bool is_boolean = shape == Setting::Shape::boolean;
  Setting s{std::move(key), is_boolean ? "true or false" : one_of(words), shape, {}, {}};
  s.set = [&held, choices](const TomlValue& v) {
    const std::string text = v.kind == Kind::boolean ? (v.boolean ? "true" : "false") : v.text;
    for (const auto& [word, value] : choices) {
      if ((v.kind != Kind::text && v.kind != Kind::boolean) || text != word) continue;
      held = value;
      return true;
    }
    return false;
  };
  s.show = [&held, choices, is_boolean] {
    for (const auto& [word, value] : choices)
      if (value == held) return is_boolean ? std::string(word) : quote_toml(word);
    return quote_toml("");
  };
  return s;
}

Setting boolean_setting(std::string key, bool& held) {
  return choice_setting<bool>(std::move(key), held, {{"false", false}, {"true", true}}, Setting::Shape::boolean);
}

Setting floor_setting(DiskFloor& held) {
  Setting s{"disk.floor",
            "a size such as \"512MB\", or a share of the disk from \"0%\" to \"90%\"",
            Setting::Shape::text,
            {},
            {}};
  s.set = [&held](const TomlValue& v) {
    if (v.kind != Kind::text) return false;
    if (!v.text.ends_with('%')) {
      const auto bytes = parse_size(v.text);
      if (bytes) held = {false, *bytes, 0};
      return bytes.has_value();
    }
    std::uint64_t percent = 0;
    const char* const last = v.text.data() + v.text.size() - 1;
    const auto [end, error] = std::from_chars(v.text.data(), last, percent);
    if (error != std::errc() || end != last || percent > kMostPercent) return false;
    held = {true, 0, percent};
    return true;
  };
  s.show = [&held] { return quote_toml(held.is_share ? std::to_string(held.percent) + "%" : format_size(held.bytes)); };
  return s;
}

std::string expected_often() {
  return expected_duration(kLeastOften) + ", or a cron expression such as \"*/15 * * * *\"";
}

/// Errors: InputError for an expression that is wrong. No duration has a space in it or begins with '@'.
std::optional<Often> often_in(const TomlValue& v) {
  if (v.kind != Kind::text) return std::nullopt;
  const std::string_view text = trim(v.text);
  if (text.find(' ') != std::string_view::npos || text.starts_with('@')) return Cron::parse(text);
  const auto read = duration_in(v, kLeastOften);
  return read ? std::optional<Often>(*read) : std::nullopt;
}

std::string show_often(const Often& often) {
  return quote_toml(often.cron ? often.cron->text() : format_duration(often.every));
}

Setting often_setting(std::string key, Often& held) {
  Setting s{std::move(key), expected_often(), Setting::Shape::text, {}, {}};
  s.set = [&held](const TomlValue& v) {
    const auto read = often_in(v);
    if (read) held = *read;
    return read.has_value();
  };
  s.show = [&held] { return show_often(held); };
  return s;
}

Setting every_setting(std::string key, SinkConfig& sink, const Config& config) {
  Setting s{std::move(key), expected_often(), Setting::Shape::text, {}, {}};
  s.set = [&sink](const TomlValue& v) {
    const auto read = often_in(v);
    if (read) sink.every = read;
    return read.has_value();
  };
  s.show = [&sink, &config] { return show_often(sink.every.value_or(config.loops.sync)); };
  return s;
}

Setting time_zone_setting(std::string key, std::string& held) {
  Setting s{std::move(key), "a time zone such as \"Europe/Amsterdam\"", Setting::Shape::text, {}, {}};
  s.set = [&held](const TomlValue& v) {
    if (v.kind != Kind::text) return false;
    check_time_zone_name(v.text);
    held = v.text;
    return true;
  };
  s.show = [&held] { return quote_toml(held); };
  return s;
}

void add_http(std::vector<Setting>& all, Config::Http& http) {
  all.push_back(list_setting(
      "http.listen", "a list of addresses such as \"127.0.0.1:4318\" or \"https://0.0.0.0:4319\"", http.listen));
  all.push_back(text_setting("http.unix_socket", "a path", http.unix_socket));
  all.push_back(boolean_setting("http.loopback_needs_token", http.loopback_needs_token));
  all.push_back(list_setting("http.host_names", "a list of names", http.host_names));
  all.push_back(text_setting("http.tls_certificate", "a PEM file", http.tls_certificate));
  all.push_back(text_setting("http.tls_key", "a PEM file", http.tls_key));
  all.push_back(number_setting("http.connections", http.connections, 8, 100'000));
  all.push_back(number_setting("http.queue", http.queue, 1, 10'000));
  all.push_back(number_setting("http.ingest_threads", http.ingest_threads, 1, 64));
  all.push_back(number_setting("http.read_threads", http.read_threads, 1, 64));
  all.push_back(number_setting("http.io_threads", http.io_threads, 1, 64));
  all.push_back(size_setting("http.body", http.body, 1u << 10, 256u << 20));
  all.push_back(size_setting("http.webhook_body", http.webhook_body, 1u << 10, 256u << 20));
  all.push_back(size_setting("http.open_bodies", http.open_bodies, 1u << 20, std::uint64_t{1} << 40));
  all.push_back(size_setting("http.body_rate", http.body_rate, 1, 1u << 30));
  all.push_back(number_setting("http.max_page_rows", http.max_page_rows, 1, 1'000'000));
  all.push_back(duration_setting("http.header_timeout", http.header_timeout, Micros{1000}));
  all.push_back(duration_setting("http.idle_timeout", http.idle_timeout, Micros{1000}));
  all.push_back(duration_setting("http.body_grace", http.body_grace, Micros{1000}));
}

void add_named(std::vector<Setting>& all, Config& config) {
  for (TokenConfig& token : config.tokens) {
    const std::string at = "tokens." + token.name + ".";
    all.push_back(text_setting(at + "file", "a file that holds the token", token.file, false));
    all.push_back(list_setting(at + "scopes", "a list of 'ingest', 'read' and 'admin'", token.scopes,
                               {"ingest", "read", "admin"}));
  }
  const auto webhook = [&](const std::string& provider, Config::Webhook& held) {
    all.push_back(list_setting("webhooks." + provider + ".secret_files", "a list of files, each with a secret",
                               held.secret_files));
  };
  webhook("github", config.github);
  webhook("buildkite", config.buildkite);
  webhook("gitlab", config.gitlab);
  for (SinkConfig& sink : config.sinks) {
    const std::string at = "sinks." + sink.name + ".";
    Setting url =
        text_setting(at + "url", "a URL such as \"sqlite:/var/lib/ci.db\" or \"postgresql://…\"", sink.url, false);
    url.show = [&sink] { return quote_toml(mask_url(sink.url)); };
    all.push_back(std::move(url));
    all.push_back(text_setting(at + "password_file", "a file that holds the password", sink.password_file));
    all.push_back(every_setting(at + "every", sink, config));
    all.push_back(boolean_setting(at + "unfinished", sink.unfinished));
    all.push_back(boolean_setting(at + "views", sink.views));
  }
}

void add_loops(std::vector<Setting>& all, Config::Loops& loops) {
  all.push_back(often_setting("loops.recompute", loops.recompute));
  all.push_back(often_setting("loops.sync", loops.sync));
  all.push_back(often_setting("loops.retain", loops.retain));
  all.push_back(often_setting("loops.trim_refreshes", loops.trim_refreshes));
  all.push_back(duration_setting("loops.checkpoint", loops.checkpoint, Micros{10'000}));
  all.push_back(duration_setting("loops.disk", loops.disk, Micros{10'000}));
  all.push_back(time_zone_setting("loops.time_zone", loops.time_zone));
}

}  // namespace

std::vector<Setting> settings_of(Config& config) {
  std::vector<Setting> all;
  all.push_back(text_setting("store", "the store's folder", config.store, false));
  all.push_back(list_setting("schemas", "a list of TOML files or folders", config.schemas));
  all.push_back(size_setting("memory", config.memory, 64u << 20, std::uint64_t{1} << 40));
  all.push_back(number_setting("threads", config.threads, 1, 64));
  all.push_back(choice_setting<Drain>(
      "drain", config.drain,
      {{"none", Drain::none}, {"compute", Drain::compute}, {"sync", Drain::sync}, {"seal", Drain::seal}}));
  all.push_back(duration_setting("drain_timeout", config.drain_timeout, seconds(1)));
  add_http(all, config.http);
  add_named(all, config);
  add_loops(all, config.loops);
  all.push_back(duration_setting("refresh_retention", config.refresh_retention, seconds(1)));
  all.push_back(floor_setting(config.disk_floor));
  all.push_back(choice_setting<std::string>(
      "log.level", config.log_level, {{"debug", "debug"}, {"info", "info"}, {"warn", "warn"}, {"error", "error"}}));
  all.push_back(choice_setting<bool>("log.format", config.log_json, {{"text", false}, {"json", true}}));
  return all;
}

}  // namespace tidemark::agent
