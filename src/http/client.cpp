#include "http/client.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "http/address.hpp"
#include "http/message.hpp"

namespace tidemark::http {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::response_parser<beast::http::string_body>;

constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::size_t kMaxHeaderBytes = 64u << 10;

timeval timeval_of(Micros d) { return {d.count / 1'000'000, static_cast<suseconds_t>(d.count % 1'000'000)}; }

std::string request_text(const ClientRequest& request, const std::string& host) {
  std::string text = request.method + ' ' + request.target + " HTTP/1.1\r\nHost: " + host + "\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method == "POST")
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text + "\r\n" + request.body;
}

}  // namespace

std::string_view ClientResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) return value;
  return {};
}

class Client::Impl {
 public:
  Impl(std::string address, Options options) : address_(std::move(address)), options_(options) {
    if (const auto path = unix_path(address_)) {
      unix_.emplace(*path);
    } else if (const auto tcp = parse_tcp_address(address_)) {
      tcp_ = *tcp;
    } else {
      throw InputError("'" + address_ + "' is no address; expected HOST:PORT, [ADDRESS]:PORT or unix:PATH");
    }
  }
  ~Impl() { disconnect(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ClientResponse send(const ClientRequest& request) {
    const bool used = socket_ >= 0;
    if (!used) connect();
    try {
      return exchange(request);
    } catch (const ConnectionError&) {
      disconnect();
      // A kept connection that ends before the answer begins was closed while nothing was under way.
      if (!used || answer_begun_) throw;
    }
    connect();
    try {
      return exchange(request);
    } catch (const ConnectionError&) {
      disconnect();
      throw;
    }
  }

 private:
  [[noreturn]] void fail(bool refused, const std::string& what) const {
    throw ConnectionError(refused, address_ + ": " + what);
  }

  void disconnect() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

  void connect() {
    if (unix_) return connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&unix_->value()), sizeof(sockaddr_un));
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(tcp_.host.c_str(), tcp_.port.c_str(), &hints, &found); error != 0)
      fail(true, ::gai_strerror(error));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
    for (const addrinfo* info = found;; info = info->ai_next) {
      try {
        return connect_to(info->ai_family, info->ai_addr, info->ai_addrlen);
      } catch (const ConnectionError&) {
        if (info->ai_next == nullptr) throw;
      }
    }
  }

  void connect_to(int family, const sockaddr* address, socklen_t size) {
    socket_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail(true, std::strerror(errno));
    // On Linux the time-out for sending is that for connecting, too.
    set_timeouts(options_.connect_timeout);
    if (::connect(socket_, address, size) != 0) {
      const int error = errno;
      disconnect();
      fail(true, error == EINPROGRESS ? "no answer in time" : std::strerror(error));
    }
    set_timeouts(options_.io_timeout);
  }

  void set_timeouts(Micros d) {
    const timeval value = timeval_of(d);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &value, sizeof value);
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
  }

  ClientResponse exchange(const ClientRequest& request) {
    answer_begun_ = false;
    const std::string host = unix_ ? "localhost" : address_;
    // A server may refuse a body before it has all of it: its answer is then there to be read all the same.
    const int write_error = write(request_text(request, host));
    return read(request.method == "HEAD", write_error);
  }

  int write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return 0;
  }

  ClientResponse read(bool head, int write_error) {
    std::optional<Parser> parser;
    renew(parser, head);
    std::string buffer;
    while (!parser->is_done()) {
      const std::size_t before = buffer.size();
      buffer.resize(before + kReadBytes);
      ssize_t n = 0;
      do n = ::recv(socket_, buffer.data() + before, kReadBytes, 0);
      while (n < 0 && errno == EINTR);
      if (n < 0) fail(false, read_error(write_error));
      buffer.resize(before + static_cast<std::size_t>(n));
      if (n == 0) {
        end_of_stream(*parser, write_error);
        break;
      }
      answer_begun_ = true;
      put(parser, buffer, head);
    }
    return finished(*parser);
  }

  void renew(std::optional<Parser>& parser, bool head) const {
    parser.emplace();
    parser->eager(true);
    parser->skip(head);
    parser->body_limit(options_.max_response_bytes);
    parser->header_limit(kMaxHeaderBytes);
  }

  void put(std::optional<Parser>& parser, std::string& buffer, bool head) {
    while (!buffer.empty()) {
      beast::error_code error;
      const std::size_t used = parser->put(boost::asio::buffer(buffer), error);
      buffer.erase(0, used);
      if (error == beast::http::error::need_more) return;
      if (error) fail(false, "the answer cannot be read: " + error.message());
      if (!parser->is_done()) continue;
      if (parser->get().result_int() / 100 != 1) return;
      renew(parser, head);  // 100 Continue; the answer comes after it.
    }
  }

  std::string read_error(int write_error) const {
    if (errno == EAGAIN) return "no answer in time";
    return std::strerror(write_error != 0 ? write_error : errno);
  }

  void end_of_stream(Parser& parser, int write_error) const {
    beast::error_code error;
    if (parser.got_some()) parser.put_eof(error);
    if (!parser.got_some() || error || !parser.is_done())
      fail(false,
           write_error != 0 ? std::strerror(write_error) : "the connection was closed before the whole answer came");
  }

  ClientResponse finished(Parser& parser) {
    auto& message = parser.get();
    ClientResponse response;
    response.status = message.result_int();
    for (const auto& field : message) response.headers.emplace_back(field.name_string(), field.value());
    response.body = std::move(message.body());
    if (!parser.keep_alive()) disconnect();
    return response;
  }

  std::string address_;
  Options options_;
  TcpAddress tcp_;
  std::optional<UnixAddress> unix_;
  int socket_ = -1;
  bool answer_begun_ = false;
};

Client::Client(std::string address, Options options) : impl_(std::make_unique<Impl>(std::move(address), options)) {}
Client::~Client() = default;

ClientResponse Client::send(const ClientRequest& request) { return impl_->send(request); }

}  // namespace tidemark::http
