#include "agent/notify.hpp"

#include <catch2/catch.hpp>

#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace tidemark;
using namespace tidemark::agent;

TEST_CASE("a supervisor's socket gets the state, an absent one is no failure") {
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  REQUIRE(fd >= 0);
  const std::string name = "@tidemark-notify-" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
  notify(name, "READY=1");
  char buffer[64];
  const ssize_t n = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  REQUIRE(n > 0);
  CHECK(std::string(buffer, static_cast<std::size_t>(n)) == "READY=1");
  ::close(fd);
  notify(name, "READY=1");
  notify("", "READY=1");
  notify(std::string(500, 'x'), "READY=1");
}

TEST_CASE("the watchdog is fed twice as often as it asks") {
  CHECK(watchdog_interval("30000000") == seconds(15));
  for (const char* none : {"", "0", "1", "x", "30s", "-5"}) CHECK_FALSE(watchdog_interval(none));
}
