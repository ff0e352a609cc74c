#pragma once
#include "agent/config.hpp"
#include "agent/secrets.hpp"
#include "http/options.hpp"

/// What a configuration means for the server. Pure.
namespace tidemark::agent {

/// The store's own socket and the one of the configuration are open for everything; loopback for ingest and reading,
/// unless it asks for tokens; all else needs a token.
http::ServerOptions server_options(const Config& config, const Secrets& secrets);

http::Access access_of(const Secrets& secrets);

/// The path of the store's own socket.
std::string socket_path(const std::string& store);

}  // namespace tidemark::agent
