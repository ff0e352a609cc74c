#include "model/digest.hpp"

#include <openssl/evp.h>

#include <memory>
#include <new>

#include "model/bytes.hpp"

namespace tidemark {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
};

/// One context a thread: fetching the algorithm and allocating cost more than hashing a short text.
EVP_MD_CTX* thread_context() {
  thread_local std::unique_ptr<EVP_MD_CTX, FreeContext> ctx = [] {
    std::unique_ptr<EVP_MD_CTX, FreeContext> made(EVP_MD_CTX_new());
    if (!made || EVP_DigestInit_ex(made.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
    return made;
  }();
  return ctx.get();
}

}  // namespace

Digest digest_of(std::string_view bytes) {
  EVP_MD_CTX* ctx = thread_context();
  unsigned char hash[EVP_MAX_MD_SIZE];
  if (EVP_DigestInit_ex(ctx, nullptr, nullptr) != 1 || EVP_DigestUpdate(ctx, bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(ctx, hash, nullptr) != 1)
    throw std::bad_alloc();
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

Digest DigestBuilder::finish() {
  const Digest digest = digest_of(buffer_);
  buffer_.clear();
  return digest;
}

}  // namespace tidemark
