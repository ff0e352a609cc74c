#include "agent/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include <arpa/inet.h>

#include <tidemark/errors.hpp>

#include "agent/config_settings.hpp"
#include "model/nearest.hpp"
#include "model/text.hpp"

namespace tidemark::agent {
namespace {

using Kind = TomlValue::Kind;

constexpr std::size_t kMostNamed = 64;
constexpr std::size_t kMostFileBytes = 1u << 20;
constexpr std::string_view kEnvironment = "TIDEMARK_";
/// Variables of the command line and of the tests that are no keys.
constexpr std::array<std::string_view, 4> kOtherVariables = {"TIDEMARK_CONFIG", "TIDEMARK_SINK", "TIDEMARK_BIN",
                                                             "TIDEMARK_TEST_PG"};
/// What TIDEMARK_SINK stands for, which the commands know, too.
constexpr const char* kUnnamedSink = "default";

/// A value on its way into a setting.
struct Given {
  std::string key;
  TomlValue value;
  Origin origin;
  std::string where;  ///< How a message begins: `tidemark.toml:3: [http] listen`, `TIDEMARK_HTTP_LISTEN`.
};

[[noreturn]] void fail(const std::string& where, const std::string& message) {
  throw InputError(where + ": " + message);
}

std::string found_text(const TomlValue& v) {
  if (v.kind == Kind::text) return quote_toml(v.text);
  if (v.kind == Kind::integer) return std::to_string(v.integer);
  return std::string(describe(v.kind));
}

/// A URL may have a password in it, whatever else is wrong with the value.
bool may_show(std::string_view key) { return !key.ends_with(".url"); }

std::string place_in_file(const std::string& file, int line, const std::string& key) {
  const std::size_t dot = key.rfind('.');
  std::string where = file + ":" + std::to_string(line) + ": ";
  if (dot != std::string::npos) where += "[" + key.substr(0, dot) + "] ";
  return where + key.substr(dot == std::string::npos ? 0 : dot + 1);
}

/// The file's values, one for each key, its tables taken apart.
void collect(const std::string& file, const std::string& prefix, const TomlValue& table, std::vector<Given>& out) {
  for (const TomlEntry& entry : table.entries) {
    const std::string key = prefix.empty() ? entry.key : prefix + "." + entry.key;
    if (entry.value.kind == Kind::table) {
      collect(file, key, entry.value, out);
      if (!entry.value.entries.empty()) continue;
    }
    out.push_back({key,
                   entry.value,
                   {Origin::Kind::file, file + ":" + std::to_string(entry.line)},
                   place_in_file(file, entry.line, key)});
  }
}

/// `sinks.warehouse.url` → `warehouse`.
std::optional<std::string> name_in_key(std::string_view key, std::string_view table) {
  if (!key.starts_with(table) || key.size() <= table.size() || key[table.size()] != '.') return std::nullopt;
  const std::string_view rest = key.substr(table.size() + 1);
  return std::string(rest.substr(0, rest.find('.')));
}

std::string to_upper_name(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '.' || c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

/// `TIDEMARK_SINKS_WAREHOUSE_URL` → `WAREHOUSE`.
std::optional<std::string> name_in_variable(std::string_view variable, std::string_view table,
                                            const std::vector<std::string_view>& keys) {
  const std::string prefix = std::string(kEnvironment) + to_upper_name(table) + "_";
  if (!variable.starts_with(prefix)) return std::nullopt;
  for (const std::string_view key : keys) {
    const std::string suffix = "_" + to_upper_name(key);
    if (variable.ends_with(suffix) && variable.size() > prefix.size() + suffix.size())
      return std::string(variable.substr(prefix.size(), variable.size() - prefix.size() - suffix.size()));
  }
  return std::nullopt;
}

void check_name(const std::string& where, std::string_view table, const std::string& name) {
  const bool good = !name.empty() && name.size() <= 63 &&
                    name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
  if (!good)
    fail(where, "expected a name of a-z, 0-9, '_' and '-' behind '" + std::string(table) + ".', found '" + name + "'");
}

/// Which tokens or sinks there are: those of the file and the flags, and those that only variables name.
std::set<std::string> names_of(const std::vector<Given>& given, const std::map<std::string, std::string>& environment,
                               std::string_view table, const std::vector<std::string_view>& keys) {
  std::set<std::string> names;
  std::set<std::string> as_variables;
  for (const Given& g : given) {
    const auto name = name_in_key(g.key, table);
    if (!name) continue;
    check_name(g.where, table, *name);
    names.insert(*name);
    as_variables.insert(to_upper_name(*name));
    if (names.size() > kMostNamed)
      fail(g.where, "expected at most " + std::to_string(kMostNamed) + " " + std::string(table));
  }
  for (const auto& [variable, value] : environment) {
    const auto name = name_in_variable(variable, table, keys);
    if (name && as_variables.insert(*name).second) names.insert(to_lower(*name));
  }
  return names;
}

TomlValue value_of(const std::string& text, Setting::Shape shape) {
  TomlValue v;
  v.kind = Kind::text;
  v.text = text;
  if (shape == Setting::Shape::number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v.integer);
    if (error == std::errc() && end == text.data() + text.size()) v.kind = Kind::integer;
  } else if (shape == Setting::Shape::list) {
    v.kind = Kind::list;
    for (std::size_t at = 0; at <= text.size() && !trim(text).empty();) {
      const std::size_t comma = std::min(text.find(',', at), text.size());
      TomlValue item;
      item.kind = Kind::text;
      item.text = trim(std::string_view(text).substr(at, comma - at));
      v.items.push_back(std::move(item));
      at = comma + 1;
    }
  }
  return v;
}

[[noreturn]] void fail_unknown(const Given& given, const std::vector<Setting>& settings) {
  // The nearest table above it that there is, and what that one may hold.
  std::string table = given.key;
  std::set<std::string, std::less<>> children;
  std::string child;
  while (children.empty()) {
    const std::size_t dot = table.rfind('.');
    child = dot == std::string::npos ? table : table.substr(dot + 1);
    table = dot == std::string::npos ? std::string() : table.substr(0, dot);
    const std::string prefix = table.empty() ? std::string() : table + ".";
    for (const Setting& s : settings)
      if (s.key.starts_with(prefix))
        children.insert(s.key.substr(prefix.size(), s.key.find('.', prefix.size()) - prefix.size()));
    if (table.empty()) children.insert({"sinks", "tokens"});
  }
  if (children.contains(child)) fail(given.where, "expected a table, found " + found_text(given.value));
  const std::vector<std::string_view> words(children.begin(), children.end());
  fail(given.where, "expected " + one_of(words) + ", found an unknown key" + suggest(child, words));
}

void put(const Given& given, std::vector<Setting>& settings) {
  const auto found =
      std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.key == given.key; });
  if (found == settings.end()) {
    // A token or a sink without any key: it is its missing key that is wrong, which is told later.
    if (given.value.kind == Kind::table && given.value.entries.empty()) return;
    fail_unknown(given, settings);
  }
  bool understood = false;
  try {
    understood = found->set(given.value);
  } catch (const InputError& e) {
    fail(given.where, e.what());
  }
  if (!understood) {
    std::string message = "expected " + found->expected;
    if (may_show(given.key)) message += ", found " + found_text(given.value);
    fail(given.where, message);
  }
  found->origin = given.origin;
}

