#pragma once
#include <string>
#include <vector>

#include "agent/config.hpp"

/// What the files hold that a configuration names. Nothing here is ever printed.
namespace tidemark::agent {

struct Secrets {
  struct Token {
    std::string name, value;
    std::vector<std::string> scopes;
  };
  std::vector<Token> tokens;
  std::vector<std::string> github, buildkite, gitlab;
  /// With its password in it, as the engine takes it.
  struct SinkUrl {
    std::string name, url;
  };
  std::vector<SinkUrl> sinks;
  std::vector<std::string> warnings;  ///< Of files that every user of the machine can read.
};

/// Reads all of them.
/// Errors: InputError, which names the key and the file: not there, empty, longer than 4 KB, or with a NUL or a line
/// break inside. One line break at the end is left out.
Secrets read_secrets(const Config& config);

/// `url` with `password` in it, which may hold any character.
std::string url_with_password(const std::string& url, const std::string& password);

}  // namespace tidemark::agent
