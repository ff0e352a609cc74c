#include "http/browser_guard.hpp"

#include <algorithm>

#include "http/message.hpp"

namespace tidemark::http {
namespace {

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.rfind(':'));
}

bool is_numeric(std::string_view name) {
  if (name.starts_with('[')) return true;
  return std::all_of(name.begin(), name.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

}  // namespace

std::optional<std::string> refuse_foreign_page(std::string_view host, std::string_view origin,
                                               const std::vector<std::string>& names) {
  const std::string_view name = without_port(host);
  const bool known = is_numeric(name) || same_name(name, "localhost") ||
                     std::any_of(names.begin(), names.end(), [&](const auto& n) { return same_name(n, name); });
  if (!known)
    return "this address is not known as '" + std::string(name.substr(0, 100)) +
           "': use localhost or a numeric address, or add the name to the host names of the configuration";
  if (origin.empty()) return std::nullopt;
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos || !same_name(origin.substr(scheme + 3), host))
    return "requests by pages of another origin need a token";
  return std::nullopt;
}

}  // namespace tidemark::http