void apply_environment(const std::map<std::string, std::string>& environment, std::vector<Setting>& settings,
                       std::vector<std::string>& warnings) {
  std::set<std::string> known;
  for (Setting& s : settings) {
    const std::string name = environment_name(s.key);
    known.insert(name);
    auto found = environment.find(name);
    if (found == environment.end() && s.key == "sinks.default.url") found = environment.find("TIDEMARK_SINK");
    if (found == environment.end() || found->second.empty()) continue;
    put({s.key, value_of(found->second, s.shape), {Origin::Kind::environment, found->first}, found->first}, settings);
  }
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kEnvironment) || known.contains(name)) continue;
    if (std::find(kOtherVariables.begin(), kOtherVariables.end(), name) != kOtherVariables.end()) continue;
    warnings.push_back("the environment variable " + name + " is no key of the configuration" +
                       suggest(name, {known.begin(), known.end()}));
  }
}

const Origin& origin_of(const std::vector<Setting>& settings, std::string_view key) {
  return std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.key == key; })->origin;
}

/// What each value alone does not show.
void check_together(const Config& config, const std::vector<Setting>& settings) {
  const auto where = [&](const std::string& key) { return origin_of(settings, key).text + ": " + key; };
  for (const TokenConfig& token : config.tokens) {
    if (token.file.empty()) fail("tokens." + token.name, "expected 'file', a file that holds the token, found nothing");
    if (token.scopes.empty())
      fail(where("tokens." + token.name + ".scopes"), "expected at least one of 'ingest', 'read' and 'admin'");
  }
  for (const SinkConfig& sink : config.sinks) {
    if (sink.url.empty()) fail("sinks." + sink.name, "expected 'url', found nothing");
    const bool known =
        sink.url.starts_with("sqlite:") || sink.url.starts_with("postgres://") || sink.url.starts_with("postgresql://");
    if (!known) fail(where("sinks." + sink.name + ".url"), "expected a URL that begins with sqlite: or postgresql://");
    if (!sink.password_file.empty() && sink.url.starts_with("sqlite:"))
      fail(where("sinks." + sink.name + ".password_file"), "a SQLite file takes no password; leave it out");
    if (!sink.password_file.empty() && mask_url(sink.url) != sink.url)
      fail(where("sinks." + sink.name + ".password_file"), "expected no password in the URL beside it");
  }
  if (config.http.tls_certificate.empty() != config.http.tls_key.empty())
    fail(where(config.http.tls_key.empty() ? "http.tls_certificate" : "http.tls_key"),
         "expected http.tls_certificate and http.tls_key together");
  const bool wants_tls = std::any_of(config.http.listen.begin(), config.http.listen.end(),
                                     [](const std::string& address) { return address.starts_with(kTlsPrefix); });
  if (wants_tls && config.http.tls_key.empty())
    fail(where("http.listen"), "https:// needs http.tls_certificate and http.tls_key");
  if (!wants_tls && !config.http.tls_key.empty())
    fail(where("http.tls_key"), "no address uses it; write https:// before one in http.listen");
  if (config.http.open_bodies < config.http.body)
    fail(where("http.open_bodies"), "expected at least http.body, or the largest bodies could never be taken");
  if (!config.tokens.empty()) return;
  if (config.http.loopback_needs_token)
    fail(where("http.loopback_needs_token"), "there is no token: declare one ([tokens.NAME] with file = …)");
  for (const std::string& address : config.http.listen)
    if (!is_loopback(address))
      fail(where("http.listen"), "'" + address +
                                     "' can be reached from other machines and there is no token: declare one "
                                     "([tokens.NAME] with file = …), or listen on 127.0.0.1");
}

}  // namespace

