#include "support/cutting_proxy.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

namespace tidemark::test {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a socket: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

int connect_unix(const std::string& path) {
  const sockaddr_un address = unix_address(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

int connect_tcp(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return -1;
  int fd = -1;
  for (const addrinfo* a = found; a != nullptr && fd < 0; a = a->ai_next) {
    fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) close(std::exchange(fd, -1));
  }
  freeaddrinfo(found);
  return fd;
}

bool send_all(int fd, const char* bytes, std::size_t n) {
  while (n > 0) {
    const ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    n -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

CuttingProxy::CuttingProxy(const std::string& listen_path, std::string host, std::string port)
    : host_(std::move(host)), port_(std::move(port)) {
  limit_[0] = limit_[1] = kNoLimit;
  const sockaddr_un address = unix_address(listen_path);
  listening_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listening_, 8) != 0 || pipe(stop_) != 0) {
    throw std::runtime_error("cannot listen at " + listen_path + ": " + std::strerror(errno));
  }
  thread_ = std::thread([this] { run(); });
}

CuttingProxy::~CuttingProxy() {
  close(stop_[1]);
  thread_.join();
  close(stop_[0]);
  close(listening_);
}

void CuttingProxy::cut_after(Way way, std::uint64_t bytes) {
  if (way == Way::to_server) return set_limits(bytes, kNoLimit);
  set_limits(kNoLimit, bytes);
}

void CuttingProxy::let_through() { set_limits(kNoLimit, kNoLimit); }

void CuttingProxy::set_limits(std::uint64_t to_server, std::uint64_t to_client) {
  std::unique_lock lock(mutex_);
  over_.wait(lock, [this] { return !busy_; });
  limit_[0] = to_server;
  limit_[1] = to_client;
  passed_[0] = passed_[1] = 0;
  cut_ = false;
}

void CuttingProxy::run() {
  while (true) {
    pollfd waits[2] = {{listening_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    if (waits[0].revents == 0) continue;
    const int client = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    {
      const std::lock_guard lock(mutex_);
      busy_ = true;
    }
    const int server = host_.starts_with('/') ? connect_unix(host_ + "/.s.PGSQL." + port_) : connect_tcp(host_, port_);
    if (server >= 0) {
      serve(client, server);
      close(server);
    }
    {
      // Before the client can know that it is over, and come back.
      const std::lock_guard lock(mutex_);
      busy_ = false;
    }
    close(client);
    over_.notify_all();
  }
}

void CuttingProxy::serve(int client, int server) {
  while (true) {
    pollfd waits[3] = {{client, POLLIN, 0}, {server, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    if (poll(waits, 3, -1) < 0 && errno != EINTR) return;
    if (waits[2].revents != 0) return;
    if (waits[0].revents != 0 && !pass_on(client, server, 0)) return;
    if (waits[1].revents != 0 && !pass_on(server, client, 1)) return;
  }
}

bool CuttingProxy::pass_on(int from, int to, int way) {
  char buffer[16 * 1024];
  const ssize_t n = recv(from, buffer, sizeof buffer, 0);
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) return false;
  const std::uint64_t left = limit_[way] - passed_[way];
  const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(left, static_cast<std::uint64_t>(n)));
  // Counted first: who has the bytes finds them counted.
  passed_[way] += some;
  cut_ = some == left;
  return send_all(to, buffer, some) && !cut_;
}

}  // namespace tidemark::test
