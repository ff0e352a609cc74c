#include "model/digest.hpp"

// OpenSSL 3 deprecates the direct functions. By way of EVP a short text costs six times as much, all of it around the
// hashing, and there is one short text to hash for each span.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "model/bytes.hpp"

namespace tidemark {

Digest digest_of(std::string_view bytes) {
  SHA256_CTX context;
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(hash, &context);
  Digest digest;
  std::memcpy(digest.bytes.data(), hash, digest.bytes.size());
  return digest;
}

std::string to_hex(const Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(32);
  for (const std::uint8_t b : digest.bytes) {
    text.push_back(kDigits[b >> 4]);
    text.push_back(kDigits[b & 15]);
  }
  return text;
}

DigestBuilder& DigestBuilder::add(std::string_view part) {
  put_text(buffer_, part);
  return *this;
}

DigestBuilder& DigestBuilder::add(std::int64_t number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  return add(std::string_view(bytes, sizeof bytes));
}

DigestBuilder& DigestBuilder::take(DigestBuilder& other) {
  buffer_.append(other.buffer_);
  other.clear();
  return *this;
}

Digest DigestBuilder::finish() {
  const Digest digest = digest_of(buffer_);
  buffer_.clear();
  return digest;
}

}  // namespace tidemark
