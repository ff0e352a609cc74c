#pragma once
#include <optional>
#include <string>
#include <string_view>

#include <sys/un.h>

/// Addresses as they are configured. Pure but for UnixAddress.
namespace tidemark::http {

/// `host:port`, `[v6]:port`.
struct TcpAddress {
  std::string host;  ///< Without brackets.
  std::string port;
};
/// Nothing when it is none: a port is a number from 0 to 65535.
std::optional<TcpAddress> parse_tcp_address(std::string_view text);

/// The path of `unix:PATH`; nothing for another address.
std::optional<std::string> unix_path(std::string_view text);

/// A unix socket's address. Paths may be longer than the operating system's 107 bytes: the folder is then reached
/// through a descriptor, for as long as this lives.
/// Errors: InputError for a folder that is not there, or a name that is too long.
class UnixAddress {
 public:
  explicit UnixAddress(const std::string& path);
  ~UnixAddress();
  UnixAddress(const UnixAddress&) = delete;
  UnixAddress& operator=(const UnixAddress&) = delete;

  const sockaddr_un& value() const { return address_; }
  /// What the operating system is given for the path.
  const char* short_path() const { return address_.sun_path; }

 private:
  sockaddr_un address_{};
  int folder_ = -1;
};

}  // namespace tidemark::http
