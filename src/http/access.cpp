#include "http/access.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <new>

#include <tidemark/errors.hpp>

#include "http/message.hpp"
#include "model/text.hpp"

namespace tidemark::http {

std::string_view name_of(Scope scope) {
  switch (scope) {
    case Scope::ingest: return "ingest";
    case Scope::read: return "read";
    case Scope::admin: return "admin";
  }
  return "";
}

TokenList::Digest TokenList::digest_of(std::string_view secret) {
  Digest digest;
  if (EVP_Digest(secret.data(), secret.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
  return digest;
}

TokenList::TokenList(const std::vector<Token>& tokens) {
  for (const Token& token : tokens) {
    if (token.secret.empty()) throw InputError("the token '" + token.name + "' is empty; give it a secret");
    entries_.push_back({digest_of(token.secret), token.scopes});
  }
}

std::optional<Scopes> TokenList::find(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (!same_name(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const Digest digest = digest_of(trim(authorization.substr(kScheme.size())));
  std::optional<Scopes> found;
  for (const Entry& entry : entries_)
    if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) found = entry.scopes;
  return found;
}

}  // namespace tidemark::http
