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

DigestBuilder& DigestBuilder::add(std::int64_t number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  return add(std::string_view(bytes, sizeof bytes));
}

DigestBuilder& DigestBuilder::add_long(std::string_view part) {
  spill();
  put_text(long_, part);
  return *this;
}

void DigestBuilder::spill() {
  long_.append(reinterpret_cast<const char*>(block_.data()), size_);
  size_ = 0;
}

DigestBuilder& DigestBuilder::take(DigestBuilder& other) {
  if (long_.empty() && other.long_.empty() && size_ + other.size_ <= kBlockText) {
    std::memcpy(block_.data() + size_, other.block_.data(), other.size_);
    size_ += other.size_;
  } else {
    spill();
    other.spill();
    long_.append(other.long_);
  }
  other.clear();
  return *this;
}

Digest DigestBuilder::finish() {
  const Digest digest = long_.empty() ? digest_of_block() : digest_of(long_);
  clear();
  return digest;
}

/// The padding of FIPS 180-4, section 5.1.1, done here: OpenSSL would copy the text first.
Digest DigestBuilder::digest_of_block() {
  std::memset(block_.data() + size_, 0, kBlockBytes - size_);
  block_[size_] = 0x80;
  block_[kBlockBytes - 2] = static_cast<unsigned char>(size_ * 8 >> 8);
  block_[kBlockBytes - 1] = static_cast<unsigned char>(size_ * 8);
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Transform(&context, block_.data());
  const std::uint32_t words[] = {__builtin_bswap32(context.h[0]), __builtin_bswap32(context.h[1]),
                                 __builtin_bswap32(context.h[2]), __builtin_bswap32(context.h[3])};
  Digest digest;
  std::memcpy(digest.bytes.data(), words, digest.bytes.size());
  return digest;
}

}  // namespace tidemark
