#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::http {

/// Keeps pages of the web, shown by a browser on this machine, away from a listener that asks for no token. Pure.
/// A page may send simple requests anywhere, and reaches loopback under a name of its own by changing what the name
/// resolves to. Its browser tells on it: `Origin` is the page's, and `Host` the name.
/// `host`, `origin`: the headers' values, empty where there is none. `names`: what `host` may be beside `localhost` and
/// numeric addresses. Returns why the request is refused; nothing when it is not.
std::optional<std::string> refuse_foreign_page(std::string_view host, std::string_view origin,
                                               const std::vector<std::string>& names);

}  // namespace tidemark::http
