#pragma once
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "http/options.hpp"

/// For server.cpp and tls.cpp alone.
namespace tidemark::http {

/// Reads certificate and key. TLS 1.2 and newer.
/// Errors: InputError with the file and what is wrong with it; never its content.
std::shared_ptr<boost::asio::ssl::context> make_tls(const TlsFiles& files);

}  // namespace tidemark::http