bool is_reloadable(std::string_view key) {
  if (key.starts_with("sinks.")) return !key.ends_with(".url") && !key.ends_with(".views");
  for (const std::string_view table : {"tokens.", "webhooks.", "loops.", "disk."})
    if (key.starts_with(table)) return true;
  return key == "drain" || key == "refresh_retention" || key == "drain_timeout" || key == "log.level";
}

std::string environment_name(std::string_view key) { return std::string(kEnvironment) + to_upper_name(key); }

LoadedConfig load_config(const ConfigSources& sources) {
  std::vector<Given> given;
  if (!sources.file_name.empty()) {
    if (sources.file_text.size() > kMostFileBytes)
      fail(sources.file_name, "expected at most " + std::to_string(kMostFileBytes) + " bytes");
    collect(sources.file_name, {}, parse_toml(sources.file_name, sources.file_text), given);
  }
  std::vector<Given> flags;
  for (const auto& flag : sources.flags) {
    Given g{flag.key, {}, {Origin::Kind::flag, flag.flag}, flag.flag};
    g.value.kind = Kind::text;
    g.value.text = flag.value;
    flags.push_back(std::move(g));
  }
  std::vector<Given> named = given;
  named.insert(named.end(), flags.begin(), flags.end());

  LoadedConfig loaded;
  for (const std::string& name : names_of(named, sources.environment, "tokens", {"file", "scopes"}))
    loaded.config.tokens.push_back({name, {}});
  std::set<std::string> sinks =
      names_of(named, sources.environment, "sinks", {"url", "password_file", "every", "unfinished", "views"});
  const auto unnamed = sources.environment.find("TIDEMARK_SINK");
  if (unnamed != sources.environment.end() && !unnamed->second.empty()) sinks.insert(kUnnamedSink);
  for (const std::string& name : sinks) loaded.config.sinks.emplace_back().name = name;

  std::vector<Setting> settings = settings_of(loaded.config);
  for (const Given& g : given) put(g, settings);
  apply_environment(sources.environment, settings, loaded.warnings);
  for (Given& g : flags) {
    for (const Setting& s : settings)
      if (s.key == g.key) g.value = value_of(g.value.text, s.shape);
    put(g, settings);
  }
  check_together(loaded.config, settings);
  for (const std::string& address : loaded.config.http.listen)
    if (!is_loopback(address) && !address.starts_with(kTlsPrefix))
      loaded.warnings.push_back("http.listen: tokens and spans go unencrypted to " + address +
                                "; https:// encrypts them");
  for (const Setting& s : settings) loaded.shown.push_back({s.key, s.show(), s.origin});
  return loaded;
}

bool is_loopback(std::string_view address) {
  if (address.starts_with(kTlsPrefix)) address.remove_prefix(kTlsPrefix.size());
  std::string host(address.substr(0, address.rfind(':')));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") return true;
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  in6_addr six{};
  return ::inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

std::string mask_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  std::string out(url.substr(0, scheme + 3));
  std::string rest(url.substr(scheme + 3));
  // A password may hold `/`, `?` or `@` unescaped: from the first colon up to the last `@` is masked.
  const std::size_t at = rest.rfind('@');
  const std::size_t colon = rest.find(':');
  if (at != std::string::npos && colon < at) rest.replace(colon + 1, at - colon - 1, "***");
  for (const std::string_view key : {"password=", "sslpassword="}) {
    for (std::size_t from = 0; (from = rest.find(key, from)) != std::string::npos;) {
      from += key.size();
      const bool is_key =
          from > key.size() && (rest[from - key.size() - 1] == '?' || rest[from - key.size() - 1] == '&');
      if (is_key) rest.replace(from, std::min(rest.find('&', from), rest.size()) - from, "***");
    }
  }
  return out + rest;
}

}  // namespace tidemark::agent
