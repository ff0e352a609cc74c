#include "http/address.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include <tidemark/errors.hpp>

namespace tidemark::http {

std::optional<TcpAddress> parse_tcp_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number > 65535) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return std::nullopt;  // Without brackets nobody knows where the port begins.
  if (host.empty()) return std::nullopt;
  return TcpAddress{std::string(host), std::string(port)};
}

std::optional<std::string> unix_path(std::string_view text) {
  if (!text.starts_with("unix:") || text.size() == 5) return std::nullopt;
  return std::string(text.substr(5));
}

UnixAddress::UnixAddress(const std::string& path) {
  address_.sun_family = AF_UNIX;
  std::string short_path = path;
  if (short_path.size() >= sizeof address_.sun_path) {
    const std::filesystem::path whole(path);
    folder_ = ::open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder_ < 0) throw InputError("cannot open the folder of the socket " + path + ": " + std::strerror(errno));
    short_path = "/proc/self/fd/" + std::to_string(folder_) + '/' + whole.filename().string();
  }
  if (short_path.size() >= sizeof address_.sun_path) {
    ::close(folder_);
    throw InputError("the name of the socket " + path + " is too long");
  }
  std::memcpy(address_.sun_path, short_path.c_str(), short_path.size() + 1);
}

UnixAddress::~UnixAddress() {
  if (folder_ >= 0) ::close(folder_);
}

}  // namespace tidemark::http
