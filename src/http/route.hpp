#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace tidemark::http {

/// Which threads answer a route, so that none of them waits behind what is slower by nature.
enum class Lane : std::uint8_t {
  at_once,  ///< The I/O thread itself: answers that take no time, and are given when all else is busy.
  ingest,
  read,
  admin,  ///< One at a time.
};

/// The parts of a path that a route's pattern leaves open, in their order.
using PathValues = std::vector<std::string>;

/// One thing that the server can be asked.
struct Route {
  std::string name;  ///< For messages and metrics.
  /// `/a/{b}`: `{b}` is any one segment that is not empty; `/a/{b...}`, at the end, any number of any. `**/a` is a path
  /// that ends so.
  std::string pattern;
  Method method = Method::get;  ///< get (which answers HEAD, too), post or put.
  std::optional<Scope> scope;   ///< What it takes; nothing: anybody.
  /// Whether anybody may ask this all the same, from any page of the web. Unset: nothing of it. At once, from memory.
  std::function<bool(const Target& target, const PathValues& values)> is_public;
  bool has_pages = false;  ///< Its answers are the pages of views, where they are published.
  Lane lane = Lane::read;
  std::size_t max_body = 0;  ///< In bytes, as it comes and inflated.
  bool writes = false;       ///< Refused while the host takes nothing in.
  bool as_it_comes = false;  ///< The body is not inflated; a compressed one is refused.
  bool otlp_errors = false;  ///< Errors are google.rpc.Status.
  /// Errors: those of Engine; Api turns them into answers.
  std::function<Response(const Request& request, const PathValues& values)> handle;
};

/// Whether the path is of the pattern; fills `values`.
bool matches(std::string_view pattern, const std::vector<std::string>& path, PathValues& values);

}  // namespace tidemark::http
