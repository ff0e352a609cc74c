#pragma once
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

/// For server.cpp and acceptors.cpp alone.
namespace tidemark::http {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

struct BoundAcceptor {
  Acceptor acceptor;
  std::string address;    ///< With its port as it is.
  std::string unix_path;  ///< Of a unix socket: removed when nobody listens any more.
};

/// Binds an address as Listener::address has it and listens; a name may have several addresses.
/// Errors: InputError with the address and what is wrong.
std::vector<BoundAcceptor> bind_acceptors(boost::asio::io_context& context, const std::string& address);

}  // namespace tidemark::http
