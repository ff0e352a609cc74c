#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tidemark {

/// 128 bits that stand for some bytes: the first half of their SHA-256.
/// Cryptographic, because equal digests merge buckets and drop spans: nobody may be able to make two on purpose.
struct Digest {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Digest&, const Digest&) = default;
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  /// The first eight bytes, as a hash value.
  std::uint64_t prefix() const {
    std::uint64_t v;
    std::memcpy(&v, bytes.data(), sizeof v);
    return v;
  }
  /// The first eight bytes as a number that sorts as they do.
  std::uint64_t sort_prefix() const { return __builtin_bswap64(prefix()); }
};

struct DigestHash {
  std::size_t operator()(const Digest& d) const { return static_cast<std::size_t>(d.prefix()); }
};

/// Threads: any.
Digest digest_of(std::string_view bytes);

/// 32 lower-case hexadecimal digits.
std::string to_hex(const Digest& digest);

/// Builds the digest of a sequence of parts so that ("ab","c") and ("a","bc") differ: each part is preceded by its
/// length. Reusable; not for use by two threads at a time.
/// Cost: what fits into one block of the hash, as most identities do, is put together where it is hashed.
class DigestBuilder {
 public:
  DigestBuilder& add(std::string_view part) {
    if (part.size() >= kBlockText - size_ || !long_.empty()) return add_long(part);
    block_[size_] = static_cast<unsigned char>(part.size());
    std::memcpy(block_.data() + size_ + 1, part.data(), part.size());
    size_ += part.size() + 1;
    return *this;
  }
  DigestBuilder& add(std::int64_t number);
  /// Takes over the parts of another builder, which is empty then.
  DigestBuilder& take(DigestBuilder& other);
  void clear() {
    size_ = 0;
    long_.clear();
  }
  /// The digest of what was added; the builder is empty again.
  Digest finish();

 private:
  /// SHA-256's blocks have 64 bytes; the last one ends in a mark and the length.
  static constexpr std::size_t kBlockBytes = 64;
  static constexpr std::size_t kBlockText = kBlockBytes - 9;

  DigestBuilder& add_long(std::string_view part);
  /// Moves what the block holds to where there is room for more.
  void spill();
  Digest digest_of_block();

  // The parts are in the block, or, once they did not fit, in the long text alone.
  std::array<unsigned char, kBlockBytes> block_{};
  std::size_t size_ = 0;
  std::string long_;
};

}  // namespace tidemark
