#include "cli/supervisor.hpp"

#include <csignal>
#include <cstring>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace tidemark::test {

Supervisor::Supervisor() {
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path("notify");
  std::strncpy(address.sun_path, name.c_str(), sizeof address.sun_path - 1);
  const timeval patience{60, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("bind");
}

Supervisor::~Supervisor() {
  agent_.reset();
  ::close(socket_);
}

void Supervisor::start(std::vector<std::string> more) {
  std::vector<std::string> words = {"agent", "--store", store(), "--listen", "127.0.0.1:0"};
  words.insert(words.end(), more.begin(), more.end());
  RunOptions options;
  options.environment = {{"NOTIFY_SOCKET", path("notify")}};
  agent_ = std::make_unique<Background>(words, options);
  wait_for("READY=1");
}

std::string Supervisor::address() const {
  const std::string told = agent_->err(), before = "listening address=";
  const std::size_t at = told.find(before);
  if (at == std::string::npos) throw std::runtime_error("the agent listens nowhere; it wrote: " + told);
  const std::size_t begin = at + before.size();
  return told.substr(begin, told.find_first_of(" \n", begin) - begin);
}

void Supervisor::wait_for(const std::string& state) {
  char buffer[256];
  for (;;) {
    const ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
    if (n < 0) throw std::runtime_error("no " + state + " from the agent; it wrote: " + agent_->err());
    if (std::string(buffer, static_cast<std::size_t>(n)) == state) return;
  }
}

Ran Supervisor::stop() {
  agent_->send(SIGTERM);
  Ran ran = agent_->finish();
  agent_.reset();
  return ran;
}

void Supervisor::kill() {
  agent_->send(SIGKILL);
  agent_->finish();
  agent_.reset();
}

Ran Supervisor::run(std::vector<std::string> words, const std::string& input) const {
  words.insert(words.end(), {"--store", store()});
  RunOptions options;
  options.input = input;
  return run_program(words, options);
}

}  // namespace tidemark::test
