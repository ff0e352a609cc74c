#include "agent/notify.hpp"

#include <charconv>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace tidemark::agent {

void notify(const std::string& socket, const std::string& state) {
  sockaddr_un address{};
  if (socket.empty() || socket.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  if (socket.front() == '@') address.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  static_cast<void>(::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address), length));
  ::close(fd);
}

std::optional<Micros> watchdog_interval(const std::string& watchdog_usec) {
  std::int64_t us = 0;
  const char* const last = watchdog_usec.data() + watchdog_usec.size();
  const auto [end, error] = std::from_chars(watchdog_usec.data(), last, us);
  if (error != std::errc() || end != last || us < 2) return std::nullopt;
  return Micros{us / 2};
}

}  // namespace tidemark::agent
