#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <tidemark/time.hpp>

#include "model/bytes.hpp"
#include "model/digest.hpp"

/// The keys of the store's families; docs/format.md, "Keys". All numbers big-endian, so that keys sort as they do.
namespace tidemark {

/// An interned key of dimension values: the id of the first value in the upper 32 bits, a number of its own in the
/// lower 32. So a day's buckets of one owner are neighbours. 0 is no id.
using DimensionsId = std::uint64_t;

inline constexpr std::uint32_t kMinutesOfDay = 24 * 60;

/// Which bucket of this store. `start_minutes` is the bucket's start in minutes since 1970.
/// Buckets are sorted by the day in which they start before their dimensions: what is written, computed and asked for
/// lies in a few days, so what that costs does not grow with the history.
struct BucketKey {
  std::uint16_t rollup = 0;  ///< The catalog's id.
  std::uint32_t epoch = 0;
  DimensionsId dimensions = 0;
  std::uint32_t start_minutes = 0;

  std::uint32_t day() const { return start_minutes / kMinutesOfDay; }
  Instant day_start() const { return Instant{static_cast<std::int64_t>(day()) * kMinutesOfDay * 60'000'000}; }
  Instant start() const { return Instant{static_cast<std::int64_t>(start_minutes) * 60'000'000}; }

  friend bool operator==(const BucketKey&, const BucketKey&) = default;
  friend std::strong_ordering operator<=>(const BucketKey& a, const BucketKey& b) {
    if (const auto order = a.rollup <=> b.rollup; order != 0) return order;
    if (const auto order = a.epoch <=> b.epoch; order != 0) return order;
    if (const auto order = a.day() <=> b.day(); order != 0) return order;
    if (const auto order = a.dimensions <=> b.dimensions; order != 0) return order;
    return a.start_minutes <=> b.start_minutes;
  }
};
inline std::uint32_t to_minutes(Instant start) { return static_cast<std::uint32_t>(start.us / 60'000'000); }

struct BucketKeyHash {
  std::size_t operator()(const BucketKey& k) const {
    std::uint64_t h = k.dimensions * 0x9e3779b97f4a7c15u + k.start_minutes;
    h = (h ^ (h >> 29)) * 0xbf58476d1ce4e5b9u + k.rollup;
    return static_cast<std::size_t>(h ^ (h >> 32));
  }
};

inline constexpr std::size_t kBucketKeyBytes = 19;

inline void put_bucket_key(std::string& out, const BucketKey& k) {
  // At once: keys are made for every row that is read.
  char bytes[kBucketKeyBytes];
  const auto put = [&](std::size_t at, auto v) {
    for (std::size_t i = 0; i < sizeof v; ++i) bytes[at + i] = static_cast<char>(v >> (8 * (sizeof v - 1 - i)));
  };
  put(5, k.day());  // three bytes of it: the epoch overwrites the first
  put(0, k.rollup);
  put(2, k.epoch);
  put(9, k.dimensions);
  put(17, static_cast<std::uint16_t>(k.start_minutes % kMinutesOfDay));
  out.append(bytes, sizeof bytes);
}
inline std::string encode(const BucketKey& k) {
  std::string out;
  put_bucket_key(out, k);
  return out;
}
inline BucketKey take_bucket_key(ByteReader& in) {
  BucketKey k;
  k.rollup = in.big_endian<std::uint16_t>();
  k.epoch = in.big_endian<std::uint32_t>();
  const std::uint32_t high = in.big_endian<std::uint8_t>();
  const std::uint32_t day = high << 16 | in.big_endian<std::uint16_t>();
  k.dimensions = in.big_endian<std::uint64_t>();
  k.start_minutes = day * kMinutesOfDay + in.big_endian<std::uint16_t>();
  return k;
}
inline BucketKey parse_bucket_key(std::string_view bytes) {
  ByteReader in(bytes);
  return take_bucket_key(in);
}

inline std::string sequence_key(std::uint64_t sequence) {
  std::string out;
  put_big_endian(out, sequence);
  return out;
}
inline std::uint64_t parse_sequence_key(std::string_view key) { return ByteReader(key).big_endian<std::uint64_t>(); }

/// A mark that a bucket, computed up to `computed_counter`, waits for a sink. Sorted by sink and start.
struct PendingKey {
  std::uint16_t sink = 0;
  BucketKey bucket;
  std::uint64_t computed_counter = 0;
};
inline std::string encode(const PendingKey& k) {
  std::string out;
  put_big_endian(out, k.sink);
  put_big_endian(out, k.bucket.start_minutes);
  put_bucket_key(out, k.bucket);
  put_big_endian(out, k.computed_counter);
  return out;
}
inline PendingKey parse_pending_key(std::string_view bytes) {
  ByteReader in(bytes);
  PendingKey k;
  k.sink = in.big_endian<std::uint16_t>();
  in.big_endian<std::uint32_t>();
  k.bucket = take_bucket_key(in);
  k.computed_counter = in.big_endian<std::uint64_t>();
  return k;
}

// The dimensions family holds three kinds of entries, told apart by their first byte, and under `n` the next free ids.
inline std::string dimensions_by_digest(const Digest& digest) { return "d" + std::string(digest.view()); }
inline std::string dimensions_by_id(DimensionsId id) {
  std::string out = "i";
  put_big_endian(out, id);
  return out;
}
inline std::string lead_by_digest(const Digest& digest) { return "l" + std::string(digest.view()); }

/// One admitted value of a guarded dimension: rollup, dimension, minute of the hour's start, owner, value.
inline std::string guard_prefix(std::uint16_t rollup, std::uint8_t dimension, std::uint32_t hour_minutes,
                                const Digest& owner) {
  std::string out;
  put_big_endian(out, hour_minutes);
  put_big_endian(out, rollup);
  put_u8(out, dimension);
  out.append(owner.view());
  return out;
}

}  // namespace tidemark
