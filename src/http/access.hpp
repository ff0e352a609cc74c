#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/options.hpp"

namespace tidemark::http {

/// `ingest` and so on.
std::string_view name_of(Scope scope);

/// The bearer tokens, ready to be looked up. Immutable.
class TokenList {
 public:
  TokenList() = default;
  /// InputError for a token without a secret.
  explicit TokenList(const std::vector<Token>& tokens);

  /// What the token of an `Authorization` header may do; nothing when it is no `Bearer` token of ours. Takes as long for
  /// any token of some length, known or not: digests are compared, all of them, without regard to where they differ.
  std::optional<Scopes> find(std::string_view authorization) const;

 private:
  using Digest = std::array<std::uint8_t, 32>;
  struct Entry {
    Digest digest;
    Scopes scopes;
  };
  static Digest digest_of(std::string_view secret);

  std::vector<Entry> entries_;
};

}  // namespace tidemark::http
