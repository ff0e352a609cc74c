#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemark/time.hpp>

#include "http/options.hpp"
#include "http/target.hpp"

/// Requests and responses as routes see them: without sockets, buffers and the library that reads them.
namespace tidemark::http {

enum class Method : std::uint8_t { get, head, post, put, options, other };

/// Header fields in the order in which they came.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// The first one of that name, whatever its case; empty when there is none.
  std::string_view find(std::string_view name) const;
  bool has(std::string_view name) const;
  std::size_t count(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// A request without its body.
struct RequestHead {
  Method method = Method::other;
  std::string target_text;
  std::optional<Target> target;  ///< Nothing: it could not be read.
  Headers headers;
  bool keep_alive = true;
  std::optional<std::uint64_t> content_length;  ///< Nothing: chunked, or no body.
  bool has_body = false;
  bool odd_coding = false;  ///< A Transfer-Encoding other than `chunked`: where the body ends cannot be known.

  /// Of the listener: what may be done without a token, and whether it is a unix socket.
  Scopes open;
  bool local_socket = false;
  /// What this request may do: of the listener and its token. Filled by Api::admit.
  Scopes granted;
};

struct Request {
  RequestHead head;
  std::string body;  ///< As it came; inflated when a route sees it.
};

class ViewPage;

struct Response {
  unsigned status = 200;
  std::string content_type;  ///< Empty: there is no body.
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::shared_ptr<const ViewPage> page = nullptr;  ///< Set: it has the answer, and nothing above counts.

  static Response json(unsigned status, std::string body);
  static Response text(unsigned status, std::string body);
  /// `{"error": message}`.
  static Response error(unsigned status, std::string_view message);
};

/// `Service Unavailable` and so on.
std::string_view reason_phrase(unsigned status);

/// Whether two names are the same but for ASCII case.
bool same_name(std::string_view a, std::string_view b);

/// A Content-Type without its parameters, in lower case.
std::string media_type(std::string_view content_type);

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string http_date(Instant t);

/// Status line and header fields, up to and with the empty line. `now` is for Date. Content-Length is that of the body,
/// also where it is not sent, as for HEAD. No cache may keep what does not say otherwise in a Cache-Control of its own.
std::string header_text(const Response& response, Instant now, bool keep_alive);

}  // namespace tidemark::http
