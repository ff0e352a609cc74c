#include "http/http_support.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>
#include <fstream>
#include <random>
#include <stdexcept>

#include "http/address.hpp"

namespace tidemark::test {

Scratch::Scratch()
    : folder_(std::filesystem::temp_directory_path() / ("tidemark-http-" + std::to_string(std::random_device{}()))) {
  std::filesystem::create_directories(folder_);
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

FakeHost::FakeHost(const std::string& store, const std::string& definitions) : store_(store) {
  EngineOptions options;
  if (!definitions.empty()) {
    options.schema_paths = {store + ".toml"};
    std::ofstream(options.schema_paths.front()) << definitions;
  }
  options.store_path = store;
  engine_ = Engine::open(options, kNow);
}

std::optional<http::Host::Refusal> FakeHost::refuses_ingest() const {
  if (!refuses) return std::nullopt;
  return Refusal{"the disk is nearly full", 30};
}

std::vector<http::Host::Job> FakeHost::jobs() const {
  Job job;
  job.name = "recompute";
  job.schedule = "60s";
  job.runs = static_cast<std::uint64_t>(recomputes);
  job.last_start = job.last_success = kNow;
  job.last_duration = Micros{1500};
  Job view;
  view.name = "view:landing";
  view.schedule = "*/5 * * * *";
  view.time_zone = "Europe/Amsterdam";
  view.next = kNow;
  view.skipped = 2;
  view.failures = 1;
  view.last_error = "no such column";
  return {job, view};
}

http::Host::Job FakeHost::run_job(const std::string& name) {
  if (name != "recompute") throw InputError("there is no job '" + name + "'; there is recompute");
  ++loops_begun;
  const std::lock_guard lock(loops_may_run);
  engine_->recompute(kNow);
  ++recomputes;
  return jobs().front();
}

std::string FakeHost::sink_url(const std::string& name) const {
  if (name != "central") throw InputError("the configuration has no sink '" + name + "'");
  return "sqlite:" + store_ + ".db";
}

void FakeHost::backup(const std::string& folder) { backed_up = folder; }

http::ServerOptions loopback(http::Scopes open) {
  http::ServerOptions options;
  http::Listener listener;
  listener.address = "127.0.0.1:0";
  listener.open = open;
  options.listeners = {listener};
  return options;
}

Running::Running(http::ServerOptions options, const std::string& definitions)
    : host(scratch.path("store"), definitions), server(std::make_unique<http::Server>(host, std::move(options))) {
  server->start();
}

http::ClientResponse Running::get(const std::string& target) { return send({"GET", target, {}, {}}); }

http::ClientResponse Running::post(const std::string& target, std::string body, const std::string& content_type) {
  http::ClientRequest request{"POST", target, {}, std::move(body)};
  if (!content_type.empty()) request.headers.emplace_back("Content-Type", content_type);
  return send(std::move(request));
}

http::ClientResponse Running::put(const std::string& target, std::string body, const std::string& content_type) {
  return send({"PUT", target, {{"Content-Type", content_type}}, std::move(body)});
}

http::ClientResponse Running::send(http::ClientRequest request) { return http::Client(address()).send(request); }

RawConnection::RawConnection(const std::string& address) {
  const auto parsed = http::parse_tcp_address(address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (!parsed || ::getaddrinfo(parsed->host.c_str(), parsed->port.c_str(), &hints, &found) != 0)
    throw std::runtime_error("getaddrinfo " + address);
  socket_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int failed = ::connect(socket_, found->ai_addr, found->ai_addrlen);
  ::freeaddrinfo(found);
  if (failed != 0) throw std::runtime_error("connect " + address);
  const timeval patience{60, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

RawConnection::~RawConnection() { ::close(socket_); }

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string RawConnection::read_until(std::string_view end) {
  std::string text;
  char piece[4096];
  while (end.empty() || text.find(end) == std::string::npos) {
    const ssize_t n = ::recv(socket_, piece, sizeof piece, 0);
    if (n < 0 && errno == EAGAIN) throw std::runtime_error("nothing came for a minute after: " + text);
    if (n <= 0) break;
    text.append(piece, static_cast<std::size_t>(n));
  }
  return text;
}

bool RawConnection::unanswered() const {
  char byte;
  return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
}

void RawConnection::finish_sending() { ::shutdown(socket_, SHUT_WR); }

std::string job(int id, const std::string& more) {
  return R"({"source":"job","id":)" + std::to_string(id) +
         R"(,"owner":"acme","repository":"acme/api","pipeline":"ci","job":"build","result":"success",)" +
         R"("labels":["x64","linux"],"started_at":"2026-01-05T00:00:00Z","ended_at":"2026-01-05T00:00:01Z")" + more +
         "}\n";
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace tidemark::test
