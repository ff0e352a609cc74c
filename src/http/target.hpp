#pragma once
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A request's target: what comes after the method. Pure.
namespace tidemark::http {

inline constexpr std::size_t kMaxTargetBytes = 8192;
inline constexpr std::size_t kMaxPathSegments = 32;
inline constexpr std::size_t kMaxParameters = 128;

struct Target {
  /// The path's parts between slashes, decoded: a slash that was sent as `%2F` is part of one. `/a//b` has an empty one.
  std::vector<std::string> path;
  /// The query's parameters in their order, decoded; without `=` the value is empty.
  std::vector<std::pair<std::string, std::string>> parameters;

  /// The last parameter of that name.
  std::optional<std::string> find(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  /// One whose name is none of these.
  std::optional<std::string> find_other(std::initializer_list<std::string_view> names) const;
};

/// `/path?name=value&…`, or with scheme and authority as to a proxy. `+` in the query is a blank.
/// Nothing when it is no target: over a bound above, a wrong percent escape, a control character, a segment `.` or `..`.
std::optional<Target> parse_target(std::string_view text);

/// For one segment of a path, or one name or value of a query: everything but letters, digits and `-._~` escaped.
std::string encode_component(std::string_view text);

}  // namespace tidemark::http
