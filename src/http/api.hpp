#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/access.hpp"
#include "http/byte_budget.hpp"
#include "http/route.hpp"
#include "http/services.hpp"

namespace tidemark::http {

/// The server without its sockets: which requests are let in, and what they are answered. Threads: any.
class Api {
 public:
  /// What is given by reference outlives it.
  Api(Host& host, const Limits& limits, const std::vector<std::string>& host_names, Counters& counters,
      std::function<Load()> load, ViewPages& pages);

  void set_access(Access access);

  /// What is decided by a request's header alone.
  struct Admission {
    const Route* route = nullptr;  ///< Nullptr: there is none.
    PathValues values;
    std::optional<Response> refusal;  ///< Set: this is the answer, and the body need not be read.
    std::size_t max_body = 0;
    ViewPages::PagePtr page;  ///< Set: the answer is there already.
  };
  /// Finds the route and checks method, rights and the headers that speak of the body. Fast: for I/O threads.
  /// Fills `head.granted`. `pages` is this thread's.
  Admission admit(RequestHead& head, ViewPages::Reader& pages) const;

  /// Inflates the body and has the route answer. `share` is what the body takes of the budget; it grows with it.
  /// Throws nothing but what no handler can.
  Response answer(const Admission& admission, Request& request, ByteBudget::Share& share) const;

  /// An error in the form in which the route gives its errors.
  static Response error(const Route* route, const RequestHead& head, unsigned status, std::string_view message);
  /// 503 with Retry-After.
  static Response busy(const Route* route, const RequestHead& head, std::string_view message,
                       std::uint32_t retry_after_seconds = 1);

 private:
  struct Secrets {
    std::shared_ptr<const Access> access;
    TokenList tokens;
  };
  std::shared_ptr<const Secrets> secrets() const;
  Admission find_route(const RequestHead& head) const;
  std::optional<Response> refuse_caller(const Route& route, bool is_public, RequestHead& head) const;
  std::optional<Response> refuse_body(const Route& route, const RequestHead& head) const;
  std::optional<Response> inflate(const Route& route, Request& request, ByteBudget::Share& share) const;

  Host& host_;
  RecentRejects rejects_;
  std::vector<std::string> host_names_;
  mutable std::mutex secrets_mutex_;
  std::shared_ptr<const Secrets> secrets_;
  Services services_;
  std::vector<Route> routes_;
};

}  // namespace tidemark::http
