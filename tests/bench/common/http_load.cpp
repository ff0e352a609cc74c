#include "common/http_load.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "common/host.hpp"
#include "http/address.hpp"

namespace tidemark::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Nanos = std::chrono::nanoseconds;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("load generator: " + what); }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {
    if (fd < 0) fail(std::strerror(errno));
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

/// One kept connection. Its requests are so small that the socket always takes them whole.
class Caller {
 public:
  explicit Caller(const std::string& address) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto parsed = http::parse_tcp_address(address);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    if (!parsed || ::inet_pton(AF_INET, parsed->host.c_str(), &to.sin_addr) != 1) fail("no address: " + address);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(parsed->port)));
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) fail(std::strerror(errno));
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  int descriptor() const { return socket_.get(); }
  Clock::time_point due() const { return due_; }

  void ask(const std::string& request, Clock::time_point due) {
    due_ = due;
    answer_.clear();
    if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      fail("a request was not taken");
  }

  /// Reads what is there; the answer's size when it is whole, else 0.
  std::size_t hear() {
    std::array<char, 32u << 10> piece;
    const ssize_t n = ::recv(socket_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) fail("the server closed a connection");
    answer_.append(piece.data(), static_cast<std::size_t>(n));
    const std::size_t end = answer_.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    if (!answer_.starts_with("HTTP/1.1 200 ")) fail("an answer is " + answer_.substr(0, answer_.find('\r')));
    const std::size_t whole = end + 4 + body_bytes();
    if (answer_.size() > whole) fail("more came than was announced");
    return answer_.size() == whole ? whole : 0;
  }

 private:
  std::size_t body_bytes() const {
    static constexpr std::string_view kField = "\r\nContent-Length: ";
    const std::size_t at = answer_.find(kField);
    std::size_t bytes = 0;
    if (at == std::string::npos) fail("an answer has no length");
    std::from_chars(answer_.data() + at + kField.size(), answer_.data() + answer_.size(), bytes);
    return bytes;
  }

  Descriptor socket_;
  Clock::time_point due_;
  std::string answer_;
};

class Generator {
 public:
  explicit Generator(const HttpLoad& load) : load_(load), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
    // What a browser sends, about.
    request_ = "GET " + load.path + " HTTP/1.1\r\nHost: " + load.address +
               "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
               "Accept: */*\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
               "Origin: https://www.example.org\r\nReferer: https://www.example.org/\r\nConnection: keep-alive\r\n\r\n";
    for (std::size_t i = 0; i < load.connections; ++i) {
      callers_.push_back(std::make_unique<Caller>(load.address));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = callers_.back().get();
      ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, callers_.back()->descriptor(), &event);
      free_.push_back(callers_.back().get());
    }
    ::prctl(PR_SET_TIMERSLACK, 1);
  }

  HttpLoadResult run() {
    const double cpu_before = thread_cpu_seconds();
    begun_ = Clock::now();
    const Nanos length(static_cast<std::int64_t>(load_.seconds * 1e9));
    while (Clock::now() - begun_ < length) {
      ask();
      wait_and_hear(load_.rate > 0 && !free_.empty() ? due_of(asked_) : begun_ + length);
    }
    while (free_.size() < callers_.size()) wait_and_hear(begun_ + 2 * length);
    result_.seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    result_.cpu_seconds = thread_cpu_seconds() - cpu_before;
    return std::move(result_);
  }

 private:
  Clock::time_point due_of(std::uint64_t number) const {
    return begun_ + Nanos(static_cast<std::int64_t>(static_cast<double>(number) * 1e9 / load_.rate));
  }

  /// Sends what is due, as far as there are connections; what has to wait for one is late, and counts so.
  void ask() {
    const auto now = Clock::now();
    while (!free_.empty()) {
      const auto due = load_.rate > 0 ? due_of(asked_) : now;
      if (due > now) return;
      Caller* caller = free_.back();
      free_.pop_back();
      caller->ask(request_, due);
      ++asked_;
    }
  }

  void wait_and_hear(Clock::time_point until) {
    std::array<epoll_event, 64> events;
    const auto left = std::max(Nanos(0), std::chrono::duration_cast<Nanos>(until - Clock::now())).count();
    const timespec patience{left / 1'000'000'000, left % 1'000'000'000};
    const int n = ::epoll_pwait2(poll_.get(), events.data(), events.size(), &patience, nullptr);
    if (n < 0 && errno != EINTR) fail(std::strerror(errno));
    for (int i = 0; i < n; ++i) {
      auto* caller = static_cast<Caller*>(events[static_cast<std::size_t>(i)].data.ptr);
      const std::size_t bytes = caller->hear();
      if (bytes == 0) continue;
      result_.latencies_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - caller->due()).count());
      result_.bytes += bytes;
      free_.push_back(caller);
    }
  }

  const HttpLoad& load_;
  Descriptor poll_;
  std::string request_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<Caller*> free_;
  Clock::time_point begun_;
  std::uint64_t asked_ = 0;
  HttpLoadResult result_;
};

}  // namespace

HttpLoadResult run_load(const HttpLoad& load) { return Generator(load).run(); }

}  // namespace tidemark::bench
