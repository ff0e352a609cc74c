#include "sink/postgres_url.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>

#include <tidemark/errors.hpp>

#include "model/text.hpp"
#include "sink/table_layout.hpp"

namespace tidemark {
namespace {

/// Shorter ones are left alone: replacing every `a` would make messages unreadable, and libpq prints no passwords.
constexpr std::size_t kShortestSecret = 3;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) throw InputError("PostgreSQL URL: `%` in schema= needs two hexadecimal digits after it");
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  static constexpr std::string_view kPlain = "-._~:,[]";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kPlain.find(c) != std::string_view::npos;
    if (plain)
      out.push_back(c);
    else
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return out;
}

/// Where the URL's parameters begin. A password may hold a `?`.
std::size_t parameters_at(const std::string& url) {
  const std::size_t authority = url.find("://") + 3;
  const std::size_t authority_end = std::min(url.find('/', authority), url.size());
  const std::size_t user_end = url.rfind('@', authority_end);
  return url.find('?', user_end != std::string::npos && user_end > authority ? user_end : authority);
}

/// Takes `schema=` out of the URL.
std::string take_schema(std::string& url) {
  std::string schema = "tidemark";
  const std::size_t at = parameters_at(url);
  if (at == std::string::npos) return schema;
  std::string kept;
  std::string_view rest = std::string_view(url).substr(at + 1);
  while (!rest.empty()) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
    if (parameter.starts_with("schema="))
      schema = percent_decode(parameter.substr(7));
    else
      kept.append(kept.empty() ? "?" : "&").append(parameter);
  }
  url = url.substr(0, at) + kept;
  return schema;
}

void check_schema_name(const std::string& schema) {
  if (schema.empty() || schema.size() > kMaxSinkName || schema.find('\0') != std::string::npos)
    throw InputError("PostgreSQL URL: schema= needs a name of 1 to " + std::to_string(kMaxSinkName) + " bytes");
  if (schema.starts_with("pg_"))
    throw InputError("PostgreSQL URL: schema=" + schema + " is reserved by PostgreSQL; choose another name");
}

using Options = std::map<std::string, std::string>;

/// Frees what libpq gave.
Options take_options(PQconninfoOption* list) {
  Options options;
  for (const PQconninfoOption* option = list; option != nullptr && option->keyword != nullptr; ++option)
    if (option->val != nullptr && *option->val != '\0') options[option->keyword] = option->val;
  PQconninfoFree(list);
  return options;
}

Options parse_with_libpq(const std::string& url) {
  char* message = nullptr;
  PQconninfoOption* list = PQconninfoParse(url.c_str(), &message);
  if (list != nullptr) return take_options(list);
  // libpq quotes the piece that it dislikes, which may be the password.
  std::string reason = message == nullptr ? "out of memory" : message;
  PQfreemem(message);
  reason = reason.substr(0, std::min(reason.find('"'), reason.find('\n')));
  while (!reason.empty() && (reason.back() == ' ' || reason.back() == ':')) reason.pop_back();
  throw InputError("not a PostgreSQL URL (" + reason +
                   "); expected postgresql://user@host:port/database?schema=NAME, "
                   "with special characters in a password written as %XX");
}

/// One port for all hosts, or one for each; an empty one is the default.
bool are_default_ports(std::string_view ports) {
  while (!ports.empty()) {
    const std::string_view port = ports.substr(0, ports.find(','));
    if (!port.empty() && port != "5432") return false;
    ports.remove_prefix(std::min(port.size() + 1, ports.size()));
  }
  return true;
}

std::string canonical_name(const Options& given, const std::string& schema) {
  Options options = given;
  for (const auto& [key, value] : take_options(PQconndefaults())) options.try_emplace(key, value);
  std::string host = options.contains("host") ? options["host"] : options["hostaddr"];
  if (!host.starts_with('/')) host = to_lower(host);
  const std::string database = options.contains("dbname") ? options["dbname"] : options["user"];
  std::string name = "postgresql://" + percent_encode(host);
  if (!are_default_ports(options["port"])) name += ":" + options["port"];
  name += "/" + percent_encode(database) + "?schema=" + percent_encode(schema);
  if (options.contains("service")) name += "&service=" + percent_encode(options["service"]);
  return name;
}

void add_secret(std::vector<std::string>& secrets, std::string_view secret) {
  if (secret.size() >= kShortestSecret) secrets.emplace_back(secret);
}

std::vector<std::string> secrets_of(const Options& options) {
  std::vector<std::string> secrets;
  for (const char* key : {"password", "sslpassword"}) {
    const auto found = options.find(key);
    if (found == options.end()) continue;
    add_secret(secrets, found->second);
    add_secret(secrets, percent_encode(found->second));
  }
  return secrets;
}

}  // namespace

/// libpq takes pieces of a password with a raw `/` or `@` for a port, host or database, which messages would then show.
void refuse_stray_password(const std::string& url) {
  const std::string_view place = std::string_view(url).substr(0, url.find('?'));
  const std::size_t authority = std::min(place.find("://"), place.size() - 3) + 3;
  const std::size_t first_at = place.find('@', authority);
  const std::size_t first_slash = place.find('/', authority);
  if (first_at == std::string_view::npos) return;
  if (first_slash < first_at || place.find('@', first_at + 1) != std::string_view::npos)
    throw InputError("not a PostgreSQL URL (a stray / or @); expected postgresql://user@host:port/database?schema=NAME, "
                     "with special characters in a user's name or password written as %XX");
}

PostgresUrl parse_postgres_url(const std::string& url) {
  refuse_stray_password(url);
  PostgresUrl parsed;
  parsed.libpq = url;
  parsed.schema = take_schema(parsed.libpq);
  check_schema_name(parsed.schema);
  const Options options = parse_with_libpq(parsed.libpq);
  parsed.name = canonical_name(options, parsed.schema);
  parsed.secrets = secrets_of(options);
  for (const char* key : {"host", "hostaddr"}) {
    const auto found = options.find(key);
    parsed.several_hosts |= found != options.end() && found->second.find(',') != std::string::npos;
  }
  return parsed;
}

std::string without_secrets(std::string message, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets)
    for (std::size_t at = 0; (at = message.find(secret, at)) != std::string::npos; at += 3)
      message.replace(at, secret.size(), "***");
  return message;
}

}  // namespace tidemark
