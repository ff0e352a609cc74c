#include "http/acceptors.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include <tidemark/errors.hpp>

#include "http/address.hpp"

namespace tidemark::http {
namespace {

[[noreturn]] void fail(const std::string& address, const std::string& what) {
  throw InputError("cannot listen on " + address + ": " + what);
}
[[noreturn]] void fail(const std::string& address) { fail(address, std::strerror(errno)); }

/// Closed unless it is released.
struct Descriptor {
  explicit Descriptor(int fd) : value(fd) {}
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int release() { return std::exchange(value, -1); }
  int value;
};

Acceptor listening(boost::asio::io_context& context, Descriptor& socket, int family, const std::string& address) {
  if (::listen(socket.value, SOMAXCONN) != 0) fail(address);
  return Acceptor(context, boost::asio::generic::stream_protocol(family, 0), socket.release());
}

std::string text_of(const sockaddr* address, socklen_t size) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (::getnameinfo(address, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return {};
  return address->sa_family == AF_INET6 ? '[' + std::string(host) + "]:" + port : std::string(host) + ':' + port;
}

BoundAcceptor bind_tcp(boost::asio::io_context& context, const addrinfo& info, const std::string& address) {
  Descriptor socket(::socket(info.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.value < 0) fail(address);
  const int on = 1;
  ::setsockopt(socket.value, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // `[::]` beside `0.0.0.0` must be possible.
  if (info.ai_family == AF_INET6) ::setsockopt(socket.value, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(socket.value, info.ai_addr, info.ai_addrlen) != 0) fail(address);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  ::getsockname(socket.value, reinterpret_cast<sockaddr*>(&bound), &size);
  Acceptor acceptor = listening(context, socket, info.ai_family, address);
  return {std::move(acceptor), text_of(reinterpret_cast<sockaddr*>(&bound), size), {}};
}

/// Whether the address can be bound at all, on any port.
bool is_of_this_machine(const addrinfo& info) {
  Descriptor socket(::socket(info.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage any_port{};
  std::memcpy(&any_port, info.ai_addr, info.ai_addrlen);
  // The port stands at the same place for both versions.
  reinterpret_cast<sockaddr_in&>(any_port).sin_port = 0;
  return socket.value >= 0 && ::bind(socket.value, reinterpret_cast<sockaddr*>(&any_port), info.ai_addrlen) == 0;
}

std::vector<BoundAcceptor> bind_name(boost::asio::io_context& context, const std::string& address) {
  const auto parsed = parse_tcp_address(address);
  if (!parsed) fail(address, "expected HOST:PORT, [ADDRESS]:PORT or unix:PATH");
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(parsed->host.c_str(), parsed->port.c_str(), &hints, &found); error != 0)
    fail(address, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  std::vector<BoundAcceptor> acceptors;
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    // `localhost` is said to have a version 6 address on machines without that version, too.
    const bool last_hope = info->ai_next == nullptr && acceptors.empty();
    if (!last_hope && !is_of_this_machine(*info)) continue;
    acceptors.push_back(bind_tcp(context, *info, address));
  }
  return acceptors;
}

/// What a process that was killed has left behind would be in the way. A socket on which somebody listens stays.
void remove_stale(const UnixAddress& where, const std::string& address) {
  struct stat info {};
  if (::lstat(where.short_path(), &info) != 0) return;
  if (!S_ISSOCK(info.st_mode)) fail(address, "there is a file of that name, and it is no socket");
  Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* name = reinterpret_cast<const sockaddr*>(&where.value());
  if (::connect(probe.value, name, sizeof where.value()) == 0) fail(address, "another process listens there");
  if (errno == ECONNREFUSED) ::unlink(where.short_path());
}

BoundAcceptor bind_unix(boost::asio::io_context& context, const std::string& path, const std::string& address) {
  const UnixAddress where(path);
  remove_stale(where, address);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.value < 0) fail(address);
  // Before it is bound, so that there is no moment in which others may connect.
  ::fchmod(socket.value, S_IRUSR | S_IWUSR);
  if (::bind(socket.value, reinterpret_cast<const sockaddr*>(&where.value()), sizeof where.value()) != 0) fail(address);
  ::chmod(where.short_path(), S_IRUSR | S_IWUSR);
  Acceptor acceptor = listening(context, socket, AF_UNIX, address);
  return {std::move(acceptor), address, path};
}

}  // namespace

std::vector<BoundAcceptor> bind_acceptors(boost::asio::io_context& context, const std::string& address) {
  const auto path = unix_path(address);
  if (!path) return bind_name(context, address);
  std::vector<BoundAcceptor> acceptors;
  acceptors.push_back(bind_unix(context, *path, address));
  return acceptors;
}

}  // namespace tidemark::http
