#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemark/errors.hpp>
#include <tidemark/time.hpp>

namespace tidemark::http {

/// Nobody answers there, or the connection broke.
class ConnectionError : public Error {
 public:
  ConnectionError(bool refused, const std::string& message) : Error(message), refused_(refused) {}
  /// Nobody listens there: nothing was sent. False: it is unknown what became of the request.
  bool refused() const { return refused_; }

 private:
  bool refused_;
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  ///< Path and query, encoded (encode_component in http/target.hpp).
  std::vector<std::pair<std::string, std::string>> headers;  ///< Beside Host and Content-Length.
  std::string body;
};

struct ClientResponse {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The first header of that name, whatever its case; empty when there is none.
  std::string_view header(std::string_view name) const;
  bool ok() const { return status / 100 == 2; }
};

/// A small client that waits for each answer: for the command line, and for tests. Keeps its connection, and connects
/// again when the server has closed it between two requests. No TLS.
/// Threads: one at a time.
class Client {
 public:
  struct Options {
    Micros connect_timeout = seconds(5);
    /// For each read or write; 0 waits for ever.
    Micros io_timeout{};
    std::size_t max_response_bytes = 256u << 20;
  };

  /// `127.0.0.1:4318`, `[::1]:4318`, `localhost:4318`, or `unix:` and a socket's path.
  explicit Client(std::string address) : Client(std::move(address), Options()) {}
  Client(std::string address, Options options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends the request and reads its answer, whatever its status.
  /// Errors: InputError for an address that is none; ConnectionError.
  ClientResponse send(const ClientRequest& request);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidemark::http
