#include "agent/server_options.hpp"

#include <algorithm>

#include "agent/agent.hpp"

namespace tidemark::agent {
namespace {

http::Limits limits_of(const Config::Http& http) {
  http::Limits limits;
  limits.connections = http.connections;
  limits.queue = http.queue;
  limits.ingest_threads = http.ingest_threads;
  limits.read_threads = http.read_threads;
  limits.io_threads = http.io_threads;
  limits.body_bytes = http.body;
  limits.webhook_bytes = std::min(http.webhook_body, http.open_bodies);
  limits.open_body_bytes = http.open_bodies;
  limits.body_rate = http.body_rate;
  limits.max_page_rows = http.max_page_rows;
  limits.page_rows = std::min<std::size_t>(limits.page_rows, http.max_page_rows);
  limits.header_timeout = http.header_timeout;
  limits.idle_timeout = http.idle_timeout;
  limits.body_grace = http.body_grace;
  return limits;
}

http::Listener tcp_listener(const std::string& address, bool loopback_needs_token) {
  http::Listener listener;
  listener.tls = address.starts_with(kTlsPrefix);
  listener.address = listener.tls ? address.substr(kTlsPrefix.size()) : address;
  if (is_loopback(address) && !loopback_needs_token) listener.open.ingest = listener.open.read = true;
  return listener;
}

http::Listener unix_listener(const std::string& path) {
  http::Listener listener;
  listener.address = "unix:" + path;
  listener.open.ingest = listener.open.read = listener.open.admin = true;
  return listener;
}

}  // namespace

std::string socket_path(const std::string& store) { return store + (store.ends_with('/') ? "" : "/") + kSocketName; }

http::Access access_of(const Secrets& secrets) {
  http::Access access;
  for (const Secrets::Token& token : secrets.tokens) {
    http::Scopes scopes;
    for (const std::string& scope : token.scopes) {
      scopes.ingest |= scope == "ingest";
      scopes.read |= scope == "read";
      scopes.admin |= scope == "admin";
    }
    access.tokens.push_back({token.name, token.value, scopes});
  }
  access.webhooks = {secrets.github, secrets.buildkite, secrets.gitlab};
  return access;
}

http::ServerOptions server_options(const Config& config, const Secrets& secrets) {
  http::ServerOptions options;
  for (const std::string& address : config.http.listen)
    options.listeners.push_back(tcp_listener(address, config.http.loopback_needs_token));
  options.listeners.push_back(unix_listener(socket_path(config.store)));
  if (!config.http.unix_socket.empty()) options.listeners.push_back(unix_listener(config.http.unix_socket));
  options.tls = {config.http.tls_certificate, config.http.tls_key};
  options.access = access_of(secrets);
  options.limits = limits_of(config.http);
  options.host_names = config.http.host_names;
  return options;
}

}  // namespace tidemark::agent
